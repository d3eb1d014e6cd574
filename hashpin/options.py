"""The whole command line: what may be asked for, and what was."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import NoReturn

from hashpin import HOME_PAGE, __version__, platforms, sweep_options
from hashpin.console import Console
from hashpin.errors import UsageError
from hashpin.model import STRONG_ALGORITHMS, Coverage, Platform
from hashpin.outputs import COVERAGE_FORMATS, OUTPUTS
from hashpin.wishes import COVERAGE, DOWNLOAD, FAIL_ON, MOST_DAYS, Wishes, glob_of_names
from hashpin.wording import redacted

_EXIT_CODES = """\
exit codes:
  0    nothing at or above --fail-on was found, and everything was checked
  1    something at or above --fail-on was found
  2    wrong usage or configuration, or no requirements file found
  3    something could not be checked: the index did not answer, a file could not be read
  130  interrupted

for fix the code speaks of what remains; coverage finds fault with nothing, so it never ends with 1
"""


class _Parser(argparse.ArgumentParser):
    """What argparse quotes may be a file's name: it goes through `Console.say` like every other text of a stranger."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see {self.prog} --help)")


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    main = _Parser(
        prog="hashpin",
        description="Verify every hash of pip requirements files against the index, and correct them.",
        epilog=_EXIT_CODES + f"\n{HOME_PAGE}\n",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_version(main)
    commands = main.add_subparsers(dest="command", metavar="COMMAND", required=True)
    common, index = _common_options(), _index_options()
    add = {
        "check": commands.add_parser("check", parents=[common, index], help="find, verify, report"),
        "fix": commands.add_parser("fix", parents=[common, index], help="the same, and correct the files"),
        "hash": commands.add_parser(
            "hash", parents=[index], help="print a requirement with all its hashes, ready to paste"
        ),
        "coverage": commands.add_parser(
            "coverage", parents=[_coverage_options(), index], help="print which platforms each pin can be installed on"
        ),
        "explain": commands.add_parser("explain", help="print a rule's page, or the table of rules"),
        "cache": commands.add_parser("cache", help="show what is kept of the index's answers, or clear it"),
        "plan": commands.add_parser("plan", help="cut what is to be checked into shards, for several machines"),
        "merge": commands.add_parser("merge", help="join the reports of several runs, such as those of all shards"),
    }
    sweep_options.add_to_check(add["check"])
    sweep_options.add_to_plan(add["plan"])
    sweep_options.add_to_merge(add["merge"])
    add["fix"].add_argument("--diff", action="store_true", help="show the changes as a patch instead of writing")
    add["fix"].add_argument(
        "--coverage",
        choices=COVERAGE,
        help="what is added to a pin that is right so far: nothing, the files that came with the release "
        "(as far as the whole file lists their kind), or all files; default release",
    )
    add["fix"].add_argument(
        "--unsafe-fixes",
        action="store_true",
        help="also write over hashes that nobody has explained, and list files uploaded later",
    )
    add["hash"].add_argument(
        "--algorithm",
        choices=list(STRONG_ALGORITHMS),
        default="sha256",
        help="default sha256; for another one, which an index rarely publishes, every file is downloaded",
    )
    _add_min_age(add["hash"])
    _add_download(add["hash"])
    add["hash"].add_argument("requirements", nargs="+", metavar="NAME==VERSION", help="extras and markers are kept")
    add["explain"].add_argument("rule", nargs="?", metavar="RULE", help="such as unknown-hash")
    add["cache"].add_argument(
        "action",
        nargs="?",
        choices=["show", "clear", "dir"],
        default="show",
        help="show where it is, its size and how much of which index; clear it; print its folder alone; default show",
    )
    return main


def _common_options() -> _Parser:
    common = _Parser(add_help=False)
    common.add_argument(
        "paths", nargs="*", metavar="PATH", default=["."], help="files, folders, or - for standard input; default ."
    )
    common.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="the least severity that makes the exit code 1; default error",
    )
    common.add_argument(
        "--require-hashes", action="store_true", default=None, help="as pip's: every requirement must have a hash"
    )
    common.add_argument(
        "--require-platform",
        action="append",
        type=_platform,
        metavar="PLATFORM",
        help="a system that every pin must have a file for, such as linux/amd64, macos/arm64, 'musl/amd64 cp312'",
    )
    _add_min_age(common)
    _add_download(common)
    common.add_argument(
        "--base",
        metavar="COMMIT",
        help="the commit that your change starts from, such as origin/main: tells removed files from forged hashes, "
        "and compares who published the versions before and after",
    )
    common.add_argument("--exclude", action="append", metavar="GLOB", help="skip what matches when searching a folder")
    common.add_argument(
        "--config",
        metavar="FILE",
        help="the configuration; default hashpin.toml, or [tool.hashpin] of pyproject.toml, here or above",
    )
    common.add_argument("--allow-empty", action="store_true", help="finding no requirements file is no error")
    common.add_argument("--format", choices=list(OUTPUTS), default="text", help="default text")
    common.add_argument("--output", metavar="FILE", help="write the report there instead of standard output")
    common.add_argument("--offline", action="store_true", help="ask no index: what needs one is unchecked")
    common.add_argument("--list-files", action="store_true", help="print which files would be read, and stop")
    common.add_argument("--color", choices=["auto", "always", "never"], default="auto", help="default auto")
    return common


