"""The command line. With `action.py` the only place that builds things, prints and exits."""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin import (
    HOME_PAGE,
    __version__,
    ages,
    check,
    configuration,
    coverage,
    diff,
    evidence,
    files,
    fix,
    formats,
    judgement,
    platforms,
    tree,
)
from hashpin.configuration import Configuration
from hashpin.correct import correct
from hashpin.encoding import encode
from hashpin.errors import HashpinError, NothingToCheck, UsageError, WriteError, internal
from hashpin.evidence import Answers, Asking, digest_files, gather
from hashpin.files import Found
from hashpin.files import Refused as Unread
from hashpin.github.checkout import LocalCommit
from hashpin.github.refusals import Refused
from hashpin.model import (
    STRONG_ALGORITHMS,
    Coverage,
    Evidence,
    Index,
    NoAnswer,
    NoSuchProject,
    NoSuchRelease,
    Pin,
    Platform,
    Quarantined,
    Release,
    ReleaseKey,
    Report,
    SetHashes,
    Severity,
    Source,
)
from hashpin.outputs import OUTPUTS, coverage_table, text_lines
from hashpin.past import Past
from hashpin.rules import PAGES
from hashpin.tree import Forest
from hashpin.wishes import COVERAGE, DOWNLOAD, FAIL_ON, MOST_DAYS, Wishes, glob_of_names
from hashpin.wording import inert, nearest, plural, redacted, visible

_EXIT_CODES = """\
exit codes:
  0    nothing at or above --fail-on was found, and everything was checked
  1    something at or above --fail-on was found
  2    wrong usage or configuration, or no requirements file found
  3    something could not be checked: the index did not answer, a file could not be read
  130  interrupted

for fix the code speaks of what remains; coverage finds fault with nothing, so it never ends with 1
"""


class Console(Struct, frozen=True):
    """What a process has around it, handed in so that tests can hand in others."""

    stdin: BinaryIO
    stdout: TextIOWrapper
    stderr: TextIO
    environ: Mapping[str, str]

    def write_bytes(self, data: bytes) -> None:
        """Output that is a file's content: no encoding and no line end of the terminal's may touch it."""
        self.stdout.flush()
        self.stdout.buffer.write(data)

    def say(self, message: str) -> None:
        """A line for people, beside the output."""
        print(inert(visible(message)), file=self.stderr)


