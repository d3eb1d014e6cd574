"""One run of a command over files: what is asked for, the files as found, and what the index has said so far."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin import check, configuration, evidence, files, tree
from hashpin.commands import keeping
from hashpin.commands.progress import asking as asking_bar
from hashpin.configuration import Configuration
from hashpin.console import Console
from hashpin.errors import NothingToCheck, UsageError
from hashpin.evidence import Answers
from hashpin.files import Found
from hashpin.files import Refused as Unread
from hashpin.model import Evidence, Index, Report, Severity, Source
from hashpin.options import wishes as wishes_of
from hashpin.tree import Forest
from hashpin.wishes import Wishes
from hashpin.wording import inert, plural, visible

if TYPE_CHECKING:
    from hashpin.indexes.cache import Cache
    from hashpin.past import Past


class Run(Struct):
    """One run of check or fix: the files as found, and what the index has said so far."""

    options: argparse.Namespace
    console: Console
    configured: Configuration
    given: Wishes
    finds: files.Finds
    index: Index | None
    indexes: tuple[str, ...]
    """The addresses that it asks."""
    cache: Cache | None = None
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    answers: Answers = field(default_factory=Answers)
    past: Past | None = None
    sources: dict[Path, Source | Unread] = field(default_factory=dict)

    @classmethod
    def begin(cls, options: argparse.Namespace, console: Console) -> Run:
        configured = configuration.load(options.config)
        given = wishes_of(options, console)
        wishes = given.over(configured.wishes)
        finds = files.find(options.paths, wishes.exclude or ())
        past = _past(options, finds)
        if options.offline:
            return cls(options, console, configured, given, finds, None, _named(wishes), past=past)
        cache = keeping.opened(options, console, {found.root for found in finds.files})
        index, indexes = opened(wishes, options, cache)
        return cls(options, console, configured, given, finds, index, indexes, cache, past=past)

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
        kept = keeping.kept(self.cache, self.options, self.console)
        with kept, asking_bar(self.options, self.console) as asking:
            before = self.past.files if self.past else None
            found, report = check.check(forest, self.index, self.answers, policy, asking, before)
            if self.past and (stood := self.past.stood(evidence.doubtful(found))):
                found, report = check.check(forest, self.index, self.answers, policy, asking, before, stood)
        if self.options.format == "sarif":  # the one output that shows them
            from hashpin import fix

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


def _named(wishes: Wishes) -> tuple[str, ...]:
    """The addresses of the indexes that are named, though none of them is asked."""
    from hashpin.indexes.choice import choose

    return choose(wishes.index_url, wishes.extra_index_urls or (), wishes.index_for or {}).shown


def opened(wishes: Wishes, options: argparse.Namespace, cache: Cache | None) -> tuple[Index, tuple[str, ...]]:
    """The index that is asked for, with its addresses. Imported here, since a run with --offline needs none of it."""
    from hashpin.indexes.opening import chosen_indexes, opened

    chosen = chosen_indexes(wishes)
    return opened(chosen, options.jobs, options.timeout, cache), chosen.shown


def _past(options: argparse.Namespace, finds: files.Finds) -> Past | None:
    """What stood before the commit that the options name. Raises UsageError where it cannot be read."""
    if getattr(options, "base", None) is None:  # coverage has no such option
        return None
    from hashpin.github.checkout import LocalCommit
    from hashpin.github.refusals import Refused
    from hashpin.past import Past

    try:
        commit = LocalCommit.named(files.repository(finds), options.base)
    except ImportError as error:
        missing = "--base reads the history with dulwich: pip install 'hashpin[github]'"
        raise UsageError(missing) from error
    except Refused as refused:
        hint = "in a shallow clone, fetch more of the history"
        raise UsageError(f"--base {options.base}: {refused.refusal.reason} ({hint})") from refused
    return Past(commit, finds, commit)


def list_files(forest: Forest, console: Console) -> int:
    for path in sorted(forest.files):
        console.stdout.write(f"{inert(visible(path))}\n")
    for entry in forest.unchecked:
        console.say(f"{entry.path}: not read, {entry.reason}")
    return 3 if forest.unchecked else 0


def tell(forest: Forest, options: argparse.Namespace, console: Console) -> None:
    if options.verbose:
        for path, file in sorted(forest.files.items()):
            console.say(f"{path}: {plural(sum(1 for _ in file.pins), 'pin')}")
    if not options.quiet:
        for entry in forest.skipped:
            console.say(f"{entry.path}: skipped, {entry.reason}")
