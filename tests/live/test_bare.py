"""Bare pins become fully hashed ones that serve every system, as uv makes them."""

from __future__ import annotations

import re
from itertools import cycle
from pathlib import Path

import pytest

from tests.live import INDEX_URL, MARKS, OF_HASHES, check, download, limited, pin_file, python
from tools.compare_with_uv import hash_sets

pytestmark = MARKS

# With wheels of CPython 3.12 for both platforms (or for any), and small to download.
NAMES = limited(
    [
        *("certifi", "charset-normalizer", "idna", "markupsafe", "pyyaml", "urllib3", "packaging", "six"),
        *("requests", "click", "cffi", "attrs", "colorama", "jinja2", "typing-extensions", "itsdangerous"),
        *("wrapt", "multidict", "yarl", "frozenlist", "propcache", "psutil", "msgpack", "rpds-py", "tomli"),
        *("python-dateutil", "pytz", "tzdata", "werkzeug", "flask", "blinker", "pygments", "tqdm", "rich"),
        *("markdown-it-py", "mdurl", "filelock", "platformdirs", "distlib", "pluggy", "iniconfig", "zipp"),
        *("importlib-metadata", "jmespath", "pyjwt", "rsa", "pyasn1", "oauthlib", "soupsieve", "tabulate"),
    ]
)
# Extras, markers and comments, all of which leave the pin in force here: pip judges markers for the running
# platform, whichever --platform it downloads for.
_EXTRAS = {"requests": "[socks]", "urllib3": "[socks]", "pyjwt": "[crypto]", "markdown-it-py": "[linkify]"}
_TAILS = (
    *("", ' ; python_version >= "3.9"', "  # kept back, see the notes"),
    *(' ; sys_platform != "cygwin"  # both', ';implementation_name=="cpython" or os_name!="java"'),
)

PLATFORMS = {
    "Windows": ["win_amd64"],
    "Linux": ["manylinux_2_28_x86_64", "manylinux_2_17_x86_64", "manylinux2014_x86_64"],
}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = "# what we need\n\n"
    for line, tail in zip(pin_file("--bare", *NAMES).splitlines(), cycle(_TAILS), strict=False):
        name, _, version = line.partition("==")
        text += f"{name}{_EXTRAS.get(name, '')}=={version}{tail}\n"
    path = tmp_path_factory.mktemp("bare") / "requirements.txt"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def hashed(bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("hashed") / "requirements.txt"
    path.write_bytes(bare.read_bytes())
    fixed = python("-m", "hashpin", "fix", *OF_HASHES, "--require-hashes", str(path))
    assert fixed.returncode == 0, fixed.stdout + fixed.stderr
    return path


def test_all_are_hashed_as_the_index_has_them(hashed: Path) -> None:
    assert hash_sets(hashed.read_text(encoding="utf-8")) == hash_sets(pin_file(*NAMES))
    code, document = check(hashed)
    assert (code, document["findings"], document["unchecked"]) == (0, [], [])


def test_extras_markers_and_comments_are_kept(bare: Path, hashed: Path) -> None:
    without = re.sub(r" \\\n    --hash=\S+", "", hashed.read_text(encoding="utf-8"))
    assert without == bare.read_text(encoding="utf-8")


@pytest.mark.parametrize("system", PLATFORMS)
def test_pip_takes_the_file(system: str, hashed: Path, tmp_path: Path) -> None:
    target = ["--python-version", "3.12", "--implementation", "cp", "--abi", "cp312", "--abi", "abi3", "--abi", "none"]
    for platform in PLATFORMS[system]:
        target += ["--platform", platform]
    downloaded = download(hashed, tmp_path / "files", "--only-binary=:all:", *target)
    assert downloaded.returncode == 0, downloaded.stdout + downloaded.stderr
    assert len(list((tmp_path / "files").iterdir())) == len(NAMES)


def test_uv_says_the_same(bare: Path) -> None:
    compared = python("-m", "tools.compare_with_uv", "--index-url", INDEX_URL, str(bare))
    assert compared.returncode == 0, compared.stdout + compared.stderr
    counted = re.search(r"(\d+) pins: (\d+) equal, \d+ explained, 0 unexplained\n$", compared.stdout)
    assert counted, compared.stdout
    assert int(counted[1]) == len(NAMES)
    assert int(counted[2]) >= 0.9 * len(NAMES), "uv may refuse a release or two of today's"
