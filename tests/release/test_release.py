"""The scripts of a release, against a real git repository with a bare one as its remote; docker is a stand-in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.release.checkout import git, published
from tests.test_workflows import EXAMPLES
from tools import make_docs
from tools.release import build_image, move_major, pin_examples, pin_image, tag_release, versions
from tools.release.commands import Commands, Refused

DIGEST = f"sha256:{'ab' * 32}"
OTHER = f"sha256:{'cd' * 32}"


# --- the version -----------------------------------------------------------


def test_the_version_is_that_of_package_and_changelog(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert versions.main(["--root", str(clone)]) == 0
    assert capsys.readouterr().out == "v1.2.3\n"
    assert versions.main(["--root", str(clone), "--notes"]) == 0
    assert capsys.readouterr().out == "- Now.\n"


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (
            "CHANGELOG.md",
            "## [1.2.3] - 2026-01-02\n\n- Now.\n\n",
            "",
            "the newest dated entry of CHANGELOG.md is 1.2.2",
        ),
        ("CHANGELOG.md", " - 2026-01-02", "", "the newest dated entry of CHANGELOG.md is 1.2.2"),
        ("CHANGELOG.md", "- Now.\n", "", "CHANGELOG.md says nothing of 1.2.3"),
        ("hashpin/__init__.py", "1.2.3", "1.2.4", "the package is 1.2.4, and the newest dated entry"),
        ("hashpin/__init__.py", "1.2.3", "1.2.3rc1", "1.2.3rc1 is no version of the form 1.2.3"),
        ("hashpin/__init__.py", "1.2.3", "01.2.3", "01.2.3 is no version"),
        ("hashpin/__init__.py", "__version__", "version", "has no line __version__"),
    ],
)
def test_what_does_not_agree_is_not_released(
    clone: Path, capsys: pytest.CaptureFixture[str], file: str, old: str, new: str, reason: str
) -> None:
    path = clone / file
    path.write_text(path.read_text().replace(old, new, 1))
    assert versions.main(["--root", str(clone)]) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert reason in told.err


def test_what_is_released_is_not_released_again(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    published(clone, "1.2.3")
    assert versions.main(["--root", str(clone)]) == 1
    assert capsys.readouterr().err == "refused: v1.2.3 is released already\n"


# --- the image in action.yml -----------------------------------------------


def test_one_line_of_the_action_changes(clone: Path) -> None:
    before = (clone / "action.yml").read_text().splitlines()
    assert pin_image.main(["v1.2.3", DIGEST, "--root", str(clone)]) == 0
    after = (clone / "action.yml").read_text().splitlines()
    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        ("  image: Dockerfile", f"  image: docker://ghcr.io/org/hashpin:v1.2.3@{DIGEST}")
    ]


def test_a_dry_run_writes_nothing(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (clone / "action.yml").read_bytes()
    assert pin_image.main(["v1.2.3", DIGEST, "--root", str(clone), "--dry-run"]) == 0
    assert capsys.readouterr().out == f"  image: docker://ghcr.io/org/hashpin:v1.2.3@{DIGEST}\n"
    assert (clone / "action.yml").read_bytes() == before


@pytest.mark.parametrize(
    ("tag", "digest"),
    [
        ("1.2.3", DIGEST),
        ("v1", DIGEST),
        ("v1.2.3\n  args: x", DIGEST),
        ("v1.2.3", DIGEST.upper()),
        ("v1.2.3", DIGEST[:-1]),
        ("v1.2.3", f"{DIGEST}\n"),
        ("v1.2.3", ""),
    ],
)
def test_no_other_text_gets_into_the_action(clone: Path, tag: str, digest: str) -> None:
    before = (clone / "action.yml").read_bytes()
    assert pin_image.main([tag, digest, "--root", str(clone)]) == 1
    assert (clone / "action.yml").read_bytes() == before


@pytest.mark.parametrize("text", ["", "  image: Dockerfile", "  image: Dockerfile\n" * 2, "  image: dockerfile\n"])
def test_an_action_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="has not one line"):
        pin_image.pinned(text, "v1.2.3", DIGEST)


# --- the commit and its tag ------------------------------------------------


def tag(clone: Path, *more: str) -> int:
    return tag_release.main(["v1.2.3", "--message", "hashpin 1.2.3", "--root", str(clone), *more])


def test_the_tag_is_on_a_commit_beside_the_main_branch(
    clone: Path, remote: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main = git(remote, "rev-parse", "main")
    pin_image.main(["v1.2.3", DIGEST, "--root", str(clone)])
    assert tag(clone) == 0
    sha = capsys.readouterr().out.strip()
    assert git(remote, "cat-file", "-t", "v1.2.3") == "tag"
    assert git(remote, "rev-parse", "v1.2.3^{commit}") == sha
    assert git(remote, "rev-parse", "v1.2.3^{commit}^") == main == git(remote, "rev-parse", "main")
    assert git(remote, "diff", "--numstat", main, "v1.2.3") == "1\t1\taction.yml"
    assert git(remote, "for-each-ref", "--format=%(refname)").splitlines() == ["refs/heads/main", "refs/tags/v1.2.3"]


def test_a_dry_run_tags_nothing(clone: Path, remote: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pin_image.main(["v1.2.3", DIGEST, "--root", str(clone)])
    before = git(clone, "rev-parse", "HEAD")
    assert tag(clone, "--dry-run") == 0
    assert "+ git push --quiet origin refs/tags/v1.2.3\n" in capsys.readouterr().err
    assert (git(clone, "rev-parse", "HEAD"), git(clone, "tag"), git(remote, "tag")) == (before, "", "")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("CHANGELOG.md", "Now", "Then"),
        ("action.yml", "  using: docker\n", "  using: docker\n  args: [x]\n"),
        ("action.yml", "name: hashpin\n", ""),
        ("action.yml", "v1.2.3@sha256", "v1.2.4@sha256"),
        ("action.yml", "docker://ghcr.io/org/", "docker://index.example/org/"),
    ],
)
def test_a_commit_that_changes_more_is_refused(clone: Path, remote: Path, file: str, old: str, new: str) -> None:
    pin_image.main(["v1.2.3", DIGEST, "--root", str(clone)])
    path = clone / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))
    assert tag(clone) == 1
    assert git(remote, "tag") == ""


def test_a_commit_that_changes_nothing_is_refused(clone: Path, remote: Path) -> None:
    assert tag(clone) == 1
    assert git(remote, "tag") == ""


def test_a_tag_that_is_there_is_left(clone: Path, remote: Path) -> None:
    sha = published(clone, "1.2.3")
    pin_image.main(["v1.2.3", DIGEST, "--root", str(clone)])
    assert tag(clone) == 1
    assert git(remote, "rev-parse", "v1.2.3^{commit}") == sha


# --- the tag of the major version ------------------------------------------


def major(clone: Path, tag: str, *more: str) -> int:
    return move_major.main([tag, "--root", str(clone), *more])


def test_the_major_version_follows_its_releases(clone: Path, remote: Path) -> None:
    for version in ("1.9.0", "1.10.0", "1.10.1"):
        sha = published(clone, version)
        assert major(clone, f"v{version}") == 0
        assert git(remote, "rev-parse", "v1") == sha, "the commit itself, not a tag object"
    assert major(clone, "v1.10.1") == 0
    assert git(remote, "rev-parse", "v1") == sha


def test_the_major_version_does_not_go_back(clone: Path, remote: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sha = published(clone, "1.10.0")
    assert major(clone, "v1.10.0") == 0
    for version in ("1.9.1", "11.0.0"):
        published(clone, version)
    assert major(clone, "v1.9.1") == 0
    assert capsys.readouterr().out.splitlines() == ["v1 is at v1.10.0", "v1 stays, it is newer than v1.9.1"]
    assert git(remote, "rev-parse", "v1") == sha
    assert git(remote, "tag", "--list", "v11") == ""


def test_an_annotated_major_version_is_moved_too(clone: Path, remote: Path) -> None:
    published(clone, "1.0.0")
    git(clone, "tag", "--annotate", "--message", "by hand", "v1")
    git(clone, "push", "--quiet", "origin", "v1")
    sha = published(clone, "1.0.1")
    assert major(clone, "v1.0.1") == 0
    assert git(remote, "rev-parse", "v1") == sha


def test_nothing_is_moved_to_what_is_not_there(clone: Path, remote: Path) -> None:
    published(clone, "1.0.0")
    assert major(clone, "v1.0.1") == 1
    assert major(clone, "v1") == 1
    assert git(remote, "tag") == "v1.0.0"


def test_a_dry_run_moves_nothing(clone: Path, remote: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sha = published(clone, "1.0.0")
    assert major(clone, "v1.0.0", "--dry-run") == 0
    expected = f"+ git push --quiet --force-with-lease=refs/tags/v1: origin {sha}:refs/tags/v1\n"
    assert capsys.readouterr().err == expected
    assert git(remote, "tag") == "v1.0.0"


def test_who_moved_it_meanwhile_is_not_overwritten(clone: Path, remote: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = published(clone, "1.0.0")
    published(clone, "1.0.1")
    change = Commands.change

    def late(self: Commands, *command: str) -> None:
        git(remote, "update-ref", "refs/tags/v1", first)
        change(self, *command)

    monkeypatch.setattr(Commands, "change", late)
    assert major(clone, "v1.0.1") == 1
    assert git(remote, "rev-parse", "v1") == first


# --- the image -------------------------------------------------------------

_DOCKER = """\
#!/usr/bin/env python3
import json, os, pathlib, sys
given = sys.argv[1:]
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps(given) + "\\n")
print("what docker says on the way", flush=True) if given[1] == "build" or "create" in given else None
if "--metadata-file" in given:
    text = json.dumps({"containerimage.digest": os.environ["DIGEST"]})
    pathlib.Path(given[given.index("--metadata-file") + 1]).write_text(text)
