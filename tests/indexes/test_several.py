"""Several indexes asked as one: what they say together, and who is asked for what."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import permutations

import pytest
from msgspec.structs import replace
from packaging.utils import NormalizedName, canonicalize_name

from hashpin.errors import UsageError
from hashpin.indexes.choice import Chosen, choose
from hashpin.indexes.several import SeveralIndexes, joined
from hashpin.model import (
    Advisory,
    Answer,
    Digest,
    DistributionFile,
    Needs,
    NoAnswer,
    NoDigest,
    NoSuchProject,
    NoSuchRelease,
    Packaging,
    Project,
    Published,
    Publisher,
    Quarantined,
    Release,
)

MAIN, EXTRA, OTHER = (f"https://{name}.example/simple/" for name in ("main", "extra", "other"))
ACME = canonicalize_name("acme-core")


def file(name: str, digit: str = "a") -> DistributionFile:
    return DistributionFile(name, Packaging.SDIST, (Digest("sha256", digit * 64),))


def release(*files: DistributionFile, **more: object) -> Release:
    return Release(ACME, "1.0", files, **more)  # type: ignore[arg-type]


@dataclass
class Fake:
    """An index that answers the same for everything, and remembers for what."""

    answer: Answer
    whole: Project | NoAnswer = field(default_factory=lambda: NoAnswer("not asked"))
    one: bool = True
    asked: list[str] = field(default_factory=list)

    def releases(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        self.asked.append(name)
        return dict.fromkeys(versions, self.answer)

    def project(self, name: NormalizedName) -> Project | NoAnswer:
        self.asked.append(name)
        return self.whole

    def at_hand(self, name: NormalizedName, versions: Sequence[str]) -> Mapping[str, Answer]:
        return {}

    def is_one(self) -> bool:
        self.asked.append("?")
        return self.one

    def requires(self, release: Release) -> Needs:
        return tuple(file.filename for file in release.files)

    def digests(self, file: DistributionFile, algorithms: Collection[str]) -> tuple[Digest, ...] | NoAnswer:
        return tuple(Digest(algorithm, file.index) for algorithm in algorithms)

    def publishers(self, release: Release, file: DistributionFile) -> Published:
        return (Publisher(release.name, ((file.index, file.filename),)),)


def several(*indexes: Fake, chosen: Chosen | None = None) -> SeveralIndexes:
    addresses = [MAIN, EXTRA, OTHER][: len(indexes)]
    chosen = chosen or choose(MAIN, addresses[1:], {})
    return SeveralIndexes(chosen, dict(zip(addresses, indexes, strict=True)))


# --- what they say together ------------------------------------------------

SDIST, WHEEL = file("acme_core-1.0.tar.gz"), file("acme_core-1.0-py3-none-any.whl", "b")
OWED = NoAnswer("timed out")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ((release(SDIST), release(WHEEL)), {"acme_core-1.0.tar.gz", "acme_core-1.0-py3-none-any.whl"}),
        ((release(SDIST), release(SDIST)), {"acme_core-1.0.tar.gz"}),
        ((release(SDIST), NoSuchProject()), {"acme_core-1.0.tar.gz"}),
        ((release(SDIST), NoSuchRelease(), NoSuchProject()), {"acme_core-1.0.tar.gz"}),
        ((release(SDIST), Quarantined("why")), Quarantined("why")),
        ((release(SDIST), NoDigest()), {"acme_core-1.0.tar.gz"}),
        ((release(SDIST), OWED), OWED),
        ((NoSuchRelease(), OWED), OWED),
        ((NoSuchRelease(), NoSuchProject()), NoSuchRelease()),
        ((NoSuchProject(), NoSuchProject()), NoSuchProject()),
        ((Quarantined("why"), NoSuchRelease(), NoSuchProject()), Quarantined("why")),
        ((NoDigest(), NoSuchRelease()), NoDigest()),
    ],
)
def test_joined_in_any_order(answers: tuple[Answer, ...], expected: object) -> None:
    for order in permutations(answers):
        whole = order[0]
        for answer in order[1:]:
            whole = joined(whole, answer)
        found = {file.filename for file in whole.files} if isinstance(whole, Release) else whole
        assert found == expected


def test_one_name_with_two_contents_is_two_files() -> None:
    whole = joined(release(SDIST), release(file(SDIST.filename, "c")))
    assert isinstance(whole, Release)
    assert [f.digests[0].value[0] for f in whole.files] == ["a", "c"]


def test_what_else_they_say() -> None:
    one = release(SDIST, advisories=(Advisory("A"),))
    other = release(
        WHEEL, advisories=(Advisory("A", summary="later"), Advisory("B")), requires_dist=("x",), archived=""
    )
    whole = joined(one, other)
    assert isinstance(whole, Release)
    assert {(a.id, a.summary) for a in whole.advisories} == {("A", ""), ("B", "")}
    assert (whole.requires_dist, whole.archived) == (None, ""), "what one does not tell the other cannot tell for it"
    both = joined(replace(one, requires_dist=("y",)), other)
    assert isinstance(both, Release)
    assert both.requires_dist == ("y", "x")
    ours = [replace(entry, index=MAIN, yanked="broken") for entry in one.files]
    yanked = joined(replace(one, files=tuple(ours)), replace(other, files=(replace(WHEEL, index=EXTRA),)))
    assert isinstance(yanked, Release)
    assert yanked.yanked == "broken", "one index's word is not lost among another one's files"


# --- who is asked ----------------------------------------------------------


def test_all_are_asked_and_each_file_says_whose_it_is() -> None:
    main, extra = Fake(release(SDIST)), Fake(release(WHEEL))
    index = several(main, extra)
    answer = index.releases(ACME, ["1.0"])["1.0"]
    assert isinstance(answer, Release)
    assert [(f.filename, f.index) for f in answer.files] == [(SDIST.filename, MAIN), (WHEEL.filename, EXTRA)]
    assert index.digests(answer.files[1], ["sha512"]) == (Digest("sha512", EXTRA),)
    assert index.publishers(answer, answer.files[1]) == (Publisher(ACME, ((EXTRA, WHEEL.filename),)),)
    assert index.requires(answer) == (SDIST.filename,), "of the first that has it, by its files alone"


def test_an_absence_counts_only_where_the_index_is_one() -> None:
    for one, other in ((True, False), (False, True), (False, False), (True, True)):
        index = several(Fake(NoSuchProject(), one=one), Fake(NoSuchProject(), one=other))
        assert index.releases(ACME, ["1.0"])["1.0"] == NoSuchProject()
        assert index.is_one() is (one and other)


def test_only_an_index_that_lacks_something_has_to_be_one() -> None:
    main, extra = Fake(release(SDIST)), Fake(NoSuchRelease(), one=True)
    index = several(main, extra)
    index.releases(ACME, ["1.0"])
    assert index.is_one()
    assert (main.asked, extra.asked) == ([ACME], [ACME, "?"])


def test_a_reason_says_whose_it_is() -> None:
    index = several(Fake(release(SDIST)), Fake(OWED, whole=OWED))
    assert index.releases(ACME, ["1.0"])["1.0"] == NoAnswer("extra.example: timed out")
    assert several(Fake(OWED, whole=Project(ACME, {})), Fake(OWED, whole=OWED)).project(ACME) == NoAnswer(
        "extra.example: timed out"
    )


def test_a_project_is_what_all_have_of_it() -> None:
    both = {"1": release(SDIST), "2": release(SDIST)}
    index = several(Fake(OWED, whole=Project(ACME, {"1": release(WHEEL)})), Fake(OWED, whole=Project(ACME, both)))
    found = index.project(ACME)
    assert isinstance(found, Project)
    assert {key: [(f.filename, f.index) for f in r.files] for key, r in found.releases.items()} == {
        "1": [(WHEEL.filename, MAIN), (SDIST.filename, EXTRA)],
        "2": [(SDIST.filename, EXTRA)],
    }


# --- bindings --------------------------------------------------------------


@pytest.mark.parametrize("name", ["acme-core", "Acme_Core", "acme-*", "ACME.*", "a*"])
def test_a_bound_project_is_asked_of_its_index_alone(name: str) -> None:
    from hashpin.wishes import glob_of_names

    main, private = Fake(NoSuchProject()), Fake(release(WHEEL))
    index = several(main, private, chosen=choose(MAIN, [], {glob_of_names(name): EXTRA}))
    answer = index.releases(ACME, ["1.0"])["1.0"]
    assert isinstance(answer, Release)
    index.project(ACME)
    assert main.asked == []
    index.releases(canonicalize_name("six"), ["1.0"])
    assert private.asked == [ACME, ACME], "and it learns of no other project"


def test_the_first_binding_that_fits_decides() -> None:
    chosen = choose(MAIN, [], {"acme-core": EXTRA, "acme-*": OTHER})
    found = [chosen.binding(canonicalize_name(name)) for name in ("acme-core", "acme-more", "six")]
    assert [binding and binding.address.simple for binding in found] == [EXTRA, OTHER, None]


def test_what_a_binding_that_does_not_count_binds_is_asked_of_nobody() -> None:
    """A pull request may write it, and so choose whose word is taken."""
    main, extra = Fake(NoSuchProject()), Fake(release(WHEEL))
    chosen = choose(MAIN, [EXTRA], {}, {"acme-*": OTHER, "six": EXTRA})
    assert chosen.shown == (MAIN, EXTRA)
    index = several(main, extra, chosen=chosen)
    answer = index.releases(ACME, ["1.0"])["1.0"]
    assert isinstance(answer, NoAnswer)
    assert answer.reason == (
        f"the configuration, which does not count here, binds acme-core to {OTHER}: "
        "bind it in the workflow (extra-index-urls: NAME URL)"
    )
    assert index.project(ACME) == answer
    assert isinstance(index.releases(canonicalize_name("six"), ["1.0"])["1.0"], NoAnswer)
    assert (main.asked, extra.asked) == ([], [])


def test_inputs_go_before_bindings_that_do_not_count() -> None:
    chosen = choose(MAIN, [], {"acme-*": EXTRA}, {"acme-core": MAIN})
    binding = chosen.binding(ACME)
    assert binding is not None
    assert binding.address.simple == EXTRA


def test_credentials_count_for_their_own_host_alone() -> None:
    chosen = choose(
        "https://main.example/simple/",
        ["https://user:secret@extra.example/a/", "https://extra.example/b/"],
        {"x": "https://extra.example:8443/simple/", "y": "https://extra.example/c/"},
        {"z": "https://mine:own@main.example/simple/"},
    )
    secret = ("user", "secret")
    assert [(a.simple, a.credentials) for a in chosen.common] == [
        ("https://main.example/simple/", None),
        ("https://extra.example/a/", secret),
        ("https://extra.example/b/", secret),
    ]
    assert [binding.address.credentials for binding in chosen.bindings] == [None, secret, None]
    assert not any("secret" in address for address in chosen.shown)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("x", [], {}), "index-url (--index-url)"),
        ((MAIN, ["ftp://x"], {}), "extra-index-urls (--extra-index-url)"),
        ((MAIN, [], {"six": "/srv"}), "index-for six"),
    ],
)
def test_what_is_no_address_is_named(arguments: tuple[str, Sequence[str], Mapping[str, str]], named: str) -> None:
    with pytest.raises(UsageError, match=f"^{re.escape(named)} takes an http or https address"):
        choose(*arguments)
