"""Real files that nobody here wrote, read beside pip's own parser and corrected with an index that makes trouble.

HASHPIN_CORPUS names the folder; its README says what stands in it. None of it
may be copied here.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName

from hashpin import check, evidence, files, fix, formats, text, tree, versions
from hashpin.encoding import encode
from hashpin.evidence import Answers
from hashpin.model import (
    Digest,
    Direct,
    DistributionFile,
    LockFile,
    Packaging,
    Pin,
    Policy,
    Project,
    Release,
    ReleaseKey,
    SetHashes,
    Source,
    Unpinned,
    Unreadable,
)
from hashpin.text import Lines
from hashpin.tree import Forest

pytestmark = pytest.mark.corpus

ROOT = Path(os.environ.get("HASHPIN_CORPUS") or "/nowhere")

_AS_LOCAL = "pip asks the disk, where the path was not; hashpin never asks and takes it for a local path"
_NO_ADDRESS = "pip takes `name@1.2.3` for an address without a scheme; it is Meteor's, and hashpin cannot read it"
_METEOR = "mozilla__MozDef/meteor/.meteor/versions"
_PIP_TESTS = "aboutcode-org__pip-requirements-parser/tests/pip_requirements_parser_tests/data/requirements"

# The lines that the oracle has as refused and hashpin as a direct reference.
LOCAL_PATHS = {
    ("jax-ml__jax/docs/requirements.txt", 30): _AS_LOCAL,
    (f"{_PIP_TESTS}/pip-docs-examples3.txt", 48): _AS_LOCAL,
    (f"{_PIP_TESTS}/requirement-parser-issues.txt", 88): _AS_LOCAL,
}
# The files of which the oracle has every line as a requirement and hashpin as unreadable.
LOOK_ALIKES = {_METEOR: _NO_ADDRESS}


@pytest.fixture(scope="module")
def oracle() -> dict[str, dict[str, Any]]:
    lines = (ROOT / "oracle.jsonl").read_text().splitlines()
    return {entry["file"]: entry for entry in map(json.loads, lines)}


@pytest.fixture
def corpus(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(ROOT)
    return ROOT


def read(name: str) -> LockFile:
    source = files.read(ROOT / name)
    assert isinstance(source, Source)
    return formats.parse(source)


# --- reading ---------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Seen:
    """A requirement as both readers can tell it."""

    line: int
    requirement: str
    hashes: tuple[str, ...]


def by_us(file: LockFile) -> list[Seen]:
    lines = Lines(file.source.text)
    return [
        Seen(
            lines.position(statement.span.start).line,
            _normal(statement.text if isinstance(statement, Direct) else str(statement.requirement)),
            tuple(sorted(str(option.digest) for option in statement.hashes)),
        )
        for statement in file.statements
        if isinstance(statement, Pin | Unpinned | Direct)
    ]


def by_pip(entry: Mapping[str, Any]) -> list[Seen]:
    """The oracle lists what pip's parser of files takes; what its parser of requirements refuses is `invalid`."""
    refused = {line for line, _ in entry["invalid"]}
    return [
        Seen(
            seen["line"],
            _normal(seen["req"]),
            tuple(sorted(f"{algorithm}:{value.lower()}" for algorithm, of in seen["hashes"].items() for value in of)),
        )
        for seen in entry["requirements"]
        if seen["line"] not in refused
    ]


def _normal(requirement: str) -> str:
    try:
        return str(Requirement(requirement))
    except InvalidRequirement:
        return requirement


def test_the_corpus_is_whole(oracle: dict[str, dict[str, Any]]) -> None:
    assert len(oracle) == 114
    assert {path for path, _ in LOCAL_PATHS} | LOOK_ALIKES.keys() <= oracle.keys()


def test_requirements_hashes_and_lines_are_pips(oracle: dict[str, dict[str, Any]]) -> None:
    differing = []
    for name, entry in oracle.items():
        file = read(name)
        lines = Lines(file.source.text)
        ours = [seen for seen in by_us(file) if (name, seen.line) not in LOCAL_PATHS]
        unreadable = {
            lines.position(statement.span.start).line
            for statement in file.statements
            if isinstance(statement, Unreadable)
        }
        refused = {line for line, _ in [*entry["errors"], *entry["invalid"]] if (name, line) not in LOCAL_PATHS}
        if name in LOOK_ALIKES:
            assert not ours
            assert unreadable == {seen.line for seen in by_pip(entry)} | refused
        elif ours != by_pip(entry) or unreadable != refused:
            differing.append(name)
    assert differing == []


def test_the_exceptions_are_still_some(oracle: dict[str, dict[str, Any]]) -> None:
    """A row that is no exception any more has to go."""
    for name, line in LOCAL_PATHS:
        assert line in {refused for refused, _ in oracle[name]["invalid"]}
        assert line in {seen.line for seen in by_us(read(name))}
    for name in LOOK_ALIKES:
        assert by_pip(oracle[name])


# --- finding ---------------------------------------------------------------


def test_every_hashed_file_is_found(corpus: Path, oracle: dict[str, dict[str, Any]]) -> None:
    hashed = {name for name, entry in oracle.items() if any(seen["hashes"] for seen in entry["requirements"])}
    assert len(hashed) == 33
    found = {files.shown(found.path) for found in files.find(["."], []).files}
    assert hashed <= found
    assert found <= oracle.keys()


def test_look_alikes_are_not_judged(corpus: Path) -> None:
    found = files.find(["."], [])
    forest = tree.grow(found, lambda found: files.read(found.path))
    assert {entry.path for entry in forest.skipped} == {
        "10up__wp-content-connect/Requirements.txt",
        "17harshu__MySQL-Constraints/constraints.txt",
    }
    names = {files.shown(entry.path) for entry in found.files}
    assert not names & {
        _METEOR,
        "freedomofpress__securedrop/molecule/upgrade/requirements.yml",
        "openstack__requirements/openstack_requirements/tests/files/denylist.txt",
    }
    assert forest.unchecked == ()


