"""Requirements files built from pieces: what tools and people write, and what neither should."""

from __future__ import annotations

import codecs
import os
from dataclasses import dataclass

from hypothesis import settings
from hypothesis import strategies as st

from hashpin.model import Digest

_ASKED = os.environ.get("HASHPIN_EXAMPLES")

searched = settings(max_examples=int(_ASKED or "250"), deadline=None, derandomize=_ASKED is None)
"""The same examples on every run of the suite; HASHPIN_EXAMPLES=5000 searches further, each time elsewhere."""

LINE_ENDS = ["\n", "\r\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]

DIGESTS = [Digest("sha256", digit * 64) for digit in "0123abcd"] + [Digest("sha512", "e" * 128)]

wanted_digests = st.frozensets(st.sampled_from(DIGESTS), min_size=1, max_size=5)

_PINS = [
    "six==1.0",
    "Six.Seven == 1.0",
    "six[b, a]===1.0",
    "six==1!2.0+local",
    "six==1.0 ; python_version > '3'",
    'six==1.0;os_name=="nt" or extra == "x"',
    "six===2004d",
    "six (==1.0)",
]
_OTHERS = [
    "unpinned>=1",
    "unpinned==1.*",
    "x @ https://index.example/x.zip",
    "https://index.example/x.tar.gz#sha256=abc",
    "git+https://index.example/x#egg=x",
]
_LINES = [
    "# a comment",
    "    # via something",
    "# a comment that ends in a backslash \\",
    "",
    "   ",
    "-i https://index.example/simple",
    "--require-hashes",
    "-r other.txt",
    "-c constraints.txt",
    "-e git+https://index.example/x#egg=x",
    "This is prose.",
    "--pre dropped==1.0",
    "--unknown-option",
]

# Between two options, and before the first one: how tools put them, and what pip allows beyond.
_BEFORE_FIRST = [
    *(" ", "  ", " \\\n    ", " \\\n  ", " \\\r\n    ", "\\\n ", " \\\n", " \\\\\n  ", " \\\n \\\n "),
    *(" --pre ", " -C a=b ", " \\\n  --config-settings c=d \\\n  ", " --pre \\\n  "),
    *("\u00a0 ", " \\\f  ", " \\\u2028 ", " \\\x85    "),
]
_BETWEEN = [*_BEFORE_FIRST, "\t", " \\\n\t", " junk ", "\x1f "]
# What ends a continuation though its author meant it to go on.
_BREAKING = [" \\\n# note\n    ", " \\\n    # note\n    ", "\n    ", "  # why\n  ", " \\\n\n  ", " # why \\\n\n  "]
# What pip takes as a comment with all that follows on the next line.
_SWALLOWING = " # why \\\n  "
_BEHIND = ["", "  ", " # a comment", "\n    # via y", " \\\n", " -C e=f", " # a comment \\\n"]


@st.composite
def hash_options(draw: st.DrawFn) -> str:
    digest = draw(st.sampled_from(DIGESTS))
    value = draw(st.sampled_from([str(digest), f"{digest.algorithm}:{digest.value.upper()}"]))
    if draw(st.integers(0, 9)) == 0:
        value = draw(st.sampled_from(["sha256:", "sha256:abc", f"{value}0", f"{value}\u00a0"]))
    return draw(
        st.sampled_from(["--hash={}", "--hash={}", "--hash={}", "--hash {}", "--has='{}'", '--hash="{}"'])
    ).format(value)


@st.composite
def requirements(draw: st.DrawFn, starts: list[str], broken: bool) -> str:
    """A requirement with its hash options, over as many lines as they take."""
    pieces = [draw(st.sampled_from(starts))]
    between = st.sampled_from(_BETWEEN)
    usual = draw(st.sampled_from(_BEFORE_FIRST))
    for index in range(draw(st.integers(0, 4))):
        oddity = draw(st.integers(0, 9))
        if broken and oddity < 2:
            pieces.append(draw(st.sampled_from(_BREAKING)))
        elif broken and oddity == 2:
            pieces.append(_SWALLOWING)
        elif index and oddity < 6:
            pieces.append(draw(between))
        else:
            pieces.append(usual)
        pieces.append(draw(hash_options()))
    pieces.append(draw(st.sampled_from(_BEHIND)))
    return "".join(pieces)


@st.composite
def files(draw: st.DrawFn, broken: bool = True) -> str:
    """A requirements file with at least one pin."""
    above = st.one_of(st.sampled_from(_LINES), requirements(_OTHERS, broken), requirements(_PINS, broken))
    lines = [
        *draw(st.lists(above, max_size=3)),
        draw(requirements(_PINS, broken)),
        *draw(st.lists(above, max_size=2)),
    ]
    end = st.sampled_from(LINE_ENDS) if draw(st.integers(0, 3)) == 0 else st.sampled_from(["\n", "\r\n"])
    text = "".join(f"{line}{draw(end)}" for line in lines)
    return text if draw(st.booleans()) else text.rstrip("".join(LINE_ENDS))


# --- whole files, as one author or tool writes them -------------------------


@dataclass(frozen=True, slots=True)
class _Author:
    """How one tool or person puts pins, hashes and comments."""

    first: str
    """What stands before the first hash."""
    other: str
    above: str = ""
    """At the top of the file."""
    behind: str = ""
    """Behind every pin: a comment, or a line of comments."""
    marker: str = "{}"


_AUTHORS = [
    _Author(" \\\n    ", " \\\n    "),  # hashin
    _Author(" \\\n    ", " \\\n    ", "#\n# by pip-compile\n#\n", "\n    # via\n    #   y\n    #   z", " ; {}"),
    _Author(" \\\n    ", " \\\n    ", "# by uv\n", "\n    # via -r requirements.in", " ; {}"),
    _Author(" \\\n    ", " \\\n    ", "--index-url https://index.example/simple\n\n", "", " ; {}"),  # poetry export
    _Author(" ", " ", behind="  # on one line"),
    _Author(" ", " \\\n    ", behind="  # the first hash beside the name"),
    _Author(" \\\n  ", " \\\n  ", "# by hand, two blanks\n\n"),
    _Author(" \\\n ", " \\\n\t", "# tabs\n"),
    _Author("  ", "\t"),
    _Author("\\\n --pre ", " \\\n    -C a=b "),
]
_NAMES = ["six", "Six.Seven", "y[b, a]", "y", "z"]
_VERSIONS = ["==1.0", " == 1.0", "==1.0.0", "===2.0", "==2.0", "==1!2.0+local", " (==3.0)"]
_MARKERS = ["python_version >= '3.8'", 'sys_platform == "win32"', "extra == 'x' and os_name != 'nt'"]
# What a whole file may hold besides, and what ends a continuation in it.
_LOOSE = [*_LINES, "git+https://index.example/x#egg=x", "unpinned>=1", "x==", "--hash=sha256:abc", "${NAME}==1.0"]


@st.composite
def lock_files(draw: st.DrawFn) -> str:
    """A whole file of one author, in which one thing or another may be out of order."""
    author = draw(st.sampled_from(_AUTHORS))
    entries: list[str] = [author.above]
    for _ in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(_NAMES))
        times = draw(st.sampled_from([1, 1, 1, 2]))  # the same project again, as under markers
        entries += [draw(_entry(author, name)) for _ in range(times)]
        if draw(st.integers(0, 4)) == 0:
            entries.append(draw(st.sampled_from(_LOOSE)) + "\n")
    text = "".join(entries)
    odd = draw(st.integers(0, 9)) == 0
    end = draw(st.sampled_from(LINE_ENDS if odd else ["\n", "\n", "\r\n"]))
    text = text.replace("\n", end)
    return text if draw(st.booleans()) else text.rstrip("".join(LINE_ENDS))


