"""A replica that asks nobody: real names, and documents as large and as many as PyPI's, of made-up digits.

    python -m bench.made --names bench/names.txt --to .bench/replica

How many releases and files projects have, how long their descriptions are and how
much they need follows what was counted on some hundred of the most used projects
(`_RELEASES` and the others below). The same names give the same bytes, on any machine. Digests are random, so they
do not pack, as real ones do not; descriptions are words by Zipf's law, and pack as
prose does. For real documents there is `bench.record`.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import random
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from bench import documents

ORIGIN = "made"
_AT = (0.0, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.99, 1.0)
_RELEASES = (1, 10, 19, 42, 86, 164, 273, 629, 2000)
_NEWEST_FILES = (1, 2, 2, 2, 4, 30, 50, 100, 140)
_DESCRIPTION = (0, 740, 1340, 3700, 7500, 19200, 31400, 46300, 107000)
_NEEDS = (0, 0, 0, 2, 6, 15, 28, 69, 92)
_MOST_FILES = 15_000  # of one project
_NEWEST = datetime(2026, 3, 1, tzinfo=UTC)
_PYTHONS = ("cp311", "cp312", "cp313", "cp310", "cp39", "cp314", "cp38", "cp314t", "pp311", "pp310", "cp37", "cp313t")
_PLATFORMS = (
    "manylinux_2_17_x86_64.manylinux2014_x86_64",
    "macosx_11_0_arm64",
    "win_amd64",
    "macosx_10_13_x86_64",
    "manylinux_2_17_aarch64.manylinux2014_aarch64",
    "musllinux_1_2_x86_64",
    "musllinux_1_2_aarch64",
    "win32",
    "manylinux_2_17_ppc64le.manylinux2014_ppc64le",
    "manylinux_2_17_s390x.manylinux2014_s390x",
    "manylinux_2_31_armv7l",
    "win_arm64",
)
_CLASSIFIERS = tuple(
    f"{kind} :: {value}"
    for kind, values in {
        "Development Status": ("5 - Production/Stable",),
        "Intended Audience": ("Developers", "Science/Research"),
        "Programming Language :: Python": ("3", "3 :: Only", "3.10", "3.11", "3.12", "3.13", "3.14"),
        "Topic": ("Software Development :: Libraries", "Utilities"),
    }.items()
    for value in values
)


def of_share(share: float, quantiles: Sequence[float]) -> int:
    """What so large a share of all projects has at most: a straight line between the quantiles at `_AT`."""
    for (low, high), (least, most) in zip(itertools.pairwise(_AT), itertools.pairwise(quantiles), strict=True):
        if share <= high:
            return round(least + (most - least) * (share - low) / (high - low))
    return round(quantiles[-1])


def versions(count: int) -> list[str]:
    """The oldest first."""
    return [f"{n // 100}.{n // 10 % 10}.{n % 10}" for n in range(1, count + 1)]


def filenames(name: str, version: str, count: int) -> list[str]:
    """One wheel for all, or a source distribution and wheels; the first ones are those that most machines take."""
    stem = f"{name.replace('-', '_')}-{version}"
    if count <= 2:
        return [f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"][:count]
    tags = itertools.islice(itertools.product(_PLATFORMS, _PYTHONS), count - 1)
    wheels = (f"{stem}-{python.rstrip('t')}-{python}-{platform}.whl" for platform, python in tags)
    return [*wheels, f"{stem}.tar.gz"]


class _Words:
    """Prose without end."""

    def __init__(self) -> None:
        dice = random.Random("words")
        letters = "etaoinshrdlcumwfgypbvk"
        self._words = ["".join(dice.choices(letters, k=dice.randint(2, 11))) for _ in range(4000)]
        self._weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(len(self._words))))

    def text(self, dice: random.Random, length: int) -> str:
        words = dice.choices(self._words, cum_weights=self._weights, k=length // 6 + 1)
        lines = (" ".join(words[at : at + 12]) for at in range(0, len(words), 12))
        return "\n".join(lines)[:length]


_WORDS = _Words()


def _file(
    dice: random.Random, filename: str, uploaded: datetime, metadata: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A file as the JSON API tells it, and as the Simple API does."""
    sha256, blake2b, md5 = dice.randbytes(32).hex(), dice.randbytes(32).hex(), dice.randbytes(16).hex()
    wheel = filename.endswith(".whl")
    size = dice.randint(8_000, 6_000_000)
    path = f"packages/{blake2b[:2]}/{blake2b[2:4]}/{blake2b[4:]}/{filename}"
    moment = uploaded + timedelta(seconds=dice.randint(1, 900), microseconds=dice.randint(0, 999_999))
    long = {
        "comment_text": None,
        "digests": {"blake2b_256": blake2b, "md5": md5, "sha256": sha256},
        "downloads": -1,
        "filename": filename,
        "has_sig": False,
        "md5_digest": md5,
        "packagetype": "bdist_wheel" if wheel else "sdist",
        "python_version": filename.split("-")[2] if wheel else "source",
        "requires_python": ">=3.8",
        "size": size,
        "upload_time": f"{moment:%Y-%m-%dT%H:%M:%S}",
        "upload_time_iso_8601": f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
        "url": f"{documents.HOST}/files/{path}",
        "yanked": False,
        "yanked_reason": None,
    }
    core_metadata = {"sha256": metadata} if wheel else False
    short = {
        "core-metadata": core_metadata,
        "data-dist-info-metadata": core_metadata,
        "filename": filename,
        "hashes": {"sha256": sha256},
        "provenance": None,
        "requires-python": ">=3.8",
        "size": size,
        "upload-time": long["upload_time_iso_8601"],
        "url": f"../../files/{path}",
        "yanked": False,
    }
    return long, short


