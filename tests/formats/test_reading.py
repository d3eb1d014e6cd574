"""What a requirements file says, odd case by odd case, and that pip's own parser says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pip
import pytest
from packaging.version import Version

from hashpin.model import (
    Digest,
    Direct,
    GlobalOptions,
    HashOption,
    Include,
    LockFile,
    Orphan,
    Pin,
    Statement,
    Unpinned,
    Unreadable,
)
from hashpin.text import Lines
from tests.property.readings import Line, What, by_pip, by_us, parsed
from tests.readers.comparing import compare
from tests.readers.differences import row_of

A, B, C = (f"sha256:{digit * 64}" for digit in "abc")
A5 = f"sha512:{'a' * 128}"
_LETTERS = {A: "A", B: "B", C: "C", A5: "A5"}


def told(file: LockFile) -> list[str]:
    """The statements in short: the line (as people count), what it is, and the digests that belong to it."""
    lines = Lines(file.source.text)
    return [f"{lines.position(s.span.start).line} {_told(s)}" for s in file.statements]


def _told(statement: Statement) -> str:
    match statement:
        case Pin(_, name, version, hashes=hashes, strays=strays):
            marker = f" if {statement.marker}" if statement.marker else ""
            extras = f"[{','.join(sorted(statement.extras))}]" if statement.extras else ""
            return f"pin {name}{extras} {version}{marker}{_letters(hashes)}{_letters(strays, ' strays')}"
        case Unpinned(hashes=hashes):
            return f"unpinned {statement.requirement}{_letters(hashes)}"
        case Direct(text, reach, _, _, name, fragment_hash, hashes):
            named = f" as {name}" if name else ""
            return f"{reach.name} {text}{named}{' (#)' if fragment_hash else ''}{_letters(hashes)}"
        case Include(kind, target):
            return f"{kind.value} {target}"
        case GlobalOptions(options):
            return "options" + "".join(f" {name}" if value is None else f" {name}={value}" for name, value in options)
        case Orphan(hashes):
            return f"orphan{_letters(hashes)}"
        case Unreadable():
            return "unreadable"


def _letters(hashes: Sequence[HashOption], word: str = "") -> str:
    named = [_LETTERS.get(str(option.digest), str(option.digest)) for option in hashes]
    return f"{word} {' '.join(named)}" if named else ""


@dataclass(frozen=True)
class Case:
    """A text with what it says."""

    name: str
    text: str
    says: list[str]


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip looks whether a path is there."""
    monkeypatch.chdir(tmp_path)


