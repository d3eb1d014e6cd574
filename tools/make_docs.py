"""Writes what the documentation says of the code: parts of README.md, docs/rules.md, and the picture of a run.

`python tools/make_docs.py` writes all of it; the picture asks the live index.
A test holds the texts to the code.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from hashpin.options import parser
from hashpin.rules import PAGES

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
RULES_PAGE = ROOT / "docs" / "rules.md"
READING_PAGE = ROOT / "docs" / "reading.md"
CASES = ROOT / "tests" / "cases" / "pip-rules"
WORKFLOWS = ROOT / "examples" / "workflows"
PICTURE = ROOT / "docs" / "check.svg"


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def action() -> Mapping[str, Any]:
    """action.yml as read."""
    loaded: Mapping[str, Any] = YAML(typ="safe").load((ROOT / "action.yml").read_text())
    return loaded


def inputs() -> str:
    return table(("input", "meaning"), ((f"`{n}`", i["description"]) for n, i in action()["inputs"].items()))


def outputs() -> str:
    return table(("output", "meaning"), ((f"`{n}`", o["description"]) for n, o in action()["outputs"].items()))


def rules() -> str:
    rows = (
        (f"[`{r.RULE.name}`](docs/rules.md#{r.RULE.name})", r.RULE.severity.name.lower(), r.RULE.summary) for r in PAGES
    )
    return table(("rule", "usually", "finds"), rows)


def commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """The parser of each command."""
    choices = next(a.choices for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    yield from choices.items()


def options() -> str:
    found: dict[str, tuple[str, list[str]]] = {}
    for command, sub in commands():
        for option in sub._actions:
            if option.option_strings and option.dest != "help":
                value = option.metavar or ("|".join(option.choices) if option.choices else "")
                spelled = f"{option.option_strings[-1]} {value}".strip().replace("|", "\\|")
                found.setdefault(f"`{spelled}`", (option.help or "", []))[1].append(command)
    return table(("option", "of", "meaning"), ((name, ", ".join(of), text) for name, (text, of) in found.items()))


def exit_codes() -> str:
    lines = (parser().epilog or "").split("exit codes:\n")[1].split("\n\n")[0].splitlines()
    return table(("exit code", "meaning"), ((code, text) for code, text in (line.split(maxsplit=1) for line in lines)))


def workflow(path: Path) -> str:
    """A file of examples/workflows/ as a piece of the README."""
    return f"```yaml\n{path.read_text(encoding='utf-8')}```\n"


BLOCKS: dict[str, Callable[[], str]] = {
    "inputs": inputs,
    "outputs": outputs,
    "rules": rules,
    "options": options,
    "exit-codes": exit_codes,
} | {path.name: partial(workflow, path) for path in sorted(WORKFLOWS.glob("*.yml"))}


def readme(text: str) -> str:
    """README.md with every block between its markers made anew."""
    for name, make in BLOCKS.items():
        begin, end = f"<!-- {name}: made by make readme -->\n", f"<!-- end of {name} -->"
        if text.count(begin) != 1 or text.count(end) != 1:
            raise SystemExit(f"README.md has no one block for {name}")
        text = text[: text.index(begin)] + begin + make() + text[text.index(end) :]
    return text


def rules_page() -> str:
    """docs/rules.md: what `hashpin explain` prints, rule by rule."""
    pages = (f"## {r.RULE.name}\n\n{(r.__doc__ or '').strip().replace('## ', '### ')}\n" for r in PAGES)
    return "# The rules\n\nThe same text as `hashpin explain RULE`.\n\n" + "\n".join(pages)


_READING = """\
# How pip reads a requirements file

The odd cases, each with what hashpin says of it. Behind every one stands a folder of `tests/cases/pip-rules/`: the
files, the index, and the exact output. What installers do was measured with pip 24.0 to 26.3 and uv 0.13.9.

"""


def reading_page() -> str:
    """docs/reading.md: what the odd cases say of themselves."""
    pieces = [_READING]
    for folder in sorted(path for path in CASES.iterdir() if path.is_dir()):
        number, _, name = folder.name.partition("-")
        about = (folder / "about.txt").read_text(encoding="utf-8").strip().splitlines()
        lines = "  \n".join(_inert(line) for line in about)
        title = f"{number} [{name.replace('-', ' ')}](../{folder.relative_to(ROOT).as_posix()})"
        pieces.append(f"## {title}\n\n{lines}\n\n")
    return "".join(pieces).rstrip("\n") + "\n"


def _inert(text: str) -> str:
    """Text with nothing in it that Markdown would take for markup."""
    return re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", text)


def picture() -> None:
    """docs/check.svg: the real output of a run over examples/, as a terminal shows it."""
    from rich.console import Console
    from rich.text import Text

    command = [sys.executable, "-m", "hashpin", "check", "--color", "always", "examples"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 1:
        raise SystemExit(f"hashpin check examples ended with {done.returncode}, not 1: {done.stderr}")
    console = Console(record=True, width=132, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(Text("$ hashpin check examples", style="bold"))
    console.print(Text.from_ansi(done.stdout.rstrip()))
    svg = console.export_svg(title="hashpin check", unique_id="hashpin")
    # Without the fonts from a foreign host: a picture in a README must load nothing.
    PICTURE.write_text(re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL))


def main() -> None:
    README.write_text(readme(README.read_text()))
    RULES_PAGE.write_text(rules_page())
    READING_PAGE.write_text(reading_page())
    picture()


if __name__ == "__main__":
    main()