def _needs(dice: random.Random, name: str, others: Sequence[str]) -> list[str]:
    """What the release needs; two thirds of it for extras and old Pythons only. All of it is in the replica."""
    count = min(of_share(dice.random(), _NEEDS), len(others) - 1)
    chosen = [other for other in dice.sample(others, count) if other != name]
    ends = ("", '; python_version < "3.8"', '; extra == "dev"')
    return [f"{other}>=0.0.1{dice.choice(ends)}" for other in chosen]


def _metadata(info: dict[str, Any]) -> bytes:
    """What the METADATA of its wheels says (core metadata 2.1)."""
    lines = [f"Metadata-Version: 2.1\nName: {info['name']}\nVersion: {info['version']}\nSummary: {info['summary']}\n"]
    lines += [f"Requires-Dist: {need}\n" for need in info["requires_dist"] or ()]
    lines += ["Requires-Python: >=3.8\nProvides-Extra: dev\nDescription-Content-Type: text/markdown\n\n"]
    return "".join([*lines, info["description"]]).encode()


def _info(dice: random.Random, name: str, version: str, others: Sequence[str]) -> dict[str, Any]:
    needs = _needs(dice, name, others)
    page = f"{documents.HOST}/project/{name}/"
    return {
        "author": "The authors",
        "author_email": f"authors@{name}.example",
        "bugtrack_url": None,
        "classifiers": list(_CLASSIFIERS),
        "description": _WORDS.text(dice, of_share(dice.random(), _DESCRIPTION)),
        "description_content_type": "text/markdown",
        "docs_url": None,
        "download_url": None,
        "downloads": {"last_day": -1, "last_month": -1, "last_week": -1},
        "dynamic": None,
        "home_page": None,
        "keywords": "one, two, three",
        "license": None,
        "license_expression": "Apache-2.0",
        "license_files": ["LICENSE"],
        "maintainer": None,
        "maintainer_email": None,
        "name": name,
        "package_url": page,
        "platform": None,
        "project_url": page,
        "project_urls": {"Homepage": f"https://{name}.example/", "Source": f"https://{name}.example/source/"},
        "provides_extra": ["dev"],
        "release_url": f"{page}{version}/",
        "requires_dist": needs or None,
        "requires_python": ">=3.8",
        "summary": _WORDS.text(dice, 60).replace("\n", " "),
        "version": version,
        "yanked": False,
        "yanked_reason": None,
    }


def make(folder: Path, others: Sequence[str], name: str) -> None:
    """Write all documents of one project."""
    dice = random.Random(name)
    newest_files = of_share(dice.random(), _NEWEST_FILES)
    count = max(1, min(of_share(dice.random(), _RELEASES), _MOST_FILES // newest_files))
    of_all = versions(count)
    info = _info(dice, name, of_all[-1], others)
    metadata = _metadata(info)
    releases: dict[str, list[dict[str, Any]]] = {}
    files: list[dict[str, Any]] = []
    for number, version in enumerate(of_all, 1):
        of_it = newest_files if number == count else max(1, round(newest_files * (0.3 + 0.7 * number / count)))
        uploaded = _NEWEST - timedelta(days=(count - number) * 3000 // count)
        of_release = hashlib.sha256(metadata).hexdigest() if number == count else dice.randbytes(32).hex()
        made = [_file(dice, filename, uploaded, of_release) for filename in filenames(name, version, of_it)]
        releases[version] = [long for long, _ in made]
        files += [short for _, short in made]
    serial = dice.randint(10_000_000, 40_000_000)
    project = {
        "info": info,
        "last_serial": serial,
        "releases": releases,
        "urls": releases[of_all[-1]],
        "vulnerabilities": [],
    }
    page = {
        "alternate-locations": [],
        "files": files,
        "meta": {"_last-serial": serial, "api-version": "1.4"},
        "name": name,
        "project-status": {"status": "active"},
        "versions": of_all,
    }
    documents.put(documents.project_path(folder, name), documents.dumps(project))
    documents.put(
        documents.release_path(folder, name, of_all[-1]), documents.dumps(documents.release(project, of_all[-1]))
    )
    documents.put(documents.page_path(folder, name), documents.dumps(page))
    for file in releases[of_all[-1]]:
        if file["packagetype"] == "bdist_wheel":
            documents.put(documents.metadata_path(folder, file["filename"]), metadata, packed=False)


def one_release(folder: Path, name: str, files: int) -> None:
    """Write the document of one release, of a project that has no other and needs nothing."""
    dice = random.Random(name)
    version = "1.0"
    info = {**_info(dice, name, version, [name]), "requires_dist": []}
    made = (_file(dice, filename, _NEWEST, "0" * 64)[0] for filename in filenames(name, version, files))
    document = documents.release({"info": info, "last_serial": 1, "releases": {version: list(made)}}, version)
    documents.put(documents.release_path(folder, name, version), documents.dumps(document))


def replica(folder: Path, of_names: Sequence[str]) -> documents.Manifest:
    """Make a whole one, on all cores."""
    with ProcessPoolExecutor() as pool:
        list(pool.map(partial(make, folder, of_names), of_names, chunksize=8))
    return documents.finish(folder, ORIGIN)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=Path, default=Path(__file__).parent / "names.txt")
    parser.add_argument("--to", type=Path, default=Path(".bench/replica"))
    options = parser.parse_args()
    print(replica(options.to, documents.names(options.names)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
