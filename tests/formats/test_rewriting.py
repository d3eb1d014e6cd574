"""What a pin's hashes look like after they were set: the author's own layout, and nothing else touched."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from hashpin import formats, text
from hashpin.model import Digest, SetHashes
from tests.property.readings import What, by_pip, parsed

A, B, C, D = (f"sha256:{digit * 64}" for digit in "abcd")
A5 = f"sha512:{'a' * 128}"


@dataclass(frozen=True)
class Case:
    """A text, the digests that one pin shall have, and what must come out."""

    name: str
    text: str
    wanted: tuple[str, ...]
    becomes: str
    pin: int = 0
    """Which pin of the file."""


def rewritten(content: str, wanted: tuple[str, ...], pin: int = 0) -> str:
    file = parsed(content)
    wish = SetHashes(file.source.path, list(file.pins)[pin], frozenset(map(Digest.parse, wanted)), safe=True)
    return text.apply(content, [formats.rewrite(file, wish)])


LAYOUTS = [
    Case("one line", f"six==1.0 --hash={A}\n", (B,), f"six==1.0 --hash={B}\n"),
    Case("one line, more", f"six==1.0 --hash={A}\n", (A, B), f"six==1.0 --hash={A} --hash={B}\n"),
    Case("two blanks", f"six==1.0  --hash={A}\n", (A, B), f"six==1.0  --hash={A}  --hash={B}\n"),
    Case("no final newline", f"six==1.0 --hash={A}", (B, C), f"six==1.0 --hash={B} --hash={C}"),
    Case(
        "pip-compile and uv",
        f"six==1.0 \\\n    --hash={A} \\\n    --hash={B}\n    # via y\nz==2\n",
        (A, B, C),
        f"six==1.0 \\\n    --hash={A} \\\n    --hash={B} \\\n    --hash={C}\n    # via y\nz==2\n",
    ),
    Case(
        "pip-compile of one hash",
        f"six==1.0 \\\n    --hash={A}\n    # via\n    #   y\n    #   z\n",
        (B, C),
        f"six==1.0 \\\n    --hash={B} \\\n    --hash={C}\n    # via\n    #   y\n    #   z\n",
    ),
    Case(
        "hashin with four blanks and the first hash on the name's line",
        f"six==1.0 --hash={A} \\\n    --hash={B}\n",
        (A, B, C),
        f"six==1.0 --hash={A} \\\n    --hash={B} \\\n    --hash={C}\n",
    ),
    Case(
        "hashin with two blanks",
        f"six==1.0 \\\n  --hash={B} \\\n  --hash={A}\n",
        (A, B, C),
        f"six==1.0 \\\n  --hash={B} \\\n  --hash={A} \\\n  --hash={C}\n",
    ),
    Case(
        "CR LF",
        f"six==1.0 \\\r\n    --hash={A}\r\ny==2\r\n",
        (A, B),
        f"six==1.0 \\\r\n    --hash={A} \\\r\n    --hash={B}\r\ny==2\r\n",
    ),
    Case(
        "tabs between hashes",
        f"six==1.0 --hash={A}\t--hash={B}",
        (A, B, C),
        f"six==1.0 --hash={A}\t--hash={B}\t--hash={C}",
    ),
    Case(
        "a tab after the continuation's blank",
        f"six==1.0 \\\n --hash={A} \\\n\t--hash={B}\n",
        (B, C),
        f"six==1.0 \\\n --hash={B} \\\n\t--hash={C}\n",
    ),
    Case(
        "form feeds as line ends",
        f"six==1.0 \\\f  --hash={A} \\\f  --hash={B}\f",
        (A, B, C),
        f"six==1.0 \\\f  --hash={A} \\\f  --hash={B} \\\f  --hash={C}\f",
    ),
    Case(
        "the layout that most hashes of the pin have",
        f"six==1.0 --hash={A} \\\n  --hash={B} \\\n    --hash={C} \\\n    --hash={D}\n",
        (A, B, C, D, A5),
        f"six==1.0 --hash={A} \\\n  --hash={B} \\\n    --hash={C} \\\n    --hash={D} \\\n    --hash={A5}\n",
    ),
    Case("a comment behind", f"six==1.0 --hash={A}  # because\n", (B,), f"six==1.0 --hash={B}  # because\n"),
    Case(
        "extras and a marker",
        f"six[x, y] == 1.0 ; python_version > '3' --hash={A}\n",
        (B,),
        f"six[x, y] == 1.0 ; python_version > '3' --hash={B}\n",
    ),
    Case("a last backslash", f"six==1.0 \\\n --hash={A} \\\n\ny==1\n", (B,), f"six==1.0 \\\n --hash={B} \\\n\ny==1\n"),
    Case("a weak hash goes", f"six==1.0 --hash=md5:ab --hash={A}\n", (A,), f"six==1.0 --hash={A}\n"),
]

ONE_OF_SEVERAL = [
    Case(
        "under a marker, the first",
        f"six==1.0 ; os_name=='nt' --hash={A}\nsix==2.0 ; os_name!='nt' --hash={A}\n",
        (B,),
        f"six==1.0 ; os_name=='nt' --hash={B}\nsix==2.0 ; os_name!='nt' --hash={A}\n",
    ),
    Case(
        "under a marker, the second",
        f"six==1.0 ; os_name=='nt' --hash={A}\nsix==2.0 ; os_name!='nt' --hash={A}\n",
        (B,),
        f"six==1.0 ; os_name=='nt' --hash={A}\nsix==2.0 ; os_name!='nt' --hash={B}\n",
        pin=1,
    ),
    Case(
        "twice the same line", f"six==1.0 --hash={A}\n" * 2, (B,), f"six==1.0 --hash={A}\nsix==1.0 --hash={B}\n", pin=1
    ),
]

WHICH = [
    Case(
        "sorted: in order", f"six==1 --hash={A} --hash={C}\n", (A, B, C), f"six==1 --hash={A} --hash={B} --hash={C}\n"
    ),
    Case("sorted: before the first", f"six==1 --hash={B}\n", (A, B), f"six==1 --hash={A} --hash={B}\n"),
    Case(
        "unsorted: behind", f"six==1 --hash={C} --hash={A}\n", (A, B, C), f"six==1 --hash={C} --hash={A} --hash={B}\n"
    ),
    Case(
        "unsorted before something goes: behind",
        f"six==1 --hash={D} --hash={A} --hash={C}\n",
        (A, B, C),
        f"six==1 --hash={A} --hash={C} --hash={B}\n",
    ),
    Case("sha256 before sha512", f"six==1 --hash={A}\n", (A, A5), f"six==1 --hash={A} --hash={A5}\n"),
    Case(
        "the first goes",
        f"six==1 \\\n  --hash={A} \\\n  --hash={B} \\\n  --hash={C}\n",
        (B, C),
        f"six==1 \\\n  --hash={B} \\\n  --hash={C}\n",
    ),
    Case(
        "the middle one goes",
        f"six==1 \\\n  --hash={A} \\\n  --hash={B} \\\n  --hash={C}\n",
        (A, C),
        f"six==1 \\\n  --hash={A} \\\n  --hash={C}\n",
    ),
    Case(
        "the last goes",
        f"six==1 \\\n  --hash={A} \\\n  --hash={B} \\\n  --hash={C}\n",
        (A, B),
        f"six==1 \\\n  --hash={A} \\\n  --hash={B}\n",
    ),
    Case(
        "a repeated one goes", f"six==1 --hash={A} --hash={B} --hash={A}\n", (A, B), f"six==1 --hash={A} --hash={B}\n"
    ),
    Case(
        "what stays keeps its bytes",
        f"six==1 --has '{A}' --hash={B.replace('b' * 64, 'B' * 64)}\n",
        (A, B),
        f"six==1 --has '{A}' --hash={B.replace('b' * 64, 'B' * 64)}\n",
    ),
    Case(
        "what stays keeps its separator",
        f"six==1 --hash={A}   --hash={B} --hash={C} --hash={D}\n",
        (B, C, D, A5),
        f"six==1 --hash={B} --hash={C} --hash={D} --hash={A5}\n",
    ),
    Case(
        "an odd separator goes along",
        f"six==1 --hash={A} --hash={B}   --hash={C} --hash={D}\n",
        (A, C, D),
        f"six==1 --hash={A}   --hash={C} --hash={D}\n",
    ),
    Case("nothing to do", f"six==1 --hash={A}  --hash={B} # c\n", (A, B), f"six==1 --hash={A}  --hash={B} # c\n"),
]

BARE = [
    Case("a bare pin", "six==1.0\ny==2\n", (A, B), f"six==1.0 \\\n    --hash={A} \\\n    --hash={B}\ny==2\n"),
    Case("a bare pin at the end of a file", "six==1.0", (A,), f"six==1.0 \\\n    --hash={A}"),
    Case("a bare pin under CR LF", "six==1.0\r\n", (A,), f"six==1.0 \\\r\n    --hash={A}\r\n"),
    Case("a bare pin before a comment", "six==1.0  # why\n", (A,), f"six==1.0 \\\n    --hash={A}  # why\n"),
    Case(
        "a bare pin with a marker",
        "six[x]==1.0 ; os_name=='nt' # y\n",
        (A,),
        f"six[x]==1.0 ; os_name=='nt' \\\n    --hash={A} # y\n",
    ),
    Case("a bare pin with settings", "six==1.0 -C a=b\n", (A,), f"six==1.0 -C a=b \\\n    --hash={A}\n"),
    Case("a bare pin with a word that pip drops", "six==1.0 --pre x\n", (A,), f"six==1.0 --pre \\\n    --hash={A} x\n"),
    Case("a bare pin before --", "six==1.0 -- x\n", (A,), f"six==1.0 \\\n    --hash={A} -- x\n"),
    Case("a bare pin that ends in a backslash", "six==1.0 \\\n\ny==2", (A,), f"six==1.0 \\\n    --hash={A} \\\n\ny==2"),
    Case(
        "as the rest of the file does: one line",
        f"six==1.0\ny==2 --hash={A}\n",
        (B, C),
        f"six==1.0 --hash={B} --hash={C}\ny==2 --hash={A}\n",
    ),
    Case(
        "as most of the file does: two blanks",
        f"six==1.0\na==1 \\\n  --hash={A}\nb==1 --hash={A}\nc==1 \\\n  --hash={A}\n",
        (B,),
        f"six==1.0 \\\n  --hash={B}\na==1 \\\n  --hash={A}\nb==1 --hash={A}\nc==1 \\\n  --hash={A}\n",
    ),
    Case(
        "not as where an option stands between",
        f"six==1.0\ny==2 -C a=b\t--hash={A}\n",
        (B,),
        f"six==1.0 \\\n    --hash={B}\ny==2 -C a=b\t--hash={A}\n",
    ),
]

BROKEN = [
    Case(
        "a comment inside",
        f"six==1.0 \\\n    --hash={A} \\\n    # note\n    --hash={B}\n",
        (A, B),
        f"# note\nsix==1.0 \\\n    --hash={A} \\\n    --hash={B}\n",
    ),
    Case(
        "a comment before all hashes",
        f"six==1.0 \\\r\n# note\r\n    --hash={A}\r\n",
        (A, B),
        f"# note\r\nsix==1.0 \\\r\n    --hash={A} \\\r\n    --hash={B}\r\n",
    ),
    Case(
        "a blank line inside",
        f"six==1.0 \\\n  --hash={A} \\\n\n  --hash={B}\ny==2",
        (A, B),
        f"six==1.0 \\\n  --hash={A} \\\n  --hash={B}\ny==2",
    ),
    Case(
        "a forgotten backslash",
        f"six==1.0 \\\n  --hash={A}\n  --hash={B}\n    # via y\n",
        (A, B),
        f"six==1.0 \\\n  --hash={A} \\\n  --hash={B}\n    # via y\n",
    ),
    Case(
        "a forgotten backslash behind the name, with a comment",
        f"six==1.0  # why\n  --hash={A} \\\n  --hash={B}\n",
        (A, B),
        f"# why\nsix==1.0 \\\n    --hash={A} \\\n    --hash={B}\n",
    ),
    Case(
        "several comments, in order",
        f"six==1.0 --hash={A} # one\n--hash={B} # two\n# three\n\n  --hash={C} # four\n",
        (A, B, C),
        f"# one\n# two\n# three\nsix==1.0 --hash={A} --hash={B} --hash={C} # four\n",
    ),
    Case("a stray goes", f"six==1.0 --hash={A}\n--hash={B}\n", (A,), f"six==1.0 --hash={A}\n"),
    Case("a stray again", f"six==1.0 --hash={A}\n--hash={A}\n", (A,), f"six==1.0 --hash={A}\n"),
    Case(
        "an indented pin",
        f"  six==1.0 \\\n  # note\n  --hash={A}\n",
        (A,),
        f"# note\n  six==1.0 \\\n    --hash={A}\n",
    ),
    Case(
        "what a comment has swallowed is taken out of it",
        f"six==1.0 --hash={A} # why \\\n  --hash={D} \\\n# note\n  --hash={B}\n",
        (A, B),
        f"# why\n# note\nsix==1.0 --hash={A} --hash={B}\n",
    ),
]

CASES = [*LAYOUTS, *ONE_OF_SEVERAL, *WHICH, *BARE, *BROKEN]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_becomes(case: Case) -> None:
    assert rewritten(case.text, case.wanted, case.pin) == case.becomes


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_pip_reads_what_was_wanted(case: Case) -> None:
    before = [pin.requirement for pin in parsed(case.text).pins]
    reading = by_pip(case.becomes)
    pins = [line for line in reading.lines if "==" in line.text]
    assert [line.text.partition(";")[0] for line in pins] == [str(pin).partition(";")[0] for pin in before]
    assert pins[case.pin].hashes == tuple(sorted(case.wanted))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_second_time_nothing_changes(case: Case) -> None:
    assert rewritten(case.becomes, case.wanted, case.pin) == case.becomes


def test_several_pins_at_once() -> None:
    content = f"# c\na==1 --hash={A}\nb==1\nc==1 \\\n# x\n --hash={B}\n"
    file = parsed(content)
    wishes = [SetHashes("requirements.txt", pin, frozenset({Digest.parse(C)}), safe=True) for pin in file.pins]
    edits = [formats.rewrite(file, wish) for wish in reversed(wishes)]
    assert text.apply(content, edits) == f"# c\na==1 --hash={C}\nb==1 --hash={C}\n# x\nc==1 --hash={C}\n"


# What stands among the hashes and is none of them. Where it ends up is not promised; that it stays is.
AMONG = {
    "settings between hashes": f"six==1.0 --hash={A} --config-settings a=b --hash={B}\n",
    "settings on lines of their own": f"six==1.0 \\\n  --hash={A} \\\n  -C a=b \\\n  -C c=d \\\n  --hash={B}\n",
    "settings on lines of their own, CR LF": (
        f"six==1.0 \\\r\n  --hash={A} \\\r\n  -C a=b \\\r\n  -C c=d \\\r\n  --hash={B}\r\n"
    ),
    "settings around": f"six==1.0 -C a=b --hash={A} --pre --hash={B} --config-settings c=d\n",
    "settings behind the last hash, before strays": f"six==1.0 --hash={A} -C a=b \\\n# note\n --hash={B}\n",
    "an index option before a stray": f"six==1.0 --hash={A}\n-i https://index.example --hash={B}\n",
    "--require-hashes before a stray": f"six==1.0\n--require-hashes --hash={B}\n",
    "a word that pip drops": f"six==1.0 --hash={A} and --hash={B}\n",
    "a no-break space in a digest": f"six==1.0 --hash=sha256:ab\u00a0 --hash={A}\n",
    "a no-break space in the middle one": f"six==1.0 --hash={A} --hash=sha256:ab\u00a0 --hash={B}\n",
    "a no-break space behind the version": f"six==1.0\u00a0 --hash={A}\n",
    "an escaped blank at the end of a digest": f"six==1.0 --hash={A} --hash=sha256:b\\  --hash={B}\n",
    "a backslash that belongs to the version": f"six===1.0\\ --hash={A}\n",
    "a backslash at the start of a continued line": f"six==1.0 \\\n\\--hash={A} \\\n --hash={B}\n",
    **{
        f"{name} as line end of a continuation": f"six==1.0 \\{end}  --hash={A} \\{end}  --hash={B}{end}"
        for name, end in [("FF", "\f"), ("VT", "\v"), ("NEL", "\x85"), ("U+2028", "\u2028"), ("CR", "\r")]
    },
}
_WORD = re.compile(r"-i https://index\.example|--require-hashes|--pre|(?:-C|--config-settings) \w=\w")


@pytest.mark.parametrize("content", AMONG.values(), ids=AMONG.keys())
def test_what_stands_among_the_hashes(content: str) -> None:
    requirements = [line.text for line in by_pip(content).lines if line.what is not What.HASHES]
    for wanted in [(A,), (B,), (A, B), (A, B, C), (C, A5)]:
        becomes = rewritten(content, wanted)
        after = by_pip(becomes)
        assert [line.text for line in after.lines if line.what is not What.HASHES] == requirements
        assert [line.hashes for line in after.lines if line.what is What.REQUIREMENT] == [tuple(sorted(wanted))]
        assert sorted(_WORD.findall(becomes)) == sorted(_WORD.findall(content))
        assert rewritten(becomes, wanted) == becomes
        if "\r\n" in content:
            assert "\n" not in becomes.replace("\r\n", ""), "the file's own line end"


def test_a_comment_of_every_private_character() -> None:
    """Found by a drill: something has to stand for an option among them."""
    note = "".join(map(chr, range(0xE000, 0xF900)))
    assert rewritten(f"six==1.0 --hash={A}\n# {note}\n--hash={B}\n", (C,), 0) == f"# {note}\nsix==1.0 --hash={C}\n"
