"""Hashes bare pins with hashpin and with uv, and compares the two pin by pin.

    python -m tools.compare_with_uv requirements.txt

Ends 0 only if each pin has the same hashes from both, or the difference is
explained: uv cannot read some old file names, and refuses some releases whole.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import requests
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    canonicalize_version,
    parse_sdist_filename,
    parse_wheel_filename,
)

from tools.pin_file import default_index, files_of

ROOT = Path(__file__).resolve().parent.parent
# --python-version: a release may want a later Python than the one that runs this.
_UV = ["pip", "compile", "--universal", "--no-deps", "--generate-hashes", "--no-header", "--no-annotate"]
_UV += ["--python-version", "3.13"]
_OPTION = re.compile(r"--hash=(\S+)")

Pin = tuple[str, str]


def hash_sets(text: str) -> dict[Pin, set[str]]:
    """The hashes of each pinned release. For files as hashpin and uv write them, not for any that pip takes."""
    sets: dict[Pin, set[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        spelled = re.split(r"\s#|\s--hash", line, maxsplit=1)[0].strip()
        if not spelled or spelled.startswith(("#", "-")):
            continue
        try:
            requirement = Requirement(spelled)
        except InvalidRequirement:
            continue
        exact = [clause.version for clause in requirement.specifier if clause.operator in ("==", "===")]
        if len(exact) == 1:
            key = (canonicalize_name(requirement.name), canonicalize_version(exact[0]))
            sets.setdefault(key, set()).update(_OPTION.findall(line.partition(" #")[0]))
    return sets


def by_hashpin(text: str, index_url: str) -> dict[Pin, set[str]]:
    """The hashes that ``hashpin fix --require-hashes`` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requirements.txt")
        path.write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "hashpin", "fix", "--require-hashes", "--index-url", index_url, str(path)]
        subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
        return hash_sets(path.read_text(encoding="utf-8"))


def by_uv(text: str, index_url: str) -> dict[Pin, set[str] | str]:
    """The hashes that uv gives, or why it gives none. One pin at a time where it refuses the whole."""
    whole = _uv(text, index_url)
    if not isinstance(whole, str):
        return dict(whole)
    alone: dict[Pin, set[str] | str] = {}
    for pin in hash_sets(text):
        answer = _uv(f"{pin[0]}=={pin[1]}\n", index_url)
        alone[pin] = answer if isinstance(answer, str) else answer.get(pin, set())
    return alone


def _uv(text: str, index_url: str) -> dict[Pin, set[str]] | str:
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    if uv is None:
        raise FileNotFoundError("uv is not installed")
    command = [uv, *_UV, "--no-config", "--default-index", index_url, "-"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("UV_")}
    run = subprocess.run(command, input=text, capture_output=True, text=True, env=environ, check=False)
    return hash_sets(run.stdout) if run.returncode == 0 else " ".join(run.stderr.split())


def explained(ours: set[str], theirs: set[str] | str, filenames: Mapping[str, str]) -> Iterator[tuple[str, bool]]:
    """What differs at a pin, and whether that is explained. `filenames` are the index's own, by hash."""
    if isinstance(theirs, str):
        # Only a verdict of its resolver explains anything, not that it could not reach the index.
        yield f"uv refuses it: {theirs}", "No solution found" in theirs and bool(ours) and ours <= filenames.keys()
        return
    for digest in sorted(ours - theirs):
        filename = filenames.get(digest)
        if filename is None:
            yield f"only hashpin has {digest}, which the index does not list", False
        elif _old(filename):
            yield f"only hashpin has {filename}: uv cannot read a name of this old form", True
        else:
            yield f"only hashpin has {filename}", False
    for digest in sorted(theirs - ours):
        yield f"only uv has {filenames.get(digest, digest)}", False


def _old(filename: str) -> bool:
    """Whether a file name is none by today's specifications."""
    try:
        if filename.endswith(".whl"):
            parse_wheel_filename(filename)
        else:
            parse_sdist_filename(filename)
    except (InvalidSdistFilename, InvalidWheelFilename):
        return True
    return False


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path, help="a requirements file of bare pins")
    parser.add_argument("--index-url", default=default_index(), metavar="URL", help="default PyPI")
    options = parser.parse_args(argv)
    text = options.file.read_text(encoding="utf-8")
    pins = sorted(hash_sets(text))
    ours, theirs = by_hashpin(text, options.index_url), by_uv(text, options.index_url)
    equal = open_ = 0
    with requests.Session() as session:
        for pin in pins:
            hashpins, uvs = ours.get(pin, set()), theirs.get(pin, "no answer")
            if hashpins == uvs and hashpins:
                equal += 1
                continue
            listed = files_of(session, options.index_url, pin[0])
            filenames = {f"sha256:{f['hashes']['sha256']}": f["filename"] for f in listed if "sha256" in f["hashes"]}
            reasons = list(explained(hashpins, uvs, filenames)) or [("neither has a hash", False)]
            open_ += any(not good for _, good in reasons)
            for reason, good in reasons:
                print(f"{pin[0]}=={pin[1]:<12}  {'explained' if good else 'UNEXPLAINED':<11}  {reason}")
    print(f"{len(pins)} pins: {equal} equal, {len(pins) - equal - open_} explained, {open_} unexplained")
    return 1 if open_ or not pins else 0


if __name__ == "__main__":
    sys.exit(main())