# pip and hashpin read these alike.
ALIKE = [
    # --- lines
    Case("nothing", "", []),
    Case("only comments and blank lines", "# a\n\n   \n\t# b", []),
    Case("one line", f"six==1.0 --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("no final newline", f"six==1.0 --hash={A}", ["1 pin six 1.0 A"]),
    Case("indented", f"   six==1.0 --hash={A}\n", ["1 pin six 1.0 A"]),
    Case(
        "pip-compile's layout", f"six==1.0 \\\n    --hash={A} \\\n    --hash={B}\n    # via y\n", ["1 pin six 1.0 A B"]
    ),
    Case(
        "line of the first physical line", f"\n# c\nsix==1.0 \\\n    --hash={A}\ny==2", ["3 pin six 1.0 A", "5 pin y 2"]
    ),
    Case(
        "a comment line ends a continuation",
        f"six==1.0 \\\n    --hash={A} \\\n    # note\n    --hash={B}\ny==2\n",
        ["1 pin six 1.0 A strays B", "5 pin y 2"],
    ),
    Case("a comment before all hashes", f"six==1.0 \\\n# note\n    --hash={A}\n", ["1 pin six 1.0 strays A"]),
    Case("a comment that ends in a backslash", f"# note \\\nsix==1.0 --hash={A}\n", ["2 pin six 1.0 A"]),
    Case(
        "a blank line ends a continuation",
        f"six==1.0 \\\n    --hash={A} \\\n\n    --hash={B}\n",
        ["1 pin six 1.0 A strays B"],
    ),
    Case("a line of blanks continues", f"six==1.0 \\\n    \\\n  --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("a forgotten backslash", f"six==1.0 \\\n  --hash={A}\n  --hash={B}\n", ["1 pin six 1.0 A strays B"]),
    Case(
        "strays of several lines",
        f"six==1.0 \\\n  --hash={A}\n  --hash={B} \\\n# x\n --hash={C}\n",
        ["1 pin six 1.0 A strays B C"],
    ),
    Case("a stray after a stray's comment", f"six==1.0\n# a\n--hash={A}\n\n--hash={B}", ["1 pin six 1.0 strays A B"]),
    Case("strays of the pin just above alone", f"six==1.0\ny==2\n--hash={A}", ["1 pin six 1.0", "2 pin y 2 strays A"]),
    Case("no stray of an unpinned requirement", f"six>=1\n--hash={A}", ["1 unpinned six>=1", "2 orphan A"]),
    Case("hashes at the top", f"--hash={A} --hash={B}\nsix==1.0", ["1 orphan A B", "2 pin six 1.0"]),
    Case("two backslashes at the end continue", f"six==1.0 \\\\\n --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("a backslash at the end of the file", f"six==1.0 --hash={A} \\", ["1 pin six 1.0 A"]),
    Case("a backslash and nothing", "\\\n", []),
    Case("backslashes before a continued line", f"six==1.0 \\\n\\ --hash={A} \\\n --hash={B}", ["1 pin six 1.0 A B"]),
    Case("backslash and space", f"six==1.0 \\ \n    --hash={A}\n", ["1 unreadable", "2 orphan A"]),
    Case("no space at all", f"six==1.0\\\n--hash={A}\n", ["1 unreadable"]),
    Case("the space before the backslash", f"six==1.0 \\\n--hash={A}\n", ["1 pin six 1.0 A"]),
    Case("the space after the backslash", f"six==1.0\\\n --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("a tab before the first option", f"six==1.0 \\\n\t--hash={A}\n", ["1 unreadable"]),
    Case("a tab between options", f"six==1.0 --hash={A}\t--hash={B}\n", ["1 pin six 1.0 A B"]),
    Case(
        "a comment at the end of a continued line swallows the next one",
        f"six==1.0 --hash={A} # note \\\n    --hash={B}\ny==2",
        ["1 pin six 1.0 A", "3 pin y 2"],
    ),
    Case("a comment behind the last hash", f"six==1.0 --hash={A} # because\n", ["1 pin six 1.0 A"]),
    Case("a comment after a tab", "six==1.0\t# because\n", ["1 pin six 1.0"]),
    Case("no comment without white space before it", "six==1.0#c\n", ["1 unreadable"]),
    Case(
        "a second # begins the comment", "https://index.example/x.zip#y #z", ["1 ARCHIVE https://index.example/x.zip#y"]
    ),
    # --- line ends
    *[
        Case(f"{name} ends a line", f"six==1.0{end}y==2{end}", [f"{a} pin six 1.0", f"{b} pin y 2"])
        for name, end, a, b in [
            ("CR LF", "\r\n", 1, 2),
            ("CR", "\r", 1, 1),
            ("VT", "\v", 1, 1),
            ("FF", "\f", 1, 1),
            ("FS", "\x1c", 1, 1),
            ("GS", "\x1d", 1, 1),
            ("RS", "\x1e", 1, 1),
            ("NEL", "\x85", 1, 1),
            ("U+2028", "\u2028", 1, 1),
            ("U+2029", "\u2029", 1, 1),
        ]
    ],
    Case("US ends none", "six==1.0\x1fy==2", ["1 unreadable"]),
    Case("what hides behind a comment", "# a note\u2028evil==1\n", ["1 pin evil 1"]),
    Case("CR LF in a continuation", f"six==1.0 \\\r\n    --hash={A}\r\n", ["1 pin six 1.0 A"]),
    Case("FF in a continuation", f"six==1.0 \\\f  --hash={A}", ["1 pin six 1.0 A"]),
    Case("CR before LF is one line end", f"six==1.0 \\\r\n\r\n --hash={A}", ["1 pin six 1.0 strays A"]),
    Case("a byte order mark inside the text", "\ufeffsix==1.0\n", ["1 unreadable"]),
    Case("a NUL", "six==1.0\0\n", ["1 unreadable"]),
    # --- hash options
    Case("an abbreviation", f"six==1.0 --has={A}\n", ["1 pin six 1.0 A"]),
    Case("an ambiguous abbreviation", "six==1.0 --no=x\n", ["1 unreadable"]),
    Case("a space instead of =", f"six==1.0 --hash {A}\n", ["1 pin six 1.0 A"]),
    Case("a value on the next line", f"six==1.0 --hash \\\n {A}\n", ["1 pin six 1.0 A"]),
    Case("no value", "six==1.0 --hash\n", ["1 unreadable"]),
    Case("double quotes", f'six==1.0 --hash="{A}"\n', ["1 pin six 1.0 A"]),
    Case("single quotes", f"six==1.0 --hash='{A}'\n", ["1 pin six 1.0 A"]),
    Case("quotes around the first option", f"six==1.0 '--hash={A}'\n", ["1 unreadable"]),
    Case("quotes around the second option", f"six==1.0 --hash={A} '--hash={B}'\n", ["1 pin six 1.0 A B"]),
    Case("a quote in the middle", f"six==1.0 --hash=sha256:'{'a' * 64}' --hash={B}\n", ["1 pin six 1.0 A B"]),
    Case("an open quote", f"six==1.0 --hash='{A}\n", ["1 unreadable"]),
    Case("an escaped letter", f"six==1.0 --ha\\sh={A}\n", ["1 pin six 1.0 A"]),
    Case("a backslash with nothing behind it", f"six==1.0 --pre '' --hash={A} \\\\\\", ["1 pin six 1.0 A"]),
    Case("an empty word", f"six==1.0 --pre '' --hash={A}", ["1 pin six 1.0 A"]),
    Case("upper case digits", f"six==1.0 --hash=sha256:{'A' * 64}\n", ["1 pin six 1.0 A"]),
    Case("an empty digest", "six==1.0 --hash=sha256:\n", ["1 pin six 1.0 sha256:"]),
    Case("a short digest", "six==1.0 --hash=sha256:abc\n", ["1 pin six 1.0 sha256:abc"]),
    Case("no hexadecimal digest", "six==1.0 --hash=sha256:xyz\n", ["1 pin six 1.0 sha256:xyz"]),
    Case("a space in the digest", "six==1.0 --hash=sha256: abc\n", ["1 pin six 1.0 sha256:"]),
    Case("a list in the digest", f"six==1.0 --hash={A},{B}\n", [f"1 pin six 1.0 {A},{B}"]),
    Case("the same twice", f"six==1.0 --hash={A} --hash={A}\n", ["1 pin six 1.0 A A"]),
    Case("sha384 and sha512", f"six==1.0 --hash=sha384:ab --hash={A5}\n", ["1 pin six 1.0 sha384:ab A5"]),
    Case("a variable in the digest", "six==1.0 --hash=sha256:${NOT_SET_1}\n", ["1 pin six 1.0 sha256:${not_set_1}"]),
    # --- other options
    Case("what stands behind --", f"six==1.0 --hash={A} -- --hash={B}\n", ["1 pin six 1.0 A"]),
    Case("words between options", f"six==1.0 --hash={A} and - --hash={B}\n", ["1 pin six 1.0 A B"]),
    Case("build settings", f"six==1.0 --config-settings a=b -Cc=d --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("an index on a requirement's line", f"six==1.0 -i https://index.example --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("-r on a requirement's line", "six==1.0 -r a.txt\n", ["1 pin six 1.0"]),
    Case("-rFILE", "-ra.txt\n", ["1 -r a.txt"]),
    Case("-r FILE", "-r a.txt\n", ["1 -r a.txt"]),
    Case("-r with an escaped blank", "-r a\\ b.txt\n", ["1 -r a b.txt"]),
    Case("--requirement=FILE", "--requirement=a.txt\n", ["1 -r a.txt"]),
    Case("an abbreviated --requirement", "--requirem a.txt\n", ["1 -r a.txt"]),
    Case("-c FILE", "-c a.txt\n", ["1 -c a.txt"]),
    Case("the second -r is dropped", "-r a.txt -r b.txt\n", ["1 -r a.txt"]),
    Case("-r before -c", "-c a.txt -r b.txt\n", ["1 -r b.txt"]),
    Case("-r with a hash", f"-r a.txt --hash={A}\n", ["1 -r a.txt", "1 orphan A"]),
    Case("-r without a file", "-r\n", ["1 unreadable"]),
    Case("a requirement behind --pre is dropped", "--pre six==1.0\n", ["1 options --pre"]),
    Case("--require-hashes", "--require-hashes\nsix==1.0", ["1 options --require-hashes", "2 pin six 1.0"]),
    Case("--no-require-hashes", "--no-require-hashes\n", ["1 options --no-require-hashes"]),
    Case(
        "options for the whole run",
        "-i https://index.example/a -f b --no-index --pre\n--pypi-url https://index.example\n",
        [
            "1 options --index-url=https://index.example/a --find-links=b --no-index --pre",
            "2 options --index-url=https://index.example",
        ],
    ),
    Case("a value for an option that has none", "--pre=yes\n", ["1 unreadable"]),
    Case("an empty value", "--index-url=\n", ["1 options --index-url="]),
    Case("an unknown option", "--proxy=x\n", ["1 unreadable"]),
    Case("an unknown short option", "-x\n", ["1 unreadable"]),
    Case("two dashes alone", "--\n", ["1 options"]),
    Case("one dash alone", "-\n", ["1 options"]),
    Case("three dashes", "---hash=x\n", ["1 unreadable"]),
    Case(
        "options with a hash stay options",
        f"--require-hashes --hash={A}\n",
        ["1 options --require-hashes", "1 orphan A"],
    ),
    Case(
        "an index with a hash belongs to no pin",
        f"six==1.0\n-i https://index.example --hash={A}\n",
        ["1 pin six 1.0", "2 options --index-url=https://index.example", "2 orphan A"],
    ),
    # --- requirements
    Case("a normalised name", "Foo.Bar_baz==1.0\n", ["1 pin foo-bar-baz 1.0"]),
    Case("a normalised version", "six==v1.0-1\n", ["1 pin six 1.0.post1"]),
    Case("blanks around the operator", "six == 1.0\n", ["1 pin six 1.0"]),
    Case("brackets", "six (==1.0)\n", ["1 pin six 1.0"]),
    Case("extras", "six[b,a] == 1.0\n", ["1 pin six[a,b] 1.0"]),
    Case("a marker", "six==1.0 ; python_version < '3'\n", ['1 pin six 1.0 if python_version < "3"']),
    Case("a marker with a hash", f"six==1.0;os_name=='nt' --hash={A}\n", ['1 pin six 1.0 if os_name == "nt" A']),
    Case("an empty marker", "six==1.0;\n", ["1 pin six 1.0"]),
    Case("a wrong marker", "six==1.0; bogus\n", ["1 unreadable"]),
    Case("an epoch", "six==1!2.0\n", ["1 pin six 1!2.0"]),
    Case("a local version", "torch==2.1.0+cpu\n", ["1 pin torch 2.1.0+cpu"]),
    Case("===", f"six===1.0 --hash={A}\n", ["1 pin six 1.0 A"]),
    Case("=== of no PEP 440 version", "pytz===2004d.1.x\n", ["1 pin pytz 2004d.1.x"]),
    Case("== of no PEP 440 version", "six==banana\n", ["1 unreadable"]),
    Case("one =", "six=1.0\n", ["1 unreadable"]),
    Case("a wildcard", f"six==1.* --hash={A}\n", ["1 unpinned six==1.* A"]),
    Case("one version in two spellings", "six==1,==1.0.0\n", ["1 pin six 1.0.0"]),
    Case("the very same clause twice", "six==1.0,==1.0\n", ["1 pin six 1.0"]),
    Case("two versions", "six==1,==2\n", ["1 unpinned six==1,==2"]),
    Case("a pin with more clauses", "six==1.0,!=0.9,<2\n", ["1 pin six 1.0"]),
    Case("a pin and a wildcard", "six==1.0,==1.*\n", ["1 pin six 1.0"]),
    Case("a range", f"six>=1,<2 --hash={A}\n", ["1 unpinned six<2,>=1 A"]),
    Case("a bare name", "six\n", ["1 unpinned six"]),
    Case("prose", "This is no requirement.\n", ["1 unreadable"]),
    Case("a variable in a version", "six==${NOT_SET_1}\n", ["1 unreadable"]),
    # --- where it is
    Case("a named URL", "x @ https://index.example/x.zip\n", ["1 ARCHIVE x @ https://index.example/x.zip as x"]),
    Case(
        "a named URL with digest and marker",
        f"x[y]@https://index.example/x.zip#sha256={'a' * 64} ; os_name=='nt'\n",
        [f"1 ARCHIVE x[y]@https://index.example/x.zip#sha256={'a' * 64} ; os_name=='nt' as x (#)"],
    ),
    Case(
        "a URL with a hash",
        f"https://index.example/x.tar.gz --hash={A}\n",
        ["1 ARCHIVE https://index.example/x.tar.gz A"],
    ),
    Case(
        "#egg=x&sha256=",
        f"https://index.example/x.zip#egg=x&sha256={'a' * 64}\n",
        [f"1 ARCHIVE https://index.example/x.zip#egg=x&sha256={'a' * 64} (#)"],
    ),
    Case(
        "#md5= satisfies hash mode",
        "ftp://index.example/x.zip#md5=ab",
        ["1 ARCHIVE ftp://index.example/x.zip#md5=ab (#)"],
    ),
    Case(
        "a digest behind a blank is a comment",
        "https://index.example/x.zip #sha256=ab",
        ["1 ARCHIVE https://index.example/x.zip"],
    ),
    Case(
        "a fragment without a digest",
        "https://index.example/x.zip#egg=x",
        ["1 ARCHIVE https://index.example/x.zip#egg=x"],
    ),
    Case("VCS", "git+https://index.example/x@v1#egg=x", ["1 VCS git+https://index.example/x@v1#egg=x"]),
    Case("named VCS", f"x @ hg+https://index.example/x --hash={A}", ["1 VCS x @ hg+https://index.example/x as x A"]),
    Case("a file's URL", "file:///tmp/x.whl.zip", ["1 ARCHIVE file:///tmp/x.whl.zip"]),
    Case("an archive that is not there", f"x.tar.gz --hash={A}", ["1 ARCHIVE x.tar.gz A"]),
    Case("an archive with extras", "./x.zip[y]", ["1 ARCHIVE ./x.zip[y]"]),
    Case("an archive with a marker", "./x.zip ; os_name=='nt'", ["1 ARCHIVE ./x.zip ; os_name=='nt'"]),
    Case(
        "a URL that ends as an archive does",
        "x@https://index.example/y.zip",
        ["1 ARCHIVE x@https://index.example/y.zip as x"],
    ),
    Case("a path that is named with an @", "./x@y.zip", ["1 ARCHIVE ./x@y.zip"]),
    Case("editable", "-e ./x\n", ["1 EDITABLE ./x"]),
    Case(
        "--editable=", "--editable=git+https://index.example/x#egg=x", ["1 EDITABLE git+https://index.example/x#egg=x"]
    ),
    Case("two editables", "-e a -e b", ["1 EDITABLE a"]),
    Case(
        "-e behind a VCS address drops its hashes",
        f"git+https://index.example/x#egg=x -e . --hash={A}",
        ["1 EDITABLE git+https://index.example/x#egg=x A"],
    ),
    Case("an address with an open bracket", "https://[index.example/x.zip", ["1 unreadable"]),
    Case("a named address with an open bracket", "x @ https://[index.example/x.zip", ["1 unreadable"]),
]


@pytest.mark.parametrize("case", ALIKE, ids=lambda case: case.name)
def test_a_text_says(case: Case) -> None:
    assert told(parsed(case.text)) == case.says


@pytest.mark.parametrize("case", ALIKE, ids=lambda case: case.name)
def test_pip_says_the_same(case: Case) -> None:
    assert by_us(case.text) == by_pip(case.text)


def test_a_hash_after_an_editable_is_kept_for_the_rules() -> None:
    """pip drops it, so that hash mode stays off; the rule orphan-hash has to see it."""
    file = parsed(f"-e ./x --hash={A}")
    assert told(file) == ["1 EDITABLE ./x A"]
    assert by_us(file.source.text) == by_pip(file.source.text)
    assert not file.has_hashes


# --- where hashpin means to differ -----------------------------------------


# Text, what hashpin says, and the row of tests/readers/differences.py that has the reason.
DIFFERENCES = [
    ("./x", "LOCAL ./x", "on-disk"),
    ("path/x", "LOCAL path/x", "on-disk"),
    (".[ci]", "LOCAL .[ci]", "on-disk"),
    ("..", "LOCAL ..", "on-disk"),
    (f"./x --hash={A}", "LOCAL ./x A", "on-disk"),
    ("six==1.0 -e .", "unreadable", "editable-version"),
    ("name@1.2.3", "unreadable", "schemeless"),
    ("name @ ./x", "unreadable", "schemeless"),
    ("six==1.0 --hash=md5:ab", "pin six 1.0 md5:ab", "faulty-hash"),
    (f"six==1.0 --hash={A.upper()}", f"pin six 1.0 SHA256:{'a' * 64}", "faulty-hash"),
    ("six==1.0 --hash=${NOT_SET_1}:ab", "pin six 1.0 ${NOT_SET_1}:ab", "faulty-hash"),
    ("six==1.0 --hash=blake2b:ab", "pin six 1.0 blake2b:ab", "faulty-hash"),
    (f"six==1.0 --hash={'a' * 64}", f"pin six 1.0 :{'a' * 64}", "faulty-hash"),
    ("six==1.0 --hash=", "pin six 1.0 :", "faulty-hash"),
    ("six==1.0 --hash=--pre", "pin six 1.0 :--pre", "faulty-hash"),
    ("--use-feature=none", "options --use-feature=none", "option-value"),
    ("--no-binary=-x", "options --no-binary=-x", "option-value"),
    ("six==1.0 -Cx", "pin six 1.0", "option-value"),
    ("x.whl", "ARCHIVE x.whl", "wheel-name"),
    ("https://index.example/x.zip ; bogus", "ARCHIVE https://index.example/x.zip ; bogus", "marker"),
]


@pytest.mark.parametrize(("text", "says", "row"), DIFFERENCES, ids=[text for text, _, _ in DIFFERENCES])
def test_differences(text: str, says: str, row: str) -> None:
    assert told(parsed(text)) == [f"1 {says}"]
    (difference,) = compare(text.encode(), {Version(pip.__version__): by_pip(text)}, by_us(text))
    accepted = row_of(difference)
    assert accepted is not None
    assert accepted.name == row


def test_a_variable_is_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VERSION", "1.0")
    text = "six==${VERSION}\n"
    assert by_pip(text).lines == (Line(1, What.REQUIREMENT, "six==1.0"),)
    assert told(parsed(text)) == ["1 unreadable"]


# --- what must not stop a run ----------------------------------------------

HOSTILE = {
    "deep brackets": "six==1.0; " + "(" * 5_000,
    "deep brackets that close": "six==1.0; " + "(" * 5_000 + "os_name == 'nt'" + ")" * 5_000,
    "deep brackets in a URL's marker": "x @ https://index.example/x.zip ; " + "(" * 5_000,
    "a number of 5,000 digits": "six==" + "1" * 5_000,
    "a pre-release of 5,000 digits": "six==1.0a" + "1" * 5_000,
    "an arbitrary version of 5,000 digits": "six===" + "1" * 5_000,
    "a lone surrogate": "six===\udc80\n\udc80==1 --hash=sha256:\udc80",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_lines_do_not_hide_the_next_one(text: str) -> None:
    """A file that stops the run would hide every other file of it."""
    *_, last = told(parsed(f"{text}\nlast==1 --hash={A}\n"))
    assert last.endswith(" pin last 1 A")


# --- places ----------------------------------------------------------------


def test_spans_lie_over_what_they_name() -> None:
    text = f'# c\n  Six[x] == 1.0 ; os_name=="nt" \\\r\n    --hash {A} \\\n  "--has={B}"  # why\n\n--hash={C}\n'
    (pin,) = parsed(text).pins
    assert pin.place.of(text) == 'Six[x] == 1.0 ; os_name=="nt"'
    assert [option.span.of(text) for option in pin.hashes] == [f"--hash {A}", f'"--has={B}"']
    assert [option.span.of(text) for option in pin.strays] == [f"--hash={C}"]
    assert pin.span.of(text) == text[4 : text.index("\n\n")]
    assert text[pin.tail :].startswith("  # why")


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("six==1.0 # c", " # c"),
        ("six==1.0 --pre  # c", "  # c"),
        ("six==1.0 \\\n # c", " \\\n # c"),
        ("six==1.0 -C a=b word", " word"),
        ("six==1.0 -- x", " -- x"),
        ("six==1.0", ""),
    ],
)
def test_the_tail_is_where_the_next_option_may_stand(text: str, behind: str) -> None:
    (pin,) = parsed(text).pins
    assert text[pin.tail :] == behind


def test_a_place_may_go_over_a_continuation() -> None:
    text = "six==1.0 ; \\\n  os_name == 'nt'\n-e \\\n  ./x\n-r \\\n  a.txt\n"
    pin, editable, include = parsed(text).statements
    assert isinstance(pin, Pin)
    assert isinstance(editable, Direct)
    assert pin.place.of(text) == "six==1.0 ; \\\n  os_name == 'nt'"
    assert editable.place.of(text) == "-e \\\n  ./x"
    assert include.span.of(text) == "-r \\\n  a.txt"


# --- the words of pip ------------------------------------------------------


def test_every_option_of_pip_is_known() -> None:
    """A pip that learns an option makes this fail: then hashpin learns it, too."""
    from pip._internal.req.req_file import build_parser

    for option in build_parser().option_list:
        for spelling in (*option._long_opts, *option._short_opts):
            text = f"{spelling} a=b" if option.takes_value() else spelling
            assert not told(parsed(text))[0].endswith("unreadable"), spelling
            wrong = spelling if option.takes_value() else f"{spelling}=a"
            assert told(parsed(wrong)) == ["1 unreadable"], spelling


def test_the_strong_algorithms_are_pips() -> None:
    import hashlib

    from pip._internal.utils.hashes import STRONG_HASHES

    from hashpin.model import STRONG_ALGORITHMS

    assert set(STRONG_ALGORITHMS) == set(STRONG_HASHES)
    assert {name: hashlib.new(name).digest_size * 2 for name in STRONG_ALGORITHMS} == dict(STRONG_ALGORITHMS)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (A, None),
        (A.upper().replace("SHA", "sha"), None),
        (A5, None),
        ("sha384:" + "0" * 96, None),
        ("md5:abc", None),
        ("abc", "names no algorithm (write sha256:...)"),
        ("", "names no algorithm (write sha256:...)"),
        (":abc", "names no algorithm (write sha256:...)"),
        ("sha256:", "is empty"),
        ("sha256:xyz", "is not hexadecimal"),
        (f"{A}\n", "is not hexadecimal"),
        ("sha256:abc", "has 3 digits, sha256 has 64"),
        (f"{A}0", "has 65 digits, sha256 has 64"),
    ],
)
def test_digests(text: str, fault: str | None) -> None:
    digest = Digest.parse(text)
    assert digest.fault == fault
    assert str(digest) == (text.partition(":")[0] + ":" if ":" in text else ":") + text.rpartition(":")[2].lower()
