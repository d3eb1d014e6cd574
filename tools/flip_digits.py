"""Changes single digits of hashes at random, and counts how many of the changes hashpin finds.

    python tools/flip_digits.py requirements.txt
    python tools/flip_digits.py --each 5 requirements.txt

The file must be clean: whatever hashpin says beyond the changed hashes counts
as false. Ends 0 only if every change is found, by exactly one unknown-hash at
that very hash, and nothing else is an error, a warning or unchecked.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_HASH = re.compile(r"--hash=sha256:(?P<value>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Change:
    """One digit that was changed, and where its hash option stands, both from 1."""

    line: int
    column: int
    offset: int
    digit: str


@dataclass(frozen=True, slots=True)
class Count:
    """What one run of hashpin made of the changes."""

    made: int
    found: int
    false: tuple[str, ...]

    @property
    def perfect(self) -> bool:
        return self.found == self.made and not self.false


def changes(text: str, count: int, rng: random.Random) -> list[Change]:
    """So many single-digit changes, each of another hash. Raises ValueError where there are not so many."""
    hashes = list({match["value"]: match for match in _HASH.finditer(text)}.values())
    if len(hashes) < count:
        raise ValueError(f"{count} changes wanted, and the file has {len(hashes)} distinct hashes")
    taken = {match["value"] for match in hashes}
    made = []
    for match in sorted(rng.sample(hashes, count), key=lambda match: match.start()):
        offset = rng.randrange(*match.span("value"))
        digit = rng.choice([d for d in "0123456789abcdef" if d != text[offset]])
        value = f"{text[match.start('value') : offset]}{digit}{text[offset + 1 : match.end('value')]}"
        assert value not in taken, "a change that makes another hash of the file changes nothing"
        begin = text.rfind("\n", 0, match.start()) + 1
        made.append(Change(text.count("\n", 0, match.start()) + 1, match.start() - begin + 1, offset, digit))
    return made


def apply(text: str, made: Sequence[Change]) -> str:
    """The text with the digits changed."""
    characters = list(text)
    for change in made:
        characters[change.offset] = change.digit
    return "".join(characters)


def check(text: str, index_url: str | None) -> tuple[int, dict[str, Any]]:
    """Run ``hashpin check`` once on a text: its exit code and its document."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requirements.txt")
        path.write_bytes(text.encode())
        command = [sys.executable, "-m", "hashpin", "check", "--format", "json", str(path)]
        command += ["--index-url", index_url] if index_url else []
        run = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=False)
    document: dict[str, Any] = json.loads(run.stdout)
    return run.returncode, document


def count(made: Sequence[Change], code: int, document: dict[str, Any]) -> Count:
    """Which of the changes were found, and what else was said."""
    places = {(change.line, change.column) for change in made}
    at: Counter[tuple[int, int]] = Counter()
    false = [f"line {entry['line']}: unchecked: {entry['reason']}" for entry in document["unchecked"]]
    for finding in document["findings"]:
        place = (finding["line"], finding["column"])
        if finding["severity"] == "note" or finding["rule"] == "missing-dependency":  # a file of pins is no whole tree
            continue
        if finding["rule"] == "unknown-hash" and finding["severity"] == "error" and place in places:
            at[place] += 1
        else:
            false.append(f"line {finding['line']}: {finding['severity']}: {finding['rule']}: {finding['message']}")
    false += [f"line {line}: found {times} times" for (line, _), times in at.items() if times > 1]
    if made and code != 1:
        false.append(f"exit code {code}, not 1")
    return Count(len(made), sum(times == 1 for times in at.values()), tuple(false))


def measure(text: str, how_many: int, rng: random.Random, index_url: str | None) -> Count:
    """Change, run once, count."""
    made = changes(text, how_many, rng)
    return count(made, *check(apply(text, made), index_url))


def _tell(what: str, counted: Count) -> None:
    print(f"{what}: {counted.made} changed, {counted.found} found, {len(counted.false)} false")
    for line in counted.false:
        print(f"  {line}")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="a requirements file whose hashes are all right")
    parser.add_argument("--changes", type=int, default=200, metavar="N", help="in one run; default 200")
    parser.add_argument("--each", type=int, default=0, metavar="K", help="also so many runs with one change each")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same changes; default 0")
    parser.add_argument("--index-url", metavar="URL", help="default PyPI")
    options = parser.parse_args(argv)
    with options.file.open(encoding="utf-8", newline="") as file:
        text = file.read()
    rng = random.Random(options.seed)
    counts = []
    try:
        counts.append(measure(text, options.changes, rng, options.index_url))
        _tell("one run", counts[-1])
        for number in range(1, options.each + 1):
            counts.append(measure(text, 1, rng, options.index_url))
            _tell(f"run {number} of {options.each}", counts[-1])
    except ValueError as error:
        parser.error(f"{options.file}: {error}")
    return 0 if all(counted.perfect for counted in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
