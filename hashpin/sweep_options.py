"""The options of what goes beyond one machine: `plan`, `check --shard`, `merge`.

What distributes the work is somebody else's (a matrix of GitHub Actions, any CI): `plan` says into which parts it may
be cut, `check --shard K/N` makes the same cut from the same files and checks the part K, `merge` joins the reports and
says which are missing.
"""

from __future__ import annotations

import argparse

from hashpin.outputs import MERGE_FORMATS, PLAN_FORMATS
from hashpin.wishes import FAIL_ON, MOST_SHARDS


def add_to_plan(command: argparse.ArgumentParser) -> None:
    """The options of `hashpin plan`."""
    command.add_argument("paths", nargs="*", metavar="PATH", default=["."], help="files and folders; default .")
    command.add_argument(
        "--shards", type=_shards, required=True, metavar="N", help=f"how many parts at most, up to {MOST_SHARDS}"
    )
    command.add_argument(
        "--repositories",
        metavar="FILE",
        help="cut these repositories, one name a line, instead of files: for a matrix whose jobs check them out",
    )
    command.add_argument("--exclude", action="append", metavar="GLOB", help="skip what matches when searching a folder")
    command.add_argument("--config", metavar="FILE", help="the configuration, as for check")
    command.add_argument("--allow-empty", action="store_true", help="finding no requirements file is no error")
    command.add_argument("--format", choices=PLAN_FORMATS, default="text", help="default text")
    command.add_argument("--output", metavar="FILE", help="write the plan there instead of standard output")
    shown = command.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="print no more than the plan")
    shown.add_argument("--verbose", action="store_true", help="also print which files were read")
    # What the pipeline asks for: nobody is asked for a plan, and nothing is judged.
    command.set_defaults(offline=True, index_url=None, extra_index_url=None, index_for=None)


def add_to_check(command: argparse.ArgumentParser) -> None:
    """Those of `hashpin check` that say which part of the whole it checks."""
    command.add_argument(
        "--shard", type=_part, metavar="K/N", help="check the part K of the N that hashpin plan --shards N cuts"
    )
    command.add_argument(
        "--plan",
        metavar="FILE",
        help="the plan that --shard is of, as hashpin plan --format json has written it: check the repositories that "
        "it has there, which are folders here, where the others are not",
    )


def add_to_merge(command: argparse.ArgumentParser) -> None:
    """The options of `hashpin merge`."""
    command.add_argument("reports", nargs="+", metavar="REPORT", help="JSON documents of hashpin check, or SARIF files")
    command.add_argument(
        "--fail-on", choices=FAIL_ON, default="error", help="the least severity that makes the exit code 1"
    )
    command.add_argument(
        "--format", choices=MERGE_FORMATS, help="default text, and sarif for SARIF files, which become nothing else"
    )
    command.add_argument("--output", metavar="FILE", help="write the report there instead of standard output")


def _shards(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 4 and 0 < int(text) <= MOST_SHARDS):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to {MOST_SHARDS}")
    return int(text)


def _part(text: str) -> tuple[int, int]:
    number, slash, of = text.partition("/")
    if slash and number.isdigit() and of.isdigit() and not 0 < int(number[:4]) <= _shards(of):
        raise argparse.ArgumentTypeError(f"{text!r}: there are the shards 1 to {of}")
    if slash and _shards(number) <= _shards(of):
        return int(number), int(of)
    raise argparse.ArgumentTypeError(f"{text!r} is not of the form K/N, such as 1/8")