def _coverage_options() -> _Parser:
    command = _Parser(add_help=False)
    command.add_argument("paths", nargs="+", metavar="FILE", help="files, folders, or - for standard input")
    command.add_argument(
        "--platform",
        action="append",
        metavar="PLATFORM",
        help=f"a system to show, as 'linux/amd64' or 'musl/arm64 cp312'; default {', '.join(platforms.USUAL)}",
    )
    command.add_argument("--format", choices=COVERAGE_FORMATS, default="text", help="default text")
    command.add_argument("--output", metavar="FILE", help="write the table there instead of standard output")
    command.add_argument("--exclude", action="append", metavar="GLOB", help="skip what matches when searching a folder")
    command.add_argument("--config", metavar="FILE", help="the configuration, as for check")
    command.add_argument("--offline", action="store_true", help="ask no index: nothing is known then")
    _add_download(command)
    # What the pipeline asks for, and what has no meaning where nothing is found fault with.
    command.set_defaults(allow_empty=False, require_hashes=None)
    return command


def _add_min_age(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--min-age",
        type=_days,
        metavar="DAYS",
        help="list no file that was uploaded less than so many days ago, and note those that are listed",
    )


def _add_download(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--download",
        choices=DOWNLOAD,
        help="whether the files of a pin with sha384 or sha512 hashes are downloaded for these digests, which an index "
        "rarely publishes: auto does so up to 2 GiB in a run and keeps nothing, never leaves such hashes unchecked; "
        "default auto",
    )


def _add_version(command: argparse.ArgumentParser) -> None:
    command.add_argument("--version", action="version", version=f"hashpin {__version__}", help="print it, and stop")


def _index_options() -> _Parser:
    index = _Parser(add_help=False)
    _add_version(index)
    shown = index.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="print findings alone, and no progress")
    shown.add_argument(
        "--verbose", action="store_true", help="also print which files were read, and why the cache is not used"
    )
    index.add_argument(
        "--index-url",
        metavar="URL",
        help="the index's Simple API, as for pip; default PIP_INDEX_URL, else PyPI",
    )
    index.add_argument(
        "--extra-index-url",
        action="append",
        metavar="URL",
        help="a further index to trust, as for pip; default PIP_EXTRA_INDEX_URL",
    )
    index.add_argument(
        "--index-for",
        action="append",
        type=_binding,
        metavar="NAME=URL",
        help="the only index to ask for the projects of this name, which may be a glob: no other learns of them",
    )
    index.add_argument(
        "--jobs",
        type=_positive,
        default=32,
        metavar="N",
        help="at most how many requests at a time, as far as the index bears them; default 32",
    )
    index.add_argument(
        "--timeout",
        type=_seconds,
        default=300.0,
        metavar="S",
        help="how many seconds the whole run may wait for the index; default 300",
    )
    index.add_argument(
        "--no-cache",
        action="store_true",
        help="keep nothing of the index's answers, and ask for all that was kept by earlier runs",
    )
    return index


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 100):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 100")
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) <= MOST_DAYS):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of days from 0 to {MOST_DAYS}")
    return int(text)


def _platform(text: str) -> Platform:
    try:
        return platforms.parse(text)
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _binding(text: str) -> tuple[str, str]:
    name, equals, url = text.partition("=")
    if not (equals and name.strip() and url.strip()):
        raise argparse.ArgumentTypeError(f"{redacted(text)!r} is not of the form NAME=URL")
    return glob_of_names(name), url


def _bindings(given: Sequence[tuple[str, str]] | None) -> Mapping[str, str] | None:
    found: dict[str, str] = {}
    for name, url in given or ():
        if found.setdefault(name, url) != url:
            raise UsageError(f"--index-for: {name} is bound twice")
    return found or None


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0, up to 86400")
    return seconds


def wishes(options: argparse.Namespace, console: Console) -> Wishes:
    """What the flags ask for, and pip's variables beside them."""
    given, environ = vars(options), console.environ
    extra = given["extra_index_url"] or []
    for url in () if extra else environ.get("PIP_EXTRA_INDEX_URL", "").split():
        if url.lower().startswith(("http:", "https:")):
            extra.append(url)
        else:  # pip takes a folder, too; nobody answers there
            console.say(f"PIP_EXTRA_INDEX_URL: {url} is no http or https address, and is not asked")
    coverage, download = given.get("coverage"), given.get("download")
    return Wishes(
        exclude=None if given.get("exclude") is None else tuple(given["exclude"]),
        fail_on=given.get("fail_on"),
        require_hashes=given.get("require_hashes"),
        coverage=Coverage(coverage) if coverage else None,
        min_age=given.get("min_age"),
        platforms=tuple(given.get("require_platform") or ()) or None,
        download=None if download is None else download == DOWNLOAD[0],
        index_url=given["index_url"] or environ.get("PIP_INDEX_URL") or None,
        extra_index_urls=tuple(extra) or None,
        index_for=_bindings(given["index_for"]),
    )