# --- editing ---------------------------------------------------------------


def test_bytes_come_back(oracle: dict[str, dict[str, Any]]) -> None:
    for name in oracle:
        source = read(name).source
        assert encode(source.text, source.encoding) == (ROOT / name).read_bytes()


@pytest.mark.parametrize("grow", [False, True], ids=["other hashes", "one more hash"])
def test_setting_hashes_changes_hashes_alone(oracle: dict[str, dict[str, Any]], grow: bool) -> None:
    pins = 0
    for name in oracle:
        file = read(name)
        new = frozenset({Digest("sha256", "0" * 64), Digest("sha256", "f" * 64)})
        wishes = [
            SetHashes(name, pin, new.union(option.digest for option in pin.hashes) if grow else new, safe=True)
            for pin in file.pins
        ]
        edits = [formats.rewrite(file, wish) for wish in wishes]
        for wish, edit in zip(wishes, edits, strict=True):
            start, end = (wish.pin.span.start, wish.pin.strays[-1].span.end) if wish.pin.strays else _hashed(wish.pin)
            assert start <= edit.span.start <= edit.span.end <= end
        after = formats.parse(replace(file.source, text=text.apply(file.source.text, edits)))
        assert [{option.digest for option in pin.hashes} for pin in after.pins] == [wish.digests for wish in wishes]
        same_but_for_hashes(file, after)
        pins += len(wishes)
    assert pins > 2000


def _hashed(pin: Pin) -> tuple[int, int]:
    return pin.place.end, pin.tail


def same_but_for_hashes(before: LockFile, after: LockFile) -> None:
    """Nothing but hash options and what parts them differs."""
    if any(pin.strays for pin in before.pins):
        # The comments that broke a continuation have moved above its pin.
        assert _words(before) == _words(after)
        assert [pin.requirement for pin in before.pins] == [pin.requirement for pin in after.pins]
    else:
        assert _skeleton(before) == _skeleton(after)


def _skeleton(file: LockFile) -> str:
    """The text without what stands from the end of each requirement to its last hash."""
    pieces: list[str] = []
    done = 0
    for pin in file.pins:
        pieces.append(file.source.text[done : pin.place.end])
        done = pin.hashes[-1].span.end if pin.hashes else pin.place.end
    return "".join([*pieces, file.source.text[done:]])


def _words(file: LockFile) -> list[str]:
    content = file.source.text
    for pin in reversed(list(file.pins)):
        for option in reversed((*pin.hashes, *pin.strays)):
            content = content[: option.span.start] + content[option.span.end :]
    return sorted(content.replace("\\", " ").split())


# --- correcting ------------------------------------------------------------

_BIRTH = datetime(2026, 1, 1, tzinfo=UTC)


def troublesome(forest: Forest) -> Answers:
    """An index that has of each release what the files list, or some of it, or more, or that under another version."""
    listed: dict[ReleaseKey, list[Digest]] = {}
    for file in forest.files.values():
        for pin in file.pins:
            of = listed.setdefault(ReleaseKey(pin.name, pin.version), [])
            of += [option.digest for option in (*pin.hashes, *pin.strays) if option.digest not in of]
    answers = Answers()
    projects: dict[NormalizedName, dict[str, Release]] = {}
    for kind, (key, digests) in enumerate(listed.items()):
        own = digests if kind % 4 < 2 else digests[: len(digests) // 2] if kind % 4 == 2 else []
        new = list(_new(key)) if kind % 4 or not own else []
        projects.setdefault(key.name, {})
        answers.releases[key] = _release(key.name, key.version, [*own, *new])
        if kind % 4 == 3:
            projects[key.name]["0.0.1"] = _release(key.name, "0.0.1", digests)
    answers.projects.update({name: Project(name, of) for name, of in projects.items()})
    return answers


def _new(key: ReleaseKey) -> Iterator[Digest]:
    for number in range(2):
        yield Digest("sha256", hashlib.sha256(f"{key.name} {key.version} {number}".encode()).hexdigest())


def _release(name: NormalizedName, version: str, digests: list[Digest]) -> Release:
    return Release(
        name,
        version,
        tuple(
            DistributionFile(
                f"{name}-{versions.normal(version)}-{number}-py3-none-any.whl", Packaging.WHEEL, (of,), _BIRTH
            )
            for number, of in enumerate(digests, start=1)
        ),
    )


def forest_of(corrected: Mapping[str, str]) -> Forest:
    def read_corrected(found: files.Found) -> Source | files.Refused:
        source = files.read(found.path)
        assert isinstance(source, Source)
        return replace(source, text=corrected.get(source.path, source.text))

    return tree.grow(files.find(["."], []), read_corrected)


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("require_hashes", [False, True], ids=["as it is", "require hashes"])
def test_a_fix_changes_hashes_alone_and_is_enough(corpus: Path, unsafe: bool, require_hashes: bool) -> None:
    before = forest_of({})
    answers = troublesome(before)

    def corrected(forest: Forest) -> fix.Corrections:
        policy = Policy(require_hashes)
        found = evidence.assess(forest, answers, policy)
        return fix.corrections(forest, found, check.report(forest, found, policy).findings, unsafe)

    done = corrected(before)
    assert len(done.texts) > (40 if require_hashes else 15)
    after = forest_of(done.texts)
    for path in done.texts:
        same_but_for_hashes(before.files[path], after.files[path])
    again = corrected(after)
    assert again.texts == {}
    assert again.left == done.left
