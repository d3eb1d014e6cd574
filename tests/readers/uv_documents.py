"""Small documents for two installers: those known to divide them, and generated ones."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.property.strategies import LINE_ENDS
from tests.readers.wheels import digest

RIGHT = f"--hash={digest('six', '1.0')}"
WRONG = f"--hash=sha256:{'ab' * 32}"
ATTRS = f"--hash={digest('attrs', '1.0')}"
_VALUE = digest("six", "1.0")
_HEX = _VALUE.partition(":")[2]
_MD5 = f"--hash={digest('six', '1.0', 'md5')}"
_BLAKE = f"--hash={digest('six', '1.0', 'blake2b')}"

_NOT_LF = [end for end in LINE_ENDS if end not in ("\n", "\r\n", "\r")]
_BLANKS = ["\u00a0", "\u3000", "\u2009", "\x1f"]

# What pip reads on a line of options, spelled in every way in which one of the two refuses it or takes it otherwise.
_OPTIONS = [
    *("-ra.txt", "-r=a.txt", "-r a.txt", "--requirement=a.txt", "--requirem a.txt", '-r "a.txt"', '-r="a.txt"'),
    *("-r a b.txt", '-r "a b.txt"', "-r a.txt -r c.txt", "-r a.txt -c c.txt", "-r a.txt --pre", "-r a.txt word"),
    *("-r a.txt#x", "-r a.txt # x", f"-r a.txt {WRONG}", "-r a.txt ; os_name", "-r\na.txt", "-r \\\na.txt"),
    *("-r itself.txt", "-r requirements.txt", "-r -", "-r nested.txt", "-r missing.txt", "-r a.txt six==1.17.0"),
    *("-c c.txt", "-cc.txt", "-c=c.txt", "-c nested.txt", "-c c.txt -r a.txt", "-c hashed.txt", "-c itself.txt"),
    *("--pre", "--pre=1", "--pre#x", "--pre attrs==1.0", "--pre -r a.txt", "--pre --require-hashes", "--pr"),
    *("--no-index", "--no-index#x", "--no-index attrs==1.0", "--no-index -r a.txt", "--no-index=1"),
    *("--require-hashes", "--require-hashes attrs==1.0", f"--require-hashes attrs==1.0 {ATTRS}", "--require-h"),
    *("--no-require-hashes", "--prefer-binary", "--prefer-binary=x", "--trusted-host h", "--trusted-host"),
    *("--trusted-host h -r a.txt", "--use-feature=fast-deps", "--use-feature=x", "--use-feature fast-deps -r a.txt"),
    *("--all-releases=:all:", "--only-final=:all:", "--config-settings a=b", "-C a=b", "-Ca=b"),
    *("--only-binary=:all:", "--only-binary six", "--only-binary=six,attrs", "--only-binary=", "--only-binary six x"),
    *("--only-binary :none:", "--no-binary evil", "--no-binary=evil,prr", "--no-binary evil --pre", "--only-b six"),
    *("-f .", "-f.", "-f=.", "--find-links .", "--find-link .", "-f . --pre", "-f . -f .", "-f . word", "-f .#x"),
    *("-i https://index.example/s", "-ihttps://index.example/s", "-i=https://index.example/s", "--index https://i/"),
    *("-i https://index.example/s -r a.txt", "-i https://index.example/s#x", "--pypi-url https://index.example/s"),
    *("-i https://index.example/s attrs==1.0", "-i ''", "--extra-index-url https://index.example/s --pre"),
    *("--", "-", "- attrs==1.0", "-- -r a.txt", "-x", "--unknown", "--help", "-h", WRONG, f"{WRONG} attrs==1.0"),
]

_REQUIREMENTS = [
    *("six==1.0", "six == 1.0", "six===1.0", "six===1.0.0", "six==1", "six (==1.0)", "SIX==v1.0", "six[x]==1.0"),
    *("six==1.0;", "six==1.0 ;", "six==1.0 ; python_version>'3'", "six==1.0;python_version>'3'", "six ==1.0,!=3"),
    *("six", "six>=1.0", "six==1.*", "six!=1.17.0", "six~=1.0.0", "six==1.0,==1.0", "six<1.5,", "six=1.0", "prr"),
    *("six==1.0 ; python_version<'3'", "six==1.0 ; python_version==='3.11'", "six==1.0 ; 'a'=='a'", "six==1.0 attrs"),
    *("six==1.0 ; os_name!='a -b'", "six==1.0 ; os_name!='a #b'", "six==1.0 ; extra=='x'", "six==1.0 ; os_name"),
    *("six==1.0 ; os_name==sys_platform", "six==1.0 ; sys_platform~='x'", "six==1.0 ; python_version<'foo'"),
    *("six==1.0 ; python_version not in '2.7, 3.1'", "six==1.0 ; python_version>='3.*'", "six==1.0 ; os.name>'a'"),
    *("six==1.0 ; 'x' not in dependency_groups", "six==1.0 ; 'x' in extras", "six==1.0 ; python_version=='3.*'"),
    *("six>=0.99999999999999999999", "six==${VERSION}", "${NAME}==1.0", "six[${NAME}]==1.0", "$NAME==1.0"),
    *("six\u00a0==1.0", "six==\u00a01.0", "six==1.0,\u00a0!=2", "\u00a0six==1.0", "six==1.0\u00a0", "six\v==1.0"),
    *("six==1.0\x1f", "six==1.0\u200b", "\ufeffsix==1.0", "six==１.0", "ｓix==1.0", "six==1.0\0", "\x1fsix==1.0"),
    *("si\\\nx==1.0", "six \\\n==1.0", "six==1.0 \\\n; python_version>'3'", "six==1.0;\\\n python_version>'3'"),
    *("\\six==1.0", "six==1.0 \\", "six==1.0 \\ ", "six==1.0\\\\", "six @ c.txt", "six==1.0 -r a.txt", "six==1.0 -"),
    *("six==1.0 --pre", "six==1.0 --only-binary=six", "six==1.0 -i https://index.example/s", "six==1.0 --"),
    *("six==1.0 --config-settings a=b", "six==1.0 -C a=b", "six==1.0 -c c.txt", "six==1.0 --no-require-hashes"),
    *("six==1.0 --require-hashes", "six==1.0 --unknown", "six==1.0 -Ca=b", "six==1.0#c", "'six==1.0'", "six==1.0 --p"),
]

_HASHES = [
    *(RIGHT, RIGHT, WRONG, f"--hash {_VALUE}", f"--hash\t{_VALUE}", f"--hash='{_VALUE}'", f'--hash="{_VALUE}"'),
    *(f"--has={_VALUE}", f"--hash=sha256:{_HEX.upper()}", f"--hash=SHA256:{_HEX}", f"--hash={_HEX}", f"{RIGHT},"),
    *(RIGHT[:-1], f"{RIGHT}0", "--hash=sha256:", "--hash=", "--hash", f"{RIGHT}#c", f"--hash= {_VALUE}", f"{RIGHT};"),
    *(_MD5, _BLAKE, f"{RIGHT} attrs==1.0", f"{RIGHT} -r a.txt", f"{RIGHT} -c c.txt", f"{RIGHT} word", f"{RIGHT} -"),
    *(f"{RIGHT} ; os_name", f"{RIGHT} --pre", f"{RIGHT} --no-index", f"{RIGHT} -- {WRONG}", f"{RIGHT}\u00a0"),
    *(f"--hash\n {_VALUE}", f"--hash \\\n {_VALUE}", f"--hash=sha256:\\\n{_HEX}", "--hash=sha256:${NAME}"),
    *(f"--hash=sha256:{_HEX[:9]}\\{_HEX[9:]}", f"{RIGHT}\u200b", f'{RIGHT} ""', f"{RIGHT} \\\nattrs==1.0 {ATTRS}"),
]

_BEFORE_HASH = [
    *(" ", " ", " \\\n    ", " \\\r\n    ", "  ", "\\\n ", " \\\n", " \\\n \\\n ", "\t", " \\\n\t", "\\\n", ""),
    *(" \\\\\n  ", " \\\n# c\n  ", " \\\n\n  ", "\n  ", " # c \\\n  ", " # c\n  ", " \\\n\\  ", "\u00a0 ", " \u00a0"),
    *(f" \\{end} " for end in _NOT_LF),
    *(f"{end} " for end in _NOT_LF),
]

_ENDS = [
    *("\n", "\n", "\n", "\n", "\r\n", "\r", " \\\n", "\\\n", " # c\n", " # c \\\n", "\t# c\n", "#c\n", " \\\n\n"),
    *(" \\\n# c\n", " \\", "", " ", "\t\n", "\\\\\n", " \\\n  "),
    *(f"{blank}\n" for blank in _BLANKS),
    *(f"{blank}# c\n" for blank in _BLANKS),
    *_NOT_LF,
    *(f"{end}\n" for end in _NOT_LF),
    *(f" # c{end}attrs==1.0\n" for end in _NOT_LF),
    *(f" # c{end}# c\n" for end in _NOT_LF),
]

_OTHERS = [
    *(
        "# a comment",
        "  # a comment",
        "# a comment \\",
        "",
        "   ",
        "\\",
        "\\\\",
        "# coding: latin-1",
        "# coding: utf-7",
    ),
    *_BLANKS,
    *(f"{blank}# c" for blank in _BLANKS),
    *(f"# c{end}evil==1.0" for end in _NOT_LF),
    *(f"# c{end}{WRONG}" for end in _NOT_LF),
]

# What every reader takes alike, and what may divide them, for each part of a line.
_PARTS = [
    (["six==1.0"], _REQUIREMENTS),
    ([" ", " \\\n    "], _BEFORE_HASH),
    ([RIGHT], _HASHES),
    ([" ", " \\\n    "], _BEFORE_HASH),
    ([RIGHT, WRONG], _HASHES),
    (["\n"], _ENDS),
]


@st.composite
def _lines(draw: st.DrawFn, hashed: bool) -> str:
    """One line with its end. Few of its parts are odd: one finding must not hide that another is not made."""
    kind = draw(st.integers(0, 5))
    if kind < 2:
        return draw(st.sampled_from(_OPTIONS if kind else _OTHERS)) + draw(st.sampled_from(["\n", "\n", *_ENDS]))
    without = draw(st.sampled_from([(), (3, 4)])) if hashed else (1, 2, 3, 4)
    parts = [index for index in range(len(_PARTS)) if index not in without]
    odd = draw(st.lists(st.sampled_from(parts), max_size=2))
    return "".join(draw(st.sampled_from(_PARTS[index][index in odd])) for index in parts)


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """One line or two that may be read in two ways, among plain ones. All with hashes or all without."""
    hashed = draw(st.booleans())
    plain = st.sampled_from(
        ["", f"attrs==1.0 {ATTRS}\n", f"attrs==1.0 \\\n    {ATTRS}\n"] if hashed else ["", "attrs==1.0\n"]
    )
    lines = "".join(draw(st.lists(_lines(hashed), min_size=1, max_size=2)))
    return f"{draw(plain)}{lines}{draw(plain)}".encode()


_FILE = "file:///WHEELS/six-1.0-py3-none-any.whl"
_MARKED = "python_version>'3'"
_DIRECT = [
    *(
        f"six @ {_FILE}",
        f"six@{_FILE}",
        f"attrs @ {_FILE}",
        "six @ ./six-1.0-py3-none-any.whl",
        "./six-1.0-py3-none-any.whl",
    ),
    *(f"six @ {_FILE}#sha256={_HEX}", f"six @ {_FILE}#sha256={'ab' * 32}", f"six @ {_FILE}#sha256={_HEX.upper()}"),
    *(f"six @ {_FILE}#sha1={'ab' * 20}", f"six @ {_FILE}#sha224={'ab' * 28}", f"six @ {_FILE}#md5={'ab' * 16}"),
    *(f"six @ {_FILE}#egg=six", f"six @ {_FILE}#egg=six&sha256={_HEX}", f"six @ {_FILE} #sha256={'ab' * 32}"),
    *(f"six @ {_FILE}#sha256={_HEX[:-2]}", f"six @ {_FILE}#sha256=", f"six @ {_FILE}#blake2b={'ab' * 64}"),
    *(f"six @ {_FILE};{_MARKED}", f"six @ {_FILE}; {_MARKED}", f"six @ {_FILE} ; {_MARKED}", f"{_FILE} ; {_MARKED}"),
    *(_FILE, f"{_FILE}#sha256={_HEX}", f"{_FILE}#egg=six", f"{_FILE};{_MARKED}", f"{_FILE}#egg=six&sha256={'ab' * 32}"),
    *("./six-1.0-py3-none-any.whl;" + _MARKED, "./six-1.0-py3-none-any.whl ; " + _MARKED, "six-1.0-py3-none-any.whl"),
    *(f"./six-1.0-py3-none-any.whl#sha256={_HEX}", "six-1.0-py3-none-any.whl[x]", "/WHEELS/six-1.0-py3-none-any.whl"),
    *("./project", "project @ ./project", "project/", "-e ./project", "-e./project", "-e=./project", '-e "./project"'),
    *(
        "--edit ./project",
        "-e ./project word",
        "-e ./project -e ./project",
        "-e ./project#egg=project",
        "-e\n./project",
    ),
    *("-e ./project ; python_version<'3'", "-e ./project --pre", "-e six==1.0", "-e project", "-e ./project#x"),
    *(
        "./project ; python_version<'3'",
        "-e ./project[x]",
        "-e ./project \\\nattrs==1.0",
        "-e ./six-1.0-py3-none-any.whl",
    ),
]


def _known() -> list[str]:
    plain = f"attrs==1.0 {ATTRS}\n"
    return [
        *(f"{option}\nsix==1.0\n" for option in _OPTIONS),
        *(f"{option} \\\nsix==1.0\n" for option in _OPTIONS[::7]),
        *(f"{option} # c \\\nsix==1.0\n" for option in _OPTIONS[::7]),
        *(f"{requirement}\n" for requirement in _REQUIREMENTS),
        *(f"{requirement} {RIGHT}\n" for requirement in _REQUIREMENTS),
        *(f"six==1.0 {option}\n" for option in _HASHES),
        *(f"six==1.0 {option} {RIGHT}\n" for option in _HASHES),
        *(f"six==1.0{before}{RIGHT}\n" for before in _BEFORE_HASH),
        *(f"six==1.0 {RIGHT}{before}{WRONG}\n" for before in _BEFORE_HASH),
        *(f"six==1.0{end}attrs==1.0\n" for end in _ENDS),
        *(f"six==1.0{end}" for end in _ENDS),
        *(f"six==1.0 {RIGHT}{end}{plain}" for end in _ENDS),
        *(f"six==1.0 {RIGHT}{end}" for end in _ENDS),
        *(f"{other}\nsix==1.0\n" for other in _OTHERS),
        *(f"six==1.0 \\\n{other}\n    {RIGHT}\n" for other in _OTHERS),
        *(f"six==1.0 {a}\nsix==1.0 {b}\n" for a in (RIGHT, WRONG, "") for b in (RIGHT, WRONG, "")),
        *(f"six==1.0 {RIGHT}\n{other}\n" for other in ("attrs==1.0", "attrs==1.0 ; os_name=='x'", "evil")),
        *(f"attrs==1.0 ; python_version<'3' {ATTRS}\nsix==1.0\n",),
        *(f"-i https://index.example/{a}\n-i https://index.example/{b}\nsix==1.0\n" for a, b in ("aa", "ab")),
        *(f"{direct}\n" for direct in _DIRECT),
        *(f"{direct} {option}\n" for direct in _DIRECT for option in (RIGHT, WRONG)),
        *("./project\n-e ./project\n", f"-e ./project\nattrs==1.0 {ATTRS}\n", f"./project\nattrs==1.0 {ATTRS}\n"),
        *("-c extras.txt\nsix\n", "-c unnamed.txt\nsix\n", "-c formats.txt\nsix\n", "-r formats.txt\nsix\n"),
        *(
            "\\",
            " \\",
            "\\\\\n",
            f"six==1.0 {RIGHT}\n\\\\\n",
            "six==1.0\n \\",
            "\\ \\\n# c\n",
            "-r a.txt \\\n ",
            "-r a.txt \\\n# c\n",
        ),
        *("--pre\nprr\n", "-c hashed.txt\nsix\n", f"-c hashed.txt\nsix==1.0 {RIGHT}\n", "-c hashed.txt\nattrs==1.0\n"),
    ]


def _encoded() -> list[bytes]:
    pins = b"six==1.0\nattrs==1.0\n"
    codecs = ("latin-1", "cp1252", "gbk", "shift_jis", "utf-7", "unicode_escape", "utf-16", "hz", "ascii", "no-such")
    return [
        *(f"# coding: {codec}\n".encode() + pins for codec in codecs),
        *(f"# coding: {codec}\n# é\n".encode() + pins for codec in codecs),
        *(f"# coding: {codec}\n# ".encode() + b"\xc4\xe3\n" + pins for codec in codecs),
        b"# coding: utf-7\n# +AAo-evil==1.0\n" + pins,
        b"# coding: unicode_escape\n# \\nevil==1.0\n" + pins,
        b"# coding: hz\n# ~\nevil==1.0\n" + pins,
        b"# coding: latin-1\n# \x85evil==1.0\n" + pins,
        b"# \xe9\n" + pins,
        *(pins.decode().encode(codec) for codec in ("utf-8-sig", "utf-16", "utf-32", "utf-16-le")),
    ]


KNOWN: list[bytes] = list(dict.fromkeys([*(text.encode() for text in _known()), *_encoded()]))
"""Each piece by itself, in the least document that makes sense of it."""
