"""The documents of a replica: what is derived, and what hashpin's own readers see in made ones."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from packaging.utils import NormalizedName

from bench import documents, made
from hashpin.formats import parse
from hashpin.indexes import json_api, simple
from hashpin.model import Source

NAMES = ["demo", "other-name", "third"]


def project(**releases: Any) -> dict[str, Any]:
    """Releases by what is wrong with their one file."""
    return {
        "info": {"name": "demo", "package_url": "https://index.example/project/demo/"},
        "releases": {
            version.replace("_", "."): [{"yanked": False, "digests": {"sha256": "a" * 64}, **fault}]
            for version, fault in releases.items()
        },
    }


def test_the_newest_release_is_final_not_yanked_and_has_all_digests() -> None:
    found = project(**{"1_9": {}, "1_10": {}, "2_0rc1": {}, "3_0": {"yanked": True}, "4_0": {"digests": {"md5": "x"}}})
    found["releases"] |= {"5.0": [], "not a version": [{"yanked": False, "digests": {"sha256": "a" * 64}}]}
    assert documents.newest(found) == "1.10"


def test_a_project_may_have_no_release_to_pin() -> None:
    assert documents.newest(project(**{"1_0a1": {}})) is None


def test_a_version_that_is_no_name_of_a_folder_is_not_chosen() -> None:
    assert documents.newest({"releases": {"../1.0": [{"yanked": False, "digests": {"sha256": "a" * 64}}]}}) is None


def test_the_document_of_a_release_is_made_from_the_projects() -> None:
    found = project(**{"1_0": {}, "2_0": {"filename": "x"}})
    release = documents.release(found, "2.0")
    assert release["urls"] == found["releases"]["2.0"]
    assert release["info"]["version"] == "2.0"
    assert "releases" not in release


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://files.index.example/packages/a/demo-1.0.tar.gz", "packages/a/demo-1.0.tar.gz"),
        ("https://files.index.example/../../x", "x"),
        ("../../files/packages/a/x.whl", "files/packages/a/x.whl"),
    ],
)
def test_a_file_stays_below_the_replicas_folder(url: str, path: str) -> None:
    assert documents.path_of(url) == path


def test_names_are_normalised_sorted_and_told_once(tmp_path: Path) -> None:
    (tmp_path / "names").write_text("# some\nZope.Interface\nsix # small\n\nzope-interface\n")
    assert documents.names(tmp_path / "names") == ["six", "zope-interface"]


def test_our_names_are_sorted_and_normalised() -> None:
    path = Path(documents.__file__).with_name("names.txt")
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    assert lines == documents.names(path)
    assert len(lines) >= 592


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replica")
    for name in NAMES:
        made.make(folder, NAMES, name)
    documents.finish(folder, made.ORIGIN)
    return folder


def test_the_same_names_make_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    made.make(tmp_path, NAMES, "demo")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(tmp_path)).read_bytes()


def test_both_apis_and_the_requirements_tell_the_same_files(folder: Path) -> None:
    file = parse(Source("requirements.txt", (folder / "requirements.txt").read_text()))
    listed = {pin.name: {option.digest.value for option in pin.hashes} for pin in file.pins}
    assert set(listed) == set(NAMES)
    for pin in documents.pins(folder):
        name = NormalizedName(pin.name)
        release = json_api.parse_release(
            documents.release_path(folder, name, pin.version).read_bytes(), name, pin.version
        )
        page = simple.parse(documents.page_path(folder, name).read_bytes(), "application/vnd.pypi.simple.v1+json", name)
        of_page = page.project.releases[pin.version.removesuffix(".0")]
        whole = json_api.parse_project(documents.project_path(folder, name).read_bytes(), name)
        assert whole is not None
        for told in (release.files, of_page.files, whole.releases[pin.version.removesuffix(".0")].files):
            digests = {d.value for each in told for d in each.digests if d.algorithm == "sha256"}
            assert digests == listed[name] == set(pin.digests)


def test_what_is_needed_is_pinned(folder: Path) -> None:
    for pin in documents.pins(folder):
        info = json.loads(documents.release_path(folder, pin.name, pin.version).read_bytes())["info"]
        assert {need.partition(">")[0] for need in info["requires_dist"] or ()} <= set(NAMES)


def test_packed_twins_hold_the_same(folder: Path) -> None:
    twins = list(folder.rglob("*.gz"))
    assert len(twins) == 3 * len(NAMES)
    for twin in twins:
        assert gzip.decompress(twin.read_bytes()) == twin.with_suffix("").read_bytes()


def test_a_finished_folder_says_what_it_holds(folder: Path, tmp_path: Path) -> None:
    manifest = documents.manifest(folder)
    assert manifest is not None
    assert manifest.projects == len(NAMES)
    assert manifest.hashes == sum(len(pin.digests) for pin in documents.pins(folder))
    assert documents.manifest(tmp_path) is None


@pytest.mark.parametrize("count", [1, 2, 3, 50, 140])
def test_as_many_files_as_asked_with_names_of_their_own(count: int) -> None:
    found = made.filenames("some-name", "1.0", count)
    assert len(set(found)) == count
    assert sum(name.endswith(".tar.gz") for name in found) == (count > 1)


def test_shares_follow_the_quantiles() -> None:
    quantiles = (0, 0, 0, 2, 6, 15, 28, 69, 92)
    assert [made.of_share(share, quantiles) for share in (0.0, 0.2, 0.5, 0.75, 0.95, 1.0)] == [0, 0, 2, 6, 28, 92]
