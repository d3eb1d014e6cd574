"""The SARIF of several runs, joined into one run, so that one upload speaks of all: a second upload of the same
category would close the alerts of the first.

Of what a file holds, the results are taken, and what is said beside them. The rules are this hashpin's own: whoever
wrote a report may not tell code scanning what a rule means.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import unquote

import msgspec
from msgspec import UNSET, Meta, UnsetType

from hashpin import __version__
from hashpin.merging.shape import Line, Part, Shape, held, missing, wrong
from hashpin.model import Explanation, Severity
from hashpin.outputs import sarif
from hashpin.rules import pages, unused_allowance

# As `outputs.sarif` spells them: no character is left to guess, and none makes a scheme but that of a file.
Uri = Annotated[str, Meta(pattern="^(file://)?[A-Za-z0-9_.~/%-]+$", max_length=20_000)]
Text = Annotated[str, Meta(max_length=2000)]


class _Camel(Shape, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Keys as SARIF spells them."""


class Message(_Camel, frozen=True, kw_only=True):
    """A text."""

    text: Text


class File(_Camel, frozen=True, kw_only=True):
    """A file, and its place in the list of them."""

    uri: Uri
    index: int


class Region(_Camel, frozen=True, kw_only=True):
    """Lines and columns of a file."""

    start_line: Line
    start_column: Line
    end_line: Line
    end_column: Line


class Physical(_Camel, frozen=True, kw_only=True):
    """A place in a file."""

    artifact_location: File
    region: Region


class Location(_Camel, frozen=True, kw_only=True):
    """A place."""

    physical_location: Physical


class Inserted(_Camel, frozen=True, kw_only=True):
    """What would stand there."""

    text: str


class Replacement(_Camel, frozen=True, kw_only=True):
    """A change of some lines."""

    deleted_region: Region
    inserted_content: Inserted


class Change(_Camel, frozen=True, kw_only=True):
    """Changes of a file."""

    artifact_location: File
    replacements: tuple[Replacement, ...]


class Correction(_Camel, frozen=True, kw_only=True):
    """What would mend it."""

    description: Message
    artifact_changes: tuple[Change, ...]


class Fingerprints(_Camel, frozen=True, kw_only=True):
    """What a result is known by from run to run."""

    primary_location_line_hash: Annotated[str, Meta(pattern="^[0-9a-f]{1,64}:[0-9]{1,10}$")]


class Properties(_Camel, frozen=True, kw_only=True):
    """What hashpin says of a result beyond SARIF."""

    purl: Annotated[str, Meta(pattern="^pkg:pypi/")] | UnsetType = UNSET
    explanation: Explanation | UnsetType = UNSET


class Result(_Camel, frozen=True, kw_only=True):
    """A finding, or what could not be checked."""

    rule_id: str
    rule_index: int
    level: Literal["error", "warning", "note"]
    message: Message
    locations: Annotated[tuple[Location, ...], Meta(min_length=1, max_length=1)]
    partial_fingerprints: Fingerprints
    properties: Properties
    fixes: tuple[Correction, ...] | UnsetType = UNSET


class Descriptor(_Camel, frozen=True, kw_only=True):
    """What a notification is of."""

    id: Literal["unchecked", "left-out", "allowed"]


class Notification(_Camel, frozen=True, kw_only=True):
    """What is said beside the results."""

    descriptor: Descriptor
    level: Literal["error", "warning", "note"]
    message: Message


class Invocation(_Camel, frozen=True, kw_only=True):
    """How the run went."""

    execution_successful: bool
    tool_execution_notifications: Annotated[tuple[Notification, ...], Meta(max_length=1000)]


class Driver(_Camel, frozen=True, kw_only=True):
    """The tool itself."""

    name: Literal["hashpin"]
    version: Annotated[str, Meta(max_length=50)]


class Tool(_Camel, frozen=True, kw_only=True):
    """Who ran."""

    driver: Driver


class Used(_Camel, frozen=True, kw_only=True):
    """Where an allowance of the configuration stands that a shard has used."""

    uri: Uri
    start_line: Line | None


class OneOf(Part, frozen=True, kw_only=True):
    """The shard that a run is of."""

    used: tuple[Used, ...] = ()


class OfRun(_Camel, frozen=True, kw_only=True):
    """What hashpin says of a run beyond SARIF."""

    shard: OneOf


class Run(_Camel, frozen=True, kw_only=True):
    """What one run of the tool found."""

    tool: Tool
    invocations: Annotated[tuple[Invocation, ...], Meta(min_length=1, max_length=1)]
    results: Annotated[tuple[Result, ...], Meta(max_length=sarif.LIMIT)]
    properties: OfRun | None = None

    @property
    def shard(self) -> OneOf | None:
        """The part that it is of."""
        return self.properties.shard if self.properties else None


class Log(_Camel, frozen=True, kw_only=True):
    """A file."""

    version: Literal["2.1.0"]
    runs: Annotated[tuple[Run, ...], Meta(min_length=1, max_length=1)]


class Joined(Shape, frozen=True, kw_only=True):
    """All runs as one."""

    results: tuple[Result, ...]
    """The worst first."""
    notifications: tuple[Notification, ...]
    """But for those of what could not be checked."""
    lacking: tuple[str, ...]
    successful: bool


_PAGES = (*pages(), sarif.UNCHECKED)
_NUMBERS = {page.rule.name: number for number, page in enumerate(_PAGES)}