@st.composite
def _entry(draw: st.DrawFn, author: _Author, name: str) -> str:
    marker = author.marker.format(draw(st.sampled_from(_MARKERS))) if author.marker != "{}" else ""
    if not marker and draw(st.integers(0, 3)) == 0:
        marker = f"; {draw(st.sampled_from(_MARKERS))}"
    entry = f"{name}{draw(st.sampled_from(_VERSIONS))}{marker}"
    for index, digest in enumerate(draw(st.lists(st.sampled_from(DIGESTS), max_size=4))):
        usual = author.other if index else author.first
        oddity = draw(st.integers(0, 19))
        entry += usual if oddity > 1 else draw(st.sampled_from([*_BREAKING, _SWALLOWING, usual, " "]))
        entry += f"--hash={digest}" if oddity != 19 else draw(hash_options())
    return f"{entry}{author.behind if draw(st.booleans()) else ''}\n"


# --- their bytes ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A file's text as bytes."""

    data: bytes
    faithful: bool = True
    """Whether there is one way to write the text, so that what is not edited keeps its bytes."""


_DECLARED = "# -*- coding: {} -*- caf\u00e9\n"


@st.composite
def written(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> Written:
    """A text in one of the encodings that pip reads, and now and then in one that nobody can read or write back."""
    text = draw(texts)
    match draw(st.sampled_from(["plain", "plain", "plain", "mark", "declared", "refused", "odd"])):
        case "mark":
            mark, codec = draw(st.sampled_from(MARKS))
            return Written(mark + text.encode(codec))
        case "declared":
            return Written((_DECLARED.format("latin-1") + text).encode("latin-1", "replace"))
        case "refused":
            return Written(f"# caf\u00e9\n{text}".encode("latin-1", "replace"))
        case "odd":
            declared = draw(st.sampled_from(["utf-7", "utf-8-sig", "unicode_escape"]))
            return Written(f"# coding: {declared} +AEE-\n{text}".encode("ascii", "replace"), faithful=False)
        case _:
            return Written(text.encode())


MARKS = [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
]


# --- without sense ----------------------------------------------------------

# Words, marks and line ends that mean something to pip, put together without sense.
fragments = st.lists(
    st.sampled_from(
        [
            *("six==1.0", "six", "==1.0", "six[a]===1", ">=1", ";os_name=='nt'", " ; python_version>'3'", "six@1.2.3"),
            *(
                "x @ https://index.example/x.zip",
                "git+https://index.example/x#egg=y",
                "-e",
                "-e ./x",
                "-r a.txt",
                "-ra",
                "-c b",
            ),
            *(
                f"--hash={DIGESTS[0]}",
                f"--has='{DIGESTS[1]}'",
                f'--hash "{DIGESTS[2]}"',
                f"{DIGESTS[3]}",
                "--hash",
                "--hash=",
            ),
            *(
                "--pre",
                "--require-hashes",
                "-i",
                "-C a=b",
                "--",
                "-",
                "-x",
                "--no",
                "'",
                '"',
                "''",
                "\\",
                "${X}",
                "/",
                "é",
                "\0",
            ),
            *(
                " ",
                " ",
                " ",
                "  ",
                "\t",
                "\u00a0",
                "\x1f",
                "#",
                " # c",
                "# c",
                "\\\n",
                " \\\n",
                " \\\n    ",
                "\\ \n",
                "\\\\\n",
            ),
            *LINE_ENDS,
            *("\n", "\n", "\n"),
        ]
    ),
    max_size=12,
).map("".join)