# --- options ---------------------------------------------------------------


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
    }
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
    command.add_argument("--format", choices=list(coverage_table.FORMATS), default="text", help="default text")
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
    shown.add_argument("--verbose", action="store_true", help="also print which files were read")
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
        "--jobs", type=_positive, default=10, metavar="N", help="how many requests at a time; default 10"
    )
    index.add_argument(
        "--timeout",
        type=_seconds,
        default=300.0,
        metavar="S",
        help="how many seconds the whole run may wait for the index; default 300",
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


def _wishes(options: argparse.Namespace, console: Console) -> Wishes:
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


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 86400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds above 0, up to 86400")
    return seconds


# --- commands --------------------------------------------------------------


def main(argv: Sequence[str], console: Console) -> int:
    """Run one command. Raises HashpinError, whose kind says which exit code."""
    options = parser().parse_args(argv)
    match options.command:
        case "check":
            return _check(options, console)
        case "fix":
            return _fix(options, console)
        case "hash":
            return _hash(options, console)
        case "coverage":
            return _coverage(options, console)
        case _:
            return _explain(options, console)


class _Run(Struct):
    """One run of check or fix: the files as found, and what the index has said so far."""

    options: argparse.Namespace
    console: Console
    configured: Configuration
    given: Wishes
    finds: files.Finds
    index: Index | None
    indexes: tuple[str, ...]
    """The addresses that it asks."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    answers: Answers = field(default_factory=Answers)
    past: Past | None = None
    sources: dict[Path, Source | Unread] = field(default_factory=dict)

    @classmethod
    def begin(cls, options: argparse.Namespace, console: Console) -> _Run:
        configured = configuration.load(options.config)
        given = _wishes(options, console)
        wishes = given.over(configured.wishes)
        finds = files.find(options.paths, wishes.exclude or ())
        past = _past(options, finds)
        if options.offline:
            return cls(options, console, configured, given, finds, None, _named(wishes), past=past)
        index, indexes = _index(wishes, options)
        return cls(options, console, configured, given, finds, index, indexes, past=past)

    def forest(self, texts: Mapping[str, str] | None = None) -> Forest:
        """The files as they are read, or with these texts in place of theirs, by path."""
        forest = tree.grow(self.finds, self._read, texts=texts)
        if not forest.files and not forest.unchecked and not self.options.allow_empty:
            for entry in forest.skipped:
                self.console.say(f"{entry.path}: skipped, {entry.reason}")
            raise NothingToCheck(f"no requirements file found in {' '.join(self.options.paths)} (see --allow-empty)")
        return forest

    def judge(self, forest: Forest) -> tuple[tuple[Evidence, ...], Report]:
        policy = self.configured.policy(self.given, self.indexes, self.began)
        with _asking(self.options, self.console) as asking:
            before = self.past.files if self.past else None
            found, report = check.check(forest, self.index, self.answers, policy, asking, before)
            if self.past and (stood := self.past.stood(evidence.doubtful(found))):
                found, report = check.check(forest, self.index, self.answers, policy, asking, before, stood)
        if self.options.format == "sarif":  # the one output that shows them
            report = replace(report, edits=fix.edits(forest, found, report.findings))
        return found, report

    def exit_code(self, report: Report, failed: bool) -> int:
        fail_on = self.given.over(self.configured.wishes).fail_on or "error"
        return check.exit_code(report, Severity.named(fail_on), failed)

    def _read(self, found: Found) -> Source | Unread:
        if found.path not in self.sources:
            self.sources[found.path] = (
                files.from_bytes(files.STANDARD_INPUT, self.console.stdin.read())
                if found.standard_input
                else files.read(found.path)
            )
        return self.sources[found.path]


def _check(options: argparse.Namespace, console: Console) -> int:
    run = _Run.begin(options, console)
    forest = run.forest()
    _tell(forest, options, console)
    if options.list_files:
        return _list_files(forest, console)
    _, report = run.judge(forest)
    shown = _show(report, options, console, console.stdout)
    return run.exit_code(report, failed=not shown)


def _fix(options: argparse.Namespace, console: Console) -> int:
    run = _Run.begin(options, console)
    forest = run.forest()
    _tell(forest, options, console)
    if options.list_files:
        return _list_files(forest, console)
    corrected = correct(forest, run.forest, run.judge, options.unsafe_fixes)
    for entry in corrected.left:
        console.say(f"{entry.path}: left as it is, because {entry.reason}")
    remaining, texts = corrected.remaining, dict(corrected.texts)
    failed = False
    for path, text in sorted(corrected.texts.items()):
        source = forest.files[path].source
        try:
            if options.diff:
                console.write_bytes(diff.unified(source, text, files.rooted(path)))
            elif path != files.STANDARD_INPUT:
                files.write(forest.places[path], source, text)
                console.say(f"{path}: corrected")
        except WriteError as error:
            console.say(str(error))
            del texts[path]
            failed = True
    if failed:
        _, remaining = run.judge(run.forest(texts))
    piped = forest.files.get(files.STANDARD_INPUT)
    if piped and not options.diff:
        text = texts.get(files.STANDARD_INPUT, piped.source.text)
        console.write_bytes(encode(text, piped.source.encoding))
    shown = _show(remaining, options, console, console.stderr if options.diff or piped else console.stdout)
    return run.exit_code(remaining, failed or not shown)


def _hash(options: argparse.Namespace, console: Console) -> int:
    pins = [(source, _only_pin(source)) for source in (Source("", text) for text in options.requirements)]
    answers = Answers()
    configured = configuration.load(None)
    given = _wishes(options, console)
    wishes = given.over(configured.wishes)
    policy = configured.policy(given, (), datetime.now(UTC))
    index, _ = _index(wishes, options)
    with _asking(options, console) as asking:
        gather([pin for _, pin in pins], index, answers, asking)
        if options.algorithm != "sha256":
            wanted = judgement.without(options.algorithm, answers.releases)
            digest_files(wanted, index, answers, policy.download, asking)
    spelled: list[str] = []
    code = 0
    for source, pin in pins:
        answer = answers.releases[ReleaseKey(pin.name, pin.version)]
        old = ages.old(answer, policy.young_since) if isinstance(answer, Release) else None
        digests = judgement.complete(old, [options.algorithm]) if old else None
        downloaded = answers.downloaded.get(ReleaseKey(pin.name, pin.version))
        if downloaded and downloaded.failure:
            code = 3
            console.say(f"hashpin: {pin.name}=={pin.version}: {downloaded.failure}")
            continue
        if old and judgement.of_several(old.installable):
            code = max(code, 1)
            console.say(f"hashpin: {pin.name}=={pin.version}: {_ON_TWO}")
            continue
        if digests is None:
            code = max(code, 3 if isinstance(answer, NoAnswer) else 1)
            young = isinstance(answer, Release) and answer != old
            console.say(f"hashpin: {pin.name}=={pin.version}: {_TOO_YOUNG if young else _why_not(answer)}")
            continue
        if isinstance(answer, Release) and answer.yanked is not None:
            console.say(f"hashpin: {pin.name}=={pin.version} was yanked: {answer.yanked or 'no reason given'}")
        edit = formats.rewrite(formats.parse(source), SetHashes("", pin, digests, safe=True))
        spelled.append(f"{source.text[: edit.span.start]}{edit.replacement}{source.text[edit.span.end :]}\n")
    if not code:  # all or nothing: half a list behind >> is worse than none
        console.stdout.write("".join(spelled))
    return code


_ON_TWO = "its files are on two indexes: bind it to the one that is meant (--index-for)"
_TOO_YOUNG = "no file of it is old enough for --min-age"


def _only_pin(source: Source) -> Pin:
    statements = formats.parse(source).statements
    if len(statements) == 1 and isinstance(pin := statements[0], Pin) and not pin.hashes:
        return pin
    raise UsageError(f"{source.text}: not a requirement of the form NAME==VERSION")


def _why_not(answer: object) -> str:
    match answer:
        case NoAnswer(reason):
            return reason
        case Quarantined():
            return "the index has put the project under quarantine"
        case NoSuchProject():
            return "the index has no such project"
        case NoSuchRelease():
            return "the index has the project, but no such version"
        case _:
            return "the index has no installable file of this release, or publishes no digest of some"


def _coverage(options: argparse.Namespace, console: Console) -> int:
    asked = tuple({p.text: p for p in map(platforms.parse, options.platform or platforms.USUAL)}.values())
    run = _Run.begin(options, console)
    # What is needed besides is not shown, so nobody is asked for it.
    off = {**run.configured.severities, "missing-dependency": None}
    run.configured = replace(run.configured, severities=off)
    forest = run.forest()
    _tell(forest, options, console)
    found, report = run.judge(forest)
    table = coverage.table(forest, found, report, asked)
    rendered = coverage_table.FORMATS[options.format](table)
    delivered = _deliver(rendered, options, console, console.stdout)
    return coverage.exit_code(table) if delivered else 3


def _explain(options: argparse.Namespace, console: Console) -> int:
    if options.rule is None:
        width = max(len(rule.RULE.name) for rule in PAGES)
        for rule in PAGES:
            severity = rule.RULE.severity.name.lower()
            console.stdout.write(f"{rule.RULE.name:<{width}}  {severity:<7}  {rule.RULE.summary}\n")
        return 0
    for rule in PAGES:
        if rule.RULE.name == options.rule:
            console.stdout.write(f"{rule.RULE.name}: {(rule.__doc__ or '').strip()}\n")
            return 0
    close = nearest(options.rule, [page.RULE.name for page in PAGES])
    raise UsageError(f"no rule is called {options.rule}{close}: run hashpin explain for the table")


# --- parts -----------------------------------------------------------------


def _named(wishes: Wishes) -> tuple[str, ...]:
    """The addresses of the indexes that are named, though none of them is asked."""
    from hashpin.indexes.choice import choose

    return choose(wishes.index_url, wishes.extra_index_urls or (), wishes.index_for or {}).shown


def _index(wishes: Wishes, options: argparse.Namespace) -> tuple[Index, tuple[str, ...]]:
    """The index that is asked for, with its addresses. Imported here, since a run with --offline needs none of it."""
    from hashpin.indexes.opening import chosen_indexes, opened

    chosen = chosen_indexes(wishes)
    return opened(chosen, options.jobs, options.timeout), chosen.shown


def _past(options: argparse.Namespace, finds: files.Finds) -> Past | None:
    """What stood before the commit that the options name. Raises UsageError where it cannot be read."""
    if getattr(options, "base", None) is None:  # coverage has no such option
        return None
    try:
        commit = LocalCommit.named(files.repository(finds), options.base)
    except ImportError as error:
        missing = "--base reads the history with dulwich: pip install 'hashpin[github]'"
        raise UsageError(missing) from error
    except Refused as refused:
        hint = "in a shallow clone, fetch more of the history"
        raise UsageError(f"--base {options.base}: {refused.refusal.reason} ({hint})") from refused
    return Past(commit, finds, commit)


def _list_files(forest: Forest, console: Console) -> int:
    for path in sorted(forest.files):
        console.stdout.write(f"{inert(visible(path))}\n")
    for entry in forest.unchecked:
        console.say(f"{entry.path}: not read, {entry.reason}")
    return 3 if forest.unchecked else 0


def _tell(forest: Forest, options: argparse.Namespace, console: Console) -> None:
    if options.verbose:
        for path, file in sorted(forest.files.items()):
            console.say(f"{path}: {plural(sum(1 for _ in file.pins), 'pin')}")
    if not options.quiet:
        for entry in forest.skipped:
            console.say(f"{entry.path}: skipped, {entry.reason}")


# What GitHub reads names files from the repository's root.
_ROOTED = ("github", "markdown", "sarif")


def _show(report: Report, options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    """Print the report, or save it where --output says; whether that went well."""
    if options.format == "text":
        color = _colored(options, console, stream) and not options.output
        rendered = text_lines.render(report, color=color, quiet=options.quiet, verbose=options.verbose)
    else:
        rooted = check.relocated(report, files.rooted) if options.format in _ROOTED else report
        rendered = OUTPUTS[options.format](rooted)
    return _deliver(rendered, options, console, stream)


def _deliver(rendered: str, options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    """Print what was made, or save it where --output says; what cannot be saved is printed, too."""
    if options.output:
        try:
            files.save(Path(options.output), rendered.encode("utf-8", "backslashreplace"))
            return True
        except WriteError as error:
            console.say(f"hashpin: {error}")
    stream.write(rendered)
    return not options.output


def _colored(options: argparse.Namespace, console: Console, stream: TextIO) -> bool:
    if options.color == "auto":
        return stream.isatty() and not console.environ.get("NO_COLOR") and console.environ.get("TERM") != "dumb"
    return bool(options.color == "always")


@contextlib.contextmanager
def _asking(options: argparse.Namespace, console: Console) -> Iterator[Asking]:
    """How to ask, with a bar on a terminal that is gone when the asking ends, however it ends."""
    if options.quiet or not console.stderr.isatty():
        yield Asking(options.jobs, options.timeout)
        return
    bar = _Bar(console.stderr)
    bar.timer.start()
    try:
        yield Asking(options.jobs, options.timeout, bar.tell)
    finally:
        bar.stop()


class _Bar:
    """A progress bar that shows itself after a second, whether something has come by then or not."""

    def __init__(self, stream: TextIO, seconds: float = 1.0) -> None:
        self.timer = threading.Timer(seconds, self.show)
        self.timer.daemon = True
        self._stream = stream
        self._lock = threading.Lock()
        self._done, self._total = 0, 0
        self._bar: Any = None

    def tell(self, done: int, total: int) -> None:
        with self._lock:
            self._done, self._total = done, total
            if self._bar:
                self._bar.update(self._bar.task_ids[0], completed=done, total=total)

    def show(self) -> None:
        from rich.console import Console as RichConsole  # slow to import, and only a slow run shows it
        from rich.progress import Progress as RichProgress

        with self._lock:
            self._bar = RichProgress(console=RichConsole(file=self._stream), transient=True)
            self._bar.add_task("asking the index", completed=self._done, total=self._total or None)
            self._bar.start()

    def stop(self) -> None:
        self.timer.cancel()
        with self._lock:
            if self._bar:
                self._bar.stop()
            self._bar = None


# --- the door --------------------------------------------------------------


def run() -> None:
    """The console script: one process, one exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal's encoding cannot show must not stop the run
            stream.reconfigure(errors="backslashreplace")
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()  # closed, as in `hashpin check <&-`
    console = Console(stdin, sys.stdout, sys.stderr, os.environ)  # type: ignore[arg-type]  # a terminal's is a wrapper
    code = guarded(sys.argv[1:], console)
    # Not sys.exit: after Ctrl-C it would wait for every request under way.
    os._exit(code)


def guarded(argv: Sequence[str], console: Console) -> int:
    """`main` with every way to fail turned into a sentence and an exit code."""
    try:
        try:
            code = main(argv, console)
        except SystemExit as stop:  # argparse: --help, --version, wrong usage
            code = stop.code if isinstance(stop.code, int) else 2
        except UsageError as error:
            console.say(f"hashpin: {error}")
            code = 2
        except HashpinError as error:
            console.say(f"hashpin: {error}")
            code = 3
        console.stdout.flush()
        console.stderr.flush()
        return code
    except KeyboardInterrupt:
        console.say("hashpin: interrupted")
        return 130
    except BrokenPipeError:  # whoever read us has gone; nothing more can be said
        return 3
    except Exception as error:  # a fault of hashpin's own: nothing was judged
        console.say(f"hashpin: {internal(error)}")
        return 3