def parse(name: str, data: Any) -> Run:
    """The one run of a file. Raises UsageError."""
    [run] = held(name, data, Log, "SARIF file of hashpin").runs
    made_by = run.tool.driver.version
    if made_by != __version__:
        raise wrong(name, f"was made by hashpin {made_by}, and this is {__version__}: check and merge with one version")
    for result in run.results:
        if result.rule_id not in _NUMBERS:
            raise wrong(name, f"has a result of {result.rule_id}, and hashpin has no such rule")
    return run


def join(runs: Sequence[tuple[str, Run]]) -> Joined:
    """One run of all, by their names. Raises UsageError where they are parts that do not go together."""
    lacking = tuple(missing((name, run.shard) for name, run in runs))
    ordered = [run for _, run in sorted(runs, key=lambda named: named[1].shard.number if named[1].shard else 0)]
    used = {(entry.uri, entry.start_line) for run in ordered if run.shard for entry in run.shard.used}
    notifications = (entry for run in ordered for entry in run.invocations[0].tool_execution_notifications)
    return Joined(
        results=tuple(sorted(_renumbered(_distinct(ordered, used)), key=_order)),
        notifications=tuple(entry for entry in notifications if entry.descriptor.id != _UNCHECKED),
        lacking=lacking,
        successful=not lacking and all(run.invocations[0].execution_successful for run in ordered),
    )


def render(joined: Joined) -> str:
    """As SARIF that code scanning takes, within its limits."""
    numbers: dict[str, int] = {}
    results = sarif.fitting(_numbered(msgspec.to_builtins(result), numbers) for result in joined.results)
    notifications = [*_unjudged(joined, numbers), *sarif.left_out(len(joined.results), len(results))]
    notifications += (sarif.notice(n.descriptor.id, n.level, n.message.text) for n in joined.notifications)
    artifacts = [sarif.artifact(uri) for uri in numbers]
    return sarif.spelled(_PAGES, results, notifications, artifacts, joined.successful, None)


def exit_code(joined: Joined, fail_on: Severity | None) -> int:
    """As of `hashpin check`."""
    found = (Severity.named(result.level) or 0 for result in joined.results if result.rule_id != _UNCHECKED)
    if fail_on is not None and max(found, default=0) >= fail_on:
        return 1
    return 0 if joined.successful and not any(result.rule_id == _UNCHECKED for result in joined.results) else 3


_UNCHECKED = sarif.UNCHECKED.rule.name


def _distinct(runs: Iterable[Run], used: set[tuple[str, int | None]]) -> Iterator[Result]:
    """All results; what another run has found already is left out, and so is what only one shard thinks unused."""
    seen: set[tuple[str, str, str, str, Region]] = set()
    for run in runs:
        own = set()
        for result in run.results:
            place = _place(result)
            uri = place.artifact_location.uri
            key = (result.rule_id, result.level, result.message.text, uri, place.region)
            own.add(key)
            unused = result.rule_id == unused_allowance.RULE.name and (uri, place.region.start_line) in used
            if key not in seen and not unused:
                yield result
        seen |= own


def _renumbered(results: Iterable[Result]) -> Iterator[Result]:
    """Alike lines of one file are told apart by a number, and each shard counts those of the configuration anew."""
    found = list(results)
    unused = (result for result in found if result.rule_id == unused_allowance.RULE.name)
    seen: Counter[tuple[str, str]] = Counter()
    known: dict[Result, Result] = {}
    for result in sorted(unused, key=lambda result: msgspec.structs.astuple(_place(result).region)):
        line = result.partial_fingerprints.primary_location_line_hash.partition(":")[0]
        alike = _place(result).artifact_location.uri, line
        seen[alike] += 1
        number = Fingerprints(primary_location_line_hash=f"{line}:{seen[alike]}")
        known[result] = msgspec.structs.replace(result, partial_fingerprints=number)
    return (known.get(result, result) for result in found)


def _place(result: Result) -> Physical:
    return result.locations[0].physical_location


def _order(result: Result) -> tuple[object, ...]:
    """As in one run: the worst first, what is unchecked behind the errors, then by path and place."""
    severity = Severity.named(result.level) or 0
    file, region = _place(result).artifact_location, _place(result).region
    path = unquote(file.uri.removeprefix("file://"), errors="surrogateescape")
    return -severity, result.rule_id == _UNCHECKED, path, region.start_line, region.start_column


def _numbered(result: Any, numbers: dict[str, int]) -> Any:
    """The result as it stands in the joined run: rules and files have other numbers there."""
    result["ruleIndex"] = _NUMBERS[result["ruleId"]]
    for location in result["locations"]:
        _number(location["physicalLocation"]["artifactLocation"], numbers)
    for correction in result.get("fixes", ()):
        for change in correction["artifactChanges"]:
            _number(change["artifactLocation"], numbers)
    return result


def _number(file: Any, numbers: dict[str, int]) -> None:
    file["index"] = numbers.setdefault(file["uri"], len(numbers))


def _unjudged(joined: Joined, numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    """What could not be checked, told once more beside the results."""
    told = [result for result in joined.results if result.rule_id == _UNCHECKED]
    yield from (sarif.notice(_UNCHECKED, "error", reason) for reason in joined.lacking)
    for result in told[: sarif.NOTIFICATIONS]:
        spelled = _numbered(msgspec.to_builtins(result), numbers)
        yield {**sarif.notice(_UNCHECKED, "error", result.message.text), "locations": spelled["locations"]}
    if (more := len(told) - sarif.NOTIFICATIONS) > 0:
        yield sarif.notice(_UNCHECKED, "error", f"{more:,} more could not be checked.")
    if not (joined.successful or told or joined.lacking):
        yield sarif.notice(_UNCHECKED, "error", "Something could not be checked.")
