"""Start-up: the shortest runs there are, beside scripts that import the least for them; and what is imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import documents
from bench.claims import Claim, Result, medians_table, times
from bench.measure import Command, in_turn, once
from bench.setting import Setting

_ROUNDS = 4  # times as many as elsewhere: these are short
_PINS = 10  # of two lines each
_DEAREST = 10
_LINE = re.compile(r"import time:\s*(\d+) \|\s*(\d+) \| +(\S+)")


@dataclass(frozen=True, slots=True)
class Imported:
    """One module, and the microseconds that it took itself."""

    name: str
    own: int


def startup(setting: Setting) -> Result:
    """`--version`, and a file of 20 lines without an index."""
    work = setting.folder("startup")
    short = work / "requirements.txt"
    pins = list(documents.pins(setting.replica))[:_PINS]
    short.write_text("".join(f"{pin.name}=={pin.version} \\\n    --hash=sha256:{pin.digests[0]}\n" for pin in pins))
    python, hashpin = str(setting.python), str(setting.tools.hashpin)
    version = [hashpin, "--version"]
    offline = [hashpin, "check", "--offline", str(short)]
    asked_nothing = (0, 3)  # 3: what needs the index is unchecked
    took = in_turn(
        {
            "hashpin --version": Command(version),
            "python -c 'import argparse'": Command([python, "-c", "import argparse"]),
            "hashpin check --offline": Command(offline, codes=asked_nothing),
            "python -c 'import argparse, packaging.requirements'": Command(
                [python, "-c", "import argparse, packaging.requirements"]
            ),
        },
        setting.rounds * _ROUNDS,
    )
    claims = (
        Claim(
            "`hashpin --version` beside a script that imports argparse",
            times(took["hashpin --version"], took["python -c 'import argparse'"]),
            1.3,
            "times",
        ),
        Claim(
            "`hashpin check --offline` of 20 lines beside a script that imports argparse and packaging.requirements",
            times(took["hashpin check --offline"], took["python -c 'import argparse, packaging.requirements'"]),
            1.5,
            "times",
        ),
    )
    tables = [medians_table(took)]
    for told, command in (("hashpin --version", version), ("hashpin check --offline", offline)):
        tables.append(_budget(told, imports(python, command, asked_nothing)))
    return Result("Start-up", "Medians of four times as many rounds.", "\n\n".join(tables), claims)


def imports(python: str, command: Sequence[str], codes: tuple[int, ...]) -> list[Imported]:
    """All modules that a program imports, the dearest first."""
    program = Path(command[0]).resolve()
    ran = once(Command([python, "-X", "importtime", str(program), *command[1:]], codes=codes))
    return dearest(ran.output)


def dearest(told: str) -> list[Imported]:
    """What ``-X importtime`` wrote, the dearest first."""
    found = [Imported(match[3], int(match[1])) for match in map(_LINE.match, told.splitlines()) if match]
    return sorted(found, key=lambda module: (-module.own, module.name))


def _budget(told: str, modules: Sequence[Imported]) -> str:
    whole = sum(module.own for module in modules)
    rows = [f"| {module.name} | {module.own / 1000:.1f} |" for module in modules[:_DEAREST]]
    head = f"`{told}` imports {len(modules)} modules in {whole / 1000:.0f} ms (measured, so slower); the dearest:"
    return "\n".join([head, "", "| module | own ms |", "|---|---:|", *rows])