elif "--raw" in given:
    listed = [dict(zip(("os", "architecture"), each.split("/"))) for each in os.environ["THERE"].split()]
    print(json.dumps({"manifests": [{"platform": each} for each in listed]}))
elif "{{json .SBOM.SPDX}}" in given:
    print(os.environ["SBOM"])
elif "{{.Manifest.Digest}}" in given:
    print(os.environ["DIGEST"])
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What the stand-in for docker was called with."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "docker").write_text(_DOCKER)
    (programs / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setenv("DIGEST", DIGEST)
    monkeypatch.setenv("SBOM", '{"packages": [{"name": "requests"}]}')
    monkeypatch.setenv("THERE", "linux/amd64 linux/arm64 unknown/unknown")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_REPOSITORY", "org/hashpin-action")
    (tmp_path / "calls").write_text("")
    return tmp_path / "calls"


def read(calls: Path) -> list[list[str]]:
    return [json.loads(line) for line in calls.read_text().splitlines()]


def test_a_platform_is_pushed_by_digest(
    clone: Path, calls: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    sbom = tmp_path / "sbom.json"
    assert build_image.main(["--root", str(clone), "platform", "linux/arm64", "--sbom", str(sbom)]) == 0
    assert capfd.readouterr().out == f"{DIGEST}\n", "the digest alone, whatever docker says"
    build = read(calls)[0]
    assert build[:4] == ["buildx", "build", "--platform", "linux/arm64"]
    assert build[-2:] == [
        "type=image,name=ghcr.io/org/hashpin,push-by-digest=true,name-canonical=true,push=true",
        ".",
    ]
    assert f"org.opencontainers.image.revision={git(clone, 'rev-parse', 'HEAD')}" in build
    assert "org.opencontainers.image.source=https://github.com/org/hashpin-action" in build
    assert json.loads(sbom.read_text())["packages"] == [{"name": "requests"}]


@pytest.mark.parametrize("sbom", ["null", "{}", '{"packages": []}'])
def test_an_image_without_an_sbom_is_refused(
    clone: Path, calls: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sbom: str
) -> None:
    monkeypatch.setenv("SBOM", sbom)
    assert build_image.main(["--root", str(clone), "platform", "linux/amd64", "--sbom", str(tmp_path / "s")]) == 1
    assert not (tmp_path / "s").exists()


def test_the_platforms_become_one_image(clone: Path, calls: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert build_image.main(["--root", str(clone), "join", "v1.2.3", DIGEST, OTHER]) == 0
    assert capfd.readouterr().out == f"{DIGEST}\n"
    name = "ghcr.io/org/hashpin"
    create = ["buildx", "imagetools", "create", "--tag", f"{name}:v1.2.3", f"{name}@{DIGEST}", f"{name}@{OTHER}"]
    assert read(calls)[0] == create


def test_an_image_that_lacks_a_platform_is_refused(
    clone: Path, calls: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("THERE", "linux/amd64")
    assert build_image.main(["--root", str(clone), "join", "v1.2.3", DIGEST, OTHER]) == 1
    assert "the image is not there for linux/arm64" in capsys.readouterr().err
    assert build_image.main(["--root", str(clone), "join", "v1.2.3", DIGEST, DIGEST]) == 1
    assert "1 digests for 2 platforms" in capsys.readouterr().err


def test_a_dry_run_calls_no_docker(
    clone: Path, calls: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--dry-run", "--root", str(clone)]
    assert build_image.main([*asked, "platform", "linux/amd64", "--sbom", str(tmp_path / "s")]) == 0
    assert build_image.main([*asked, "join", "v1.2.3", DIGEST, OTHER]) == 0
    assert capsys.readouterr().err.count("+ docker buildx") == 2
    assert read(calls) == []


# --- the workflows to copy -------------------------------------------------


def named() -> int:
    """How often the examples name this action."""
    return sum(path.read_text().count("org/hashpin-action") for path in EXAMPLES)


def test_the_examples_name_the_release(tmp_path: Path) -> None:
    sha = "0123456789" * 4
    folder = tmp_path / pin_examples.FOLDER
    folder.mkdir(parents=True)
    for path in (make_docs.README, *EXAMPLES):
        (tmp_path if path == make_docs.README else folder).joinpath(path.name).write_text(path.read_text())
    assert pin_examples.main(["v1.2.3", sha, "--root", str(tmp_path)]) == 0
    for path in EXAMPLES:
        text = (folder / path.name).read_text()
        assert text.count(f"{sha} # v1.2.3\n") == text.count("org/hashpin-action") > 0
        assert pin_examples.USED.sub("", text) == pin_examples.USED.sub("", path.read_text())
    readme = (tmp_path / "README.md").read_text()
    assert readme.count(f"{sha} # v1.2.3\n") == named() + 1  # and the composite form
    assert pin_examples.main(["v1.2.3", sha[:7], "--root", str(tmp_path)]) == 1


def test_the_examples_and_the_readme_name_one_release() -> None:
    texts = [path.read_text() for path in (make_docs.README, *EXAMPLES)]
    pins = [match[0].removeprefix(match["action"]) for text in texts for match in pin_examples.USED.finditer(text)]
    assert len(set(pins)) == 1
    assert len(pins) == 2 * named() + 1
