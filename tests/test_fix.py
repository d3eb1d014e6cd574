"""From findings to corrected texts: which wishes are granted, and which trees are left whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from hashpin import check, evidence, files, tree
from hashpin.evidence import Answers
from hashpin.fix import Corrections, corrections
from hashpin.model import LeftWhole, NoAnswer, NoSuchRelease, Policy, Project, Release, ReleaseKey
from hashpin.tree import Forest
from tests.property.readings import parsed
from tests.test_judgement import (
    EGG,
    FORGED,
    NEW,
    OLD,
    OLD_SDIST,
    OLD_WHEEL,
    SDIST,
    SHORT,
    WHEEL,
    digest,
    hash_of,
    published,
    release,
)

LATE = "six-1.0-1-py3-none-any.whl"
BOTH = "".join(f" \\\n    --hash={listed}" for listed in sorted((digest(WHEEL), digest(SDIST))))
"""The hashes of six 1.0 as they are put where nothing says how."""


@dataclass(frozen=True)
class Run:
    """What came of a repository."""

    forest: Forest
    corrections: Corrections

    @property
    def texts(self) -> Mapping[str, str]:
        return self.corrections.texts


def corrected(
    here: Path,
    contents: Mapping[str, str],
    *answers: Release,
    others: Iterable[Release] = (OLD,),
    unsafe: bool = False,
    require_hashes: bool = False,
) -> Run:
    """What `fix` would change in this repository; the index has these releases alone."""
    for name, content in contents.items():
        (here / name).parent.mkdir(exist_ok=True)
        (here / name).write_bytes(content.encode())
    forest = tree.grow(files.find([str(here)], []), lambda found: files.read(found.path))
    known = Answers(
        {
            ReleaseKey(pin.name, pin.version): NoAnswer("busy") if pin.version == "99" else NoSuchRelease()
            for file in forest.files.values()
            for pin in file.pins
        },
        {other.name: Project(other.name, {other.version: other}) for other in others},
    )
    known.releases.update({ReleaseKey(answer.name, answer.version): answer for answer in answers or (NEW, OLD)})
    found = evidence.assess(forest, known, Policy(require_hashes))
    report = check.report(forest, found, Policy())
    return Run(forest, corrections(forest, found, report.findings, unsafe))


def one(here: Path, content: str, *answers: Release, unsafe: bool = False, require_hashes: bool = False) -> str:
    """A repository with one file: its text after the fix."""
    run = corrected(here, {"requirements.txt": content}, *answers, unsafe=unsafe, require_hashes=require_hashes)
    return run.texts.get("requirements.txt", content)


# --- which wishes ----------------------------------------------------------


def test_nothing_to_do(here: Path) -> None:
    run = corrected(here, {"requirements.txt": f"six==1.0{hash_of(WHEEL, SDIST)}\n"})
    assert run.corrections == Corrections({}, ())


def test_hashes_of_another_version_become_those_of_this_one(here: Path) -> None:
    content = f"# c\nsix==1.0{hash_of(OLD_WHEEL, OLD_SDIST)}  # why\nother==3\n"
    before, after = (sorted(str(digest(name)) for name in names) for names in [(OLD_WHEEL, OLD_SDIST), (WHEEL, SDIST)])
    assert sorted(hash_of(OLD_WHEEL, OLD_SDIST).replace("--hash=", "").split()) == before
    run = corrected(here, {"requirements.txt": content})
    becomes = run.texts["requirements.txt"]
    assert becomes == f"# c\nsix==1.0 --hash={after[0]} --hash={after[1]}  # why\nother==3\n"


@pytest.mark.parametrize("unsafe", [False, True])
def test_an_unexplained_hash_blocks_its_pin_unless_forced(here: Path, unsafe: bool) -> None:
    content = f"six==1.0{hash_of(WHEEL, SDIST)}{FORGED}{SHORT}\n"
    assert one(here, content, unsafe=unsafe) == (f"six==1.0{hash_of(WHEEL, SDIST)}\n" if unsafe else content)


def test_an_unexplained_hash_does_not_block_another_pin(here: Path) -> None:
    content = f"six==0.9{hash_of(OLD_WHEEL)}{FORGED}\nsix==1.0{hash_of(WHEEL, SDIST)}{SHORT}\n"
    assert one(here, content) == content.replace(SHORT, "")


@pytest.mark.parametrize(
    "what", [SHORT, " --hash=md5:ab", hash_of(EGG), hash_of(WHEEL)], ids=["malformed", "weak", "egg", "again"]
)
def test_what_is_of_no_use_goes_where_a_right_one_remains(here: Path, what: str) -> None:
    content = f"six==1.0{hash_of(WHEEL, SDIST)}{what}\n"
    assert one(here, content, release("1.0", WHEEL, SDIST, EGG)) == f"six==1.0{hash_of(WHEEL, SDIST)}\n"


@pytest.mark.parametrize(
    "what", [SHORT, " --hash=md5:ab", hash_of(EGG), hash_of(WHEEL)], ids=["malformed", "weak", "egg", "again"]
)
def test_it_goes_also_where_later_files_are_not_listed(here: Path, what: str) -> None:
    """That those are not listed is a finding with an unsafe wish of its own; it must not hold up the safe one."""
    six = release("1.0", WHEEL, SDIST, EGG, published(LATE, timedelta(days=99)))
    assert one(here, f"six==1.0{hash_of(WHEEL, SDIST)}{what}\n", six) == f"six==1.0{hash_of(WHEEL, SDIST)}\n"


def test_later_files_are_listed_when_forced(here: Path) -> None:
    six = release("1.0", WHEEL, SDIST, published(LATE, timedelta(days=99)))
    content = f"six==1.0{hash_of(WHEEL, SDIST)}{SHORT}\n"
    (pin,) = parsed(one(here, content, six, unsafe=True)).pins
    assert {option.digest for option in pin.hashes} == {digest(WHEEL), digest(SDIST), digest(LATE)}


def test_files_that_came_with_the_release_are_listed(here: Path) -> None:
    six, extra = release("1.0", WHEEL, SDIST, LATE), f"six==0.9{hash_of(OLD_SDIST)}\n"
    (pin, _) = parsed(one(here, f"six==1.0{hash_of(WHEEL)}\n{extra}", six, OLD)).pins
    assert {option.digest for option in pin.hashes} == {digest(WHEEL), digest(SDIST), digest(LATE)}


def test_hashes_that_nobody_can_judge_stay(here: Path) -> None:
    content = f"six==1.0{hash_of(WHEEL, algorithm='sha512')}\n"
    assert one(here, content, unsafe=True) == content


def test_a_broken_continuation_is_joined(here: Path) -> None:
    content = f"six==1.0 \\\n   {hash_of(WHEEL)} \\\n    # note\n   {hash_of(SDIST)}\n"
    joined = f"# note\nsix==1.0 \\\n   {hash_of(WHEEL)} \\\n   {hash_of(SDIST)}\n"
    (pin,) = parsed(one(here, content)).pins
    assert {option.digest for option in pin.hashes} == {digest(WHEEL), digest(SDIST)}
    assert one(here, joined) == joined


def test_what_a_comment_has_swallowed_is_judged_before_it_comes_back(here: Path) -> None:
    """pip takes the second line for a part of the comment; its author meant it for the pin."""
    content = f"six==1.0{hash_of(WHEEL)} # why \\\n   {FORGED} \\\n# note\n   {hash_of(SDIST)}\n"
    assert one(here, content) == content
    (pin,) = parsed(one(here, content, unsafe=True)).pins
    assert {option.digest for option in pin.hashes} == {digest(WHEEL), digest(SDIST)}
    assert pin.strays == ()


def test_several_findings_of_a_pin_are_one_edit(here: Path) -> None:
    content = f"six==1.0{hash_of(WHEEL)}{SHORT} --hash=md5:ab{hash_of(EGG)}{hash_of(WHEEL)}\n{hash_of(SDIST)}\n"
    run = corrected(here, {"requirements.txt": content}, release("1.0", WHEEL, SDIST, EGG))
    (pin,) = parsed(run.texts["requirements.txt"]).pins
    assert [option.digest for option in pin.hashes] == [digest(WHEEL), digest(SDIST)]


def test_pins_of_one_project_under_markers_have_each_their_own(here: Path) -> None:
    content = f"six==1.0 ; os_name == 'nt'{hash_of(OLD_WHEEL)}\nsix==0.9 ; os_name != 'nt'{hash_of(WHEEL)}\n"
    run = corrected(here, {"requirements.txt": content}, NEW, OLD, others=[])
    assert run.texts == {}, "without the project nothing explains them"
    known = [release("1.0", WHEEL, SDIST)]
    run = corrected(here, {"requirements.txt": content}, NEW, OLD, others=known)
    assert [pin.version for pin in run.forest.files["requirements.txt"].pins] == ["1.0", "0.9"]
    new, old = parsed(run.texts["requirements.txt"]).pins
    assert {option.digest for option in new.hashes} == {digest(WHEEL)}
    assert {option.digest for option in old.hashes} == {digest(OLD_WHEEL)}, "as the file lists wheels alone"


# --- bare pins and whole trees ---------------------------------------------


def test_bare_pins_get_their_hashes_when_asked_for(here: Path) -> None:
    content = "# c\nsix[x]==1.0 ; os_name == 'nt'  # why\n"
    assert one(here, content) == content
    assert one(here, content, require_hashes=True) == f"# c\nsix[x]==1.0 ; os_name == 'nt'{BOTH}  # why\n"


def test_bare_pins_get_their_hashes_in_hash_mode(here: Path) -> None:
    content = f"six==1.0\nsix==0.9{hash_of(OLD_WHEEL, OLD_SDIST)}\n"
    (pin, _) = parsed(one(here, content)).pins
    assert {option.digest for option in pin.hashes} == {digest(WHEEL), digest(SDIST)}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("other==3", "other==3 is not given its hashes"),
        ("other==99", "other==99 is not given its hashes"),
        ("other>=1", "other>=1 is not pinned to one version"),
        ("other==1.*", "other==1.* is not pinned to one version"),
        ("https://index.example/x.zip", "https://index.example/x.zip has no hash"),
        ("x @ https://index.example/x.zip", "x @ https://index.example/x.zip has no hash"),
        (
            "git+https://index.example/x",
            "git+https://index.example/x is a version control address, which cannot have a hash",
        ),
        ("-e ./x", "./x is an editable project, which cannot have a hash"),
        ("./x", "./x is a local path, which cannot have a hash"),
        (f"six==0.9\n{FORGED}", "six==0.9 is not given its hashes"),
    ],
)
def test_a_tree_that_pip_would_refuse_is_left_whole(here: Path, line: str, reason: str) -> None:
    """One line that cannot have a hash, beside the first hashes, and nothing of the file can be installed."""
    run = corrected(here, {"requirements.txt": f"six==1.0\n\n{line}\n"}, require_hashes=True)
    assert run.corrections == Corrections(
        {},
        (LeftWhole("requirements.txt", f"{reason} (requirements.txt:3), and beside hashes pip would refuse it"),),
    )


@pytest.mark.parametrize(
    "line",
    [
        f"https://index.example/x.zip#sha256={'a' * 64}",
        "-i https://index.example/simple",
        "# other>=1",
        "-c other.txt",
    ],
)
def test_what_needs_no_hash_is_no_obstacle(here: Path, line: str) -> None:
    (here / "other.txt").write_text("other>=1\nother2==2\n")
    run = corrected(here, {"requirements.txt": f"six==1.0\n{line}\n"}, require_hashes=True)
    assert run.corrections.left == ()
    assert run.texts["requirements.txt"] == f"six==1.0{BOTH}\n{line}\n"


def test_a_tree_in_hash_mode_is_corrected_pin_by_pin(here: Path) -> None:
    """There pip refuses the other line already."""
    content = f"six==1.0{hash_of(WHEEL, SDIST)}{SHORT}\nother>=1\n"
    assert one(here, content) == content.replace(SHORT, "")


def test_strays_that_would_switch_hash_mode_on(here: Path) -> None:
    content = f"six==1.0\n{hash_of(WHEEL)}\nother>=1\n"
    run = corrected(here, {"requirements.txt": content})
    assert run.texts == {}
    assert [entry.path for entry in run.corrections.left] == ["requirements.txt"]


def test_an_included_file_is_an_obstacle_too(here: Path) -> None:
    contents = {"requirements.txt": "six==1.0\n-r more/requirements.txt\n", "more/requirements.txt": "\nother>=1\n"}
    run = corrected(here, contents, require_hashes=True)
    assert run.texts == {}
    assert [(entry.path, entry.reason.partition(",")[0]) for entry in run.corrections.left] == [
        ("requirements.txt", "other>=1 is not pinned to one version (more/requirements.txt:2)")
    ]


def test_a_tree_left_whole_does_not_hold_up_another(here: Path) -> None:
    contents = {"requirements-a.txt": "six==1.0\nother>=1\n", "requirements-b.txt": "six==1.0\n"}
    run = corrected(here, contents, require_hashes=True)
    assert run.texts == {"requirements-b.txt": f"six==1.0{BOTH}\n"}
    assert [entry.path for entry in run.corrections.left] == ["requirements-a.txt"]


def test_a_file_in_a_tree_left_whole_leaves_its_other_trees_whole(here: Path) -> None:
    """`common` cannot have hashes because of `bad`; so `good`, which includes it, cannot have any either."""
    contents = {
        "requirements-bad.txt": "-r requirements-common.txt\nother>=1\n",
        "requirements-common.txt": "six==1.0\n",
        "requirements-good.txt": "-r requirements-common.txt\nsix==0.9\n",
    }
    run = corrected(here, contents, require_hashes=True)
    assert run.texts == {}
    assert {entry.path for entry in run.corrections.left} >= {"requirements-bad.txt", "requirements-good.txt"}


def test_a_file_in_two_trees_is_corrected_once(here: Path) -> None:
    contents = {
        "requirements-a.txt": f"-r requirements-common.txt\nsix==0.9{hash_of(OLD_WHEEL, OLD_SDIST)}\n",
        "requirements-b.txt": "-r requirements-common.txt\n",
        "requirements-common.txt": f"six==1.0{hash_of(WHEEL, SDIST)}{SHORT}\n",
    }
    run = corrected(here, contents)
    assert run.texts == {"requirements-common.txt": f"six==1.0{hash_of(WHEEL, SDIST)}\n"}


def test_two_files_of_the_same_text(here: Path) -> None:
    """A pin is told by its file and its place: equal text elsewhere is another pin."""
    contents = {"requirements-a.txt": "six==1.0\n", "requirements-b.txt": "six==1.0\n"}
    run = corrected(here, contents, require_hashes=True)
    assert run.texts == dict.fromkeys(contents, f"six==1.0{BOTH}\n")


# --- bytes -----------------------------------------------------------------


def test_only_hashes_change(here: Path) -> None:
    old = " \\\r\n   ".join(hash_of(name) for name in (OLD_WHEEL, OLD_SDIST))
    content = f"\t# c\r\n\r\nsix==1.0 \\\r\n   {old}\r\n    # via x\r\n\x0c\r\nother==3"
    becomes = one(here, content)
    listed = " \\\r\n    ".join(f"--hash={name}" for name in sorted((digest(WHEEL), digest(SDIST))))
    assert becomes == f"\t# c\r\n\r\nsix==1.0 \\\r\n    {listed}\r\n    # via x\r\n\x0c\r\nother==3"


@pytest.mark.parametrize("require_hashes", [False, True])
@pytest.mark.parametrize("unsafe", [False, True])
def test_a_second_fix_changes_nothing(here: Path, unsafe: bool, require_hashes: bool) -> None:
    options = ["", hash_of(OLD_WHEEL), hash_of(WHEEL) + SHORT, hash_of(WHEEL) + FORGED, f"\n{hash_of(SDIST)}", FORGED]
    content = "".join(f"six==1.0{option}\n" for option in options)
    once = one(here, content, unsafe=unsafe, require_hashes=require_hashes)
    assert once != content
    assert one(here, once, unsafe=unsafe, require_hashes=require_hashes) == once
