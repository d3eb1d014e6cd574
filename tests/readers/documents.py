"""Files in bytes: what people and tools write, spelled in every way that pip knows, in every encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.property.strategies import DIGESTS, LINE_ENDS, files, fragments

# --- text ---------------------------------------------------------------------

# Each option of any pip: its spellings in full, and values that make sense or not. None: it takes no value.
_INDEX = ("https://index.example/simple", "https://user:${TOKEN}@index.example", "''", "not an address")
_PATHS = ("a.txt", "sub/b.txt", "'a b.txt'", r"a\ b.txt", "https://index.example/r.txt", "${FOLDER}/c.txt", "../d.txt")
_NAMES = (":all:", ":none:", "six", "Six.Seven,six", ":all:,six", "-x", "''")
_PROJECTS = (
    *("./x", ".", "six", "six==1.0", "x/y[a]", "''", "file:x", "file:", "FILE:./x[a]", "file:///x#egg=x"),
    *("git+https://index.example/x#egg=x", "git+https://index.example/x", "https://index.example/x#egg=x"),
    *("'x @ git+https://index.example/x'", "'x @ file:///y'", "'x @ https://index.example/x'", "x@git+file:///y"),
    *("git://index.example/x#egg=x", "SVN:x#egg=x", "hg+file:///x#egg=x==1", "git+ssh://git@index.example/x.git@v1"),
    *("git+https://index.example/x#egg=x[a]&subdirectory=y", "git+https://index.example/x#subdirectory=y&egg=x!"),
)
_OPTIONS: tuple[tuple[tuple[str, ...], tuple[str, ...] | None], ...] = (
    (("-i", "--index-url", "--pypi-url"), _INDEX),
    (("--extra-index-url",), _INDEX),
    (("--no-index",), None),
    (("-c", "--constraint"), _PATHS),
    (("-r", "--requirement"), _PATHS),
    (("-e", "--editable"), _PROJECTS),
    (("-f", "--find-links"), ("wheels", "./wheels", "https://index.example/links")),
    (("--no-binary",), _NAMES),
    (("--only-binary",), _NAMES),
    (("--prefer-binary",), None),
    (("--require-hashes",), None),
    (("--no-require-hashes",), None),
    (("--pre",), None),
    (("--all-releases",), _NAMES),
    (("--only-final",), _NAMES),
    (("--trusted-host",), ("index.example", "index.example:8080")),
    (("--use-feature",), ("fast-deps", "truststore", "venv-isolation", "no-such-feature")),
    (("--global-option",), ("--quiet", "x")),
    (("-C", "--config-settings"), ("a=b", "'a=b c'", "a", "a=")),
    (("--no-such-option", "-x"), ("y",)),
)  # fmt: skip
_HASHES = tuple(
    [str(digest) for digest in DIGESTS]
    + [str(digest) for digest in DIGESTS]
    + [f"sha256:{'A' * 64}", f"SHA256:{'a' * 64}", f"sha384:{'b' * 96}", "sha256:", "sha256:abc", f"md5:{'c' * 32}"]
    + ["sha256:${DIGEST}", "${HASH}", f"'sha256: {'d' * 64}'", f"sha256:{'e' * 64},sha256:{'f' * 64}", "a" * 64]
)
_REQUIREMENTS = (
    *("six==1.0", "six == 1.0", "six===1.0", "six===2004d", "six>=1", "six", "six==1.*", "six~=1.0", "six (==1.0)"),
    *("Six.Seven_eight==1.0", "six[b,a]==1.0", "six [a] ==1.0", "six==1!2.0+local", "six==1.0,==1.0", "six==1.0,!=2"),
    *("six==1.0; python_version > '3'", 'six==1.0 ;os_name=="nt" and extra == "x"', "six==1.0;", "six==1.0; bogus"),
    *("six==1.0 ; '3.11' <= python_full_version", "six; sys_platform in 'linux win32'", "six==1.0#c", "six==1.0 #c"),
    *("six==${VERSION}", "${NAME}==1.0", "six==1.0; os_name == '${NAME}'", "six==${lower}", "six==1.0 ${A"),
    *("six==1.*.dev", "six>=1.*", "six==banana", "six=1.0", "six<=>1", "six==1.0,", "six==1.0[a]", "six==1.0 y==2"),
    *("x @ https://index.example/x.zip", "x@https://index.example/x.zip ; os_name=='nt'"),
    *("x[a] @ git+https://index.example/x", "https://index.example/x.tar.gz#sha256=abc"),
    *("https://index.example/x.zip ; os_name=='nt'", "https://index.example/x.zip ; bogus", "./x ; bogus"),
    *("git+https://index.example/x#egg=x", "https://index.example/x-1.0-py3-none-any.whl"),
    *("https://index.example/x.whl", "x-1.0-py3-none-any.whl", "x.whl", "x.zip", "file:///x.zip", "file:./x"),
    *("file:../x.zip", "ftp://index.example/x.zip", "HTTPS://index.example/x.zip", "https://[", "./x", ".", ".."),
    *(".[a]", "x/y", "./x.zip", "./x.zip[a]", "/x", "~/x", "x @ ./y", "x @ file:y", "name@1.2.3", "x@"),
    *("This is prose.", "<html>", "{", "\ufeffsix==1.0", "six\u00a0==1.0", "six==1.0\u00a0", "sıx==1.0", "six==１.0"),
    *("six==1.0 ; python_version == '3' or", "six[]==1.0", "six[a,]==1.0", "-", "--", "six==1.0 and", "6==1"),
    *("six-==1", "six; extra == 'É'", "six; python_version=='3.0.*'", "six; (os_name=='nt')", "six==1.0-1"),
    *("six==v1.0", "six==1.0.post"),
)
_COMMENTS = ("# a comment", "    # via y", "#", "\t#c", "# six==1.0 \\", "#!/bin/sh", "# coding: latin-1", "#\\")
_BLANKS = (" ", " ", " ", "  ", "\t", " \t", "\u00a0", "\x1f", "\u3000", "")
_JOINTS = (
    *(" \\\n    ", " \\\n    ", " \\\n    ", " \\\n", "\\\n ", "\\\n", " \\\n\t", " \\\r\n  ", " \\\\\n ", " \\\n\\ "),
    *(
        " \\ \n ",
        " \\\n\n ",
        " \\\n# c\n ",
        " # c \\\n ",
        " \\\n # c \\\n ",
        "\n ",
        " \\\n \\\n ",
        " \\\r ",
        "\\\f ",
        " \\\v",
    ),
    *(
        " \\\x1c ",
        " \\\x1d ",
        " \\\x1e ",
        " \\\x85 ",
        " \\\u2028 ",
        " \\\u2029 ",
        " # c\u2028 ",
        " # c\x85 ",
        " # c\r ",
    ),
)
_ENDS = ("\n", "\n", "\n", "\n", "\r\n", *LINE_ENDS)

# Made once: Hypothesis takes longer to look at a strategy than to draw from it.
_percent = st.integers(0, 99)
_few = {most: st.integers(0, most) for most in (2, 3)}
_joints = st.sampled_from((*_BLANKS, *_JOINTS))
_ends = st.sampled_from(_ENDS)
_comments = st.sampled_from(_COMMENTS)
_requirements = st.sampled_from(_REQUIREMENTS)
_spelled_options = st.sampled_from(_OPTIONS)
_values = {values: st.sampled_from(values) for values in (_HASHES, *(values for _, values in _OPTIONS if values))}
_names = {names: st.sampled_from(names) for names in (("--hash",), *(names for names, _ in _OPTIONS))}
_cuts = {name: st.integers(2, len(name)) for names in _names for name in names if name.startswith("--")}
_quotes = st.sampled_from(["'{}'", '"{}"', "'{}", "\\{}", "''{}", '"{}\\"'])
_behind_short = st.sampled_from([" ", "", "=", "\t", " \\\n"])
_behind_long = st.sampled_from(["=", "=", " ", "= ", " = ", " \\\n  ", "\t"])
_starts = st.sampled_from(["", "", "", " ", "\t", "\\\n", "\ufeff"])


@st.composite
def _options(draw: st.DrawFn) -> str:
    """An option as it may be spelled: in full, cut short, attached, quoted."""
    if draw(_percent) < 40:
        names: tuple[str, ...] = ("--hash",)
        values: tuple[str, ...] | None = _HASHES
    else:
        names, values = draw(_spelled_options)
    name = draw(_names[names])
    oddity = draw(_percent)
    if oddity < 20 and name.startswith("--"):
        name = name[: draw(_cuts[name])]
    if values is None:
        return f"{name}=x" if oddity > 97 else name
    value = draw(_values[values])
    if oddity > 97:
        return name
    if 85 < oddity <= 97:
        value = draw(_quotes).format(value)
    if not name.startswith("--"):
        return name + draw(_behind_short) + value
    return name + draw(_behind_long) + value


@st.composite
def _units(draw: st.DrawFn) -> str:
    """A requirement with what belongs to it, a line of options, a comment."""
    kind = draw(_percent)
    if kind < 10:
        return draw(_comments)
    pieces = [draw(_starts)] if kind < 40 else []
    if kind < 75:
        pieces.append(draw(_requirements))
        for _ in range(draw(_few[3])):
            pieces += draw(_joints) if draw(_percent) < 40 else " ", draw(_options())
    else:
        pieces.append(draw(_options()))
        for _ in range(draw(_few[2])):
            pieces += draw(_joints) if draw(_percent) < 30 else " ", draw(_options())
        if draw(_percent) < 15:
            pieces += " ", draw(_requirements)
    if draw(_percent) < 25:
        pieces += draw(_joints), draw(_comments)
    return "".join(pieces)


_files = files()
_unit = _units()


@st.composite
def _texts(draw: st.DrawFn) -> str:
    source = draw(_percent)
    if source < 10:
        return draw(_files)
    if source < 15:
        return draw(fragments)
    return "".join(draw(_unit) + draw(_ends) for _ in range(1 + draw(_few[3])))


# --- bytes --------------------------------------------------------------------

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
)
_CODECS = (
    *("utf-8", "latin-1", "utf-7", "cp1252", "unicode_escape", "raw_unicode_escape", "ascii", "iso-8859-15", "koi8-r"),
    *("utf-16", "utf_8_sig", "shift_jis", "cp037", "rot13", "undefined", "punycode", "no-such-codec", "idna", "hz"),
)
_ESCAPING = ("unicode_escape", "raw_unicode_escape", "utf-7")
_DECLARATIONS = (
    *("# -*- coding: {} -*-", "#coding={}", "# vim: set fileencoding={} :", "# coding:\t{}", "#\x0ccoding: {}"),
    *(" # coding: {}", "# coding : {}", "six==1.0 # coding: {}", "# Coding: {}", "# coding: {}\rsix==2.0"),
)
_HIDDEN = (
    "# +AAo-six==3.0",
    r"# \nsix==3.0",
    r"# \u2028six==3.0 \x0a",
    r"# \ud800",
    "# caf\u00e9",
    "# \u0160\u2026",
    "six==1.0 # \u0151",
)
_RAW = (
    b"\xe9",
    b"\x85",
    b"\x80",
    b"\xff",
    b"\x00",
    b"\xc3",
    b"\xe2\x80\xa8",
    b"\xed\xa0\x80",
    b"\x1a",
    b"\x00\x00",
    b"+AAo-",
)


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec, "surrogatepass" if codec.startswith("utf-") else "ignore")
    except (LookupError, UnicodeError):
        return text.encode()


@st.composite
def _encodings(draw: st.DrawFn, text: str) -> bytes:
    kind = draw(_percent)
    if kind < 60:
        return text.encode()
    if kind < 72:
        mark, codec = draw(st.sampled_from(_MARKS))
        twice, wrong = draw(_percent) < 10, draw(_percent) < 5
        return mark * (1 + twice) + _encoded(text, "utf-8" if wrong else codec)
    if kind < 92:
        codec = draw(st.sampled_from(_CODECS))
        lines = [draw(st.sampled_from(_DECLARATIONS)).format(codec)]
        if draw(_percent) < 30:
            lines.insert(0, draw(st.sampled_from(["", "# first", "six==0.0", "# coding: utf-8", "# a\n# b"])))
        if draw(_percent) < 40:
            lines.append(draw(st.sampled_from(_HIDDEN)))
        whole = "\n".join([*lines, text])
        as_it_is = 70 if codec in _ESCAPING else 30  # else what is to be decoded would be escaped once more
        return whole.encode() if draw(_percent) < as_it_is else _encoded(whole, codec)
    data = text.encode()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(st.sampled_from(_RAW)) + data[at:]
    return data


documents = _texts().flatmap(_encodings)


def generated(count: int, start: int = 0) -> Iterator[bytes]:
    """So many distinct documents; the same ones for the same `start`."""
    seen: set[bytes] = set()
    while len(seen) < count:
        for data in _batch(start):
            if data not in seen and len(seen) < count:
                seen.add(data)
                yield data
        start += 1


def _batch(number: int) -> list[bytes]:
    """A thousand documents or a few less. No more, since Hypothesis remembers all that it has tried in one run."""
    batch: list[bytes] = []

    @seed(number)
    @settings(
        max_examples=1_000,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents)
    def collect(data: bytes) -> None:
        batch.append(data)

    collect()
    return batch
