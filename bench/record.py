"""Makes a replica of real documents: asks an index for the projects that a file names.

    python -m bench.record --names FILE --to FOLDER [--index-url URL]

For each name: its document in the JSON API, its page in the Simple API, and the core
metadata of its newest release's wheels, where the index has it. The document of that release is made
from the project's (`documents.release`), so an index without such documents will do. That is
some three requests and a megabyte for each name, and each is asked for once: what a folder holds
already is not asked for again, so a run that was stopped goes on where it was. Names that the
index does not have are told, and left out. Mind whose index it is: `bench.made` makes
a replica that asks nobody, and is what `make bench` takes.

What comes back is a stranger's: it is bounded in size, and what it names becomes a file
here only where that is a plain name.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from packaging.utils import NormalizedName, canonicalize_name
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from bench import documents
from hashpin import HOME_PAGE, __version__
from hashpin.indexes.address import IndexAddress

ORIGIN = "recorded"
_AT_ONCE = 8
_LARGEST = 100 * 1024 * 1024  # bytes of one answer
_SIMPLE = "application/vnd.pypi.simple.v1+json"
_TRIES = Retry(4, backoff_factor=1, status_forcelist=(429, 500, 502, 503, 504))
_TIMEOUT = 60  # seconds without a byte
_ABSENT = (403, 404, 410)


class Unrecorded(Exception):
    """The index has not got a project, or nothing of it that a replica can serve; the message says why."""


class Recorder:
    """Asks one index, and writes into one folder. Safe to use from several threads."""

    def __init__(self, address: IndexAddress, folder: Path) -> None:
        self._address = address
        self._folder = folder
        self._session = requests.Session()
        self._session.headers["User-Agent"] = f"hashpin-bench/{__version__} (+{HOME_PAGE})"
        adapter = HTTPAdapter(pool_maxsize=_AT_ONCE, max_retries=_TRIES)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def record(self, name: str) -> None:
        """Everything of one project, unless it is there; the page is written last. Raises Unrecorded."""
        page_path = documents.page_path(self._folder, name)
        if page_path.exists():
            return
        url = self._address.project_json(NormalizedName(name))
        if url is None:
            raise Unrecorded("the index has no JSON API beside its Simple API")
        project = self._document(url, "application/json")
        page = self._document(self._address.project_page(NormalizedName(name)), _SIMPLE)
        version = _newest(project, name)
        if version is None:
            raise Unrecorded("no final release whose files are all there")
        of_release = {file["filename"] for file in project["releases"][version]}
        for file in page["files"]:
            if file["filename"] in of_release:
                self._metadata(file, self._address.project_page(NormalizedName(name)))
        documents.put(documents.project_path(self._folder, name), documents.dumps(_rehosted(project)))
        release = documents.release(_rehosted(project), version)
        documents.put(documents.release_path(self._folder, name, version), documents.dumps(release))
        documents.put(page_path, documents.dumps(documents.at_home(page)))

    def _metadata(self, file: Mapping[str, Any], base: str) -> None:
        filename = file["filename"]
        if not filename.endswith(".whl") or not documents.safe(filename):
            return
        path = documents.metadata_path(self._folder, filename)
        if path.exists():
            return
        content = self._get(urljoin(base, file["url"]).partition("#")[0] + ".metadata", "*/*")
        if content is not None:
            documents.put(path, content, packed=False)

    def _document(self, url: str, accept: str) -> dict[str, Any]:
        content = self._get(url, accept)
        if content is None:
            raise Unrecorded("the index does not have it")
        found = json.loads(content)
        if not isinstance(found, dict):
            raise Unrecorded("the index answered JSON of another shape")
        return found

    def _get(self, url: str, accept: str) -> bytes | None:
        """The bytes at an address; None where there is nothing. Raises Unrecorded."""
        try:
            with self._session.get(url, headers={"Accept": accept}, timeout=_TIMEOUT, stream=True) as response:
                content: bytes = response.raw.read(_LARGEST + 1, decode_content=True)
        except (requests.RequestException, HTTPError) as error:
            raise Unrecorded(f"the index could not be asked ({type(error).__name__})") from error
        if response.status_code in _ABSENT:
            return None
        if response.status_code != 200:
            raise Unrecorded(f"the index answered {response.status_code}")
        if len(content) > _LARGEST:
            raise Unrecorded(f"the index answered more than {_LARGEST // 2**20} MiB")
        return content


def _newest(project: Mapping[str, Any], name: str) -> str | None:
    """The version to pin; None where the document is of another project or has none."""
    if canonicalize_name(project["info"]["name"]) != name:
        raise Unrecorded("the index answered for another project")
    return documents.newest(project)


def _rehosted(project: Mapping[str, Any]) -> dict[str, Any]:
    """The same with the addresses of all files on the placeholder's host."""
    releases = {version: [_moved(file) for file in files] for version, files in project["releases"].items()}
    return {**project, "releases": releases, "urls": [_moved(file) for file in project["urls"]]}


def _moved(file: Mapping[str, Any]) -> dict[str, Any]:
    path = documents.path_of(file["url"])
    return {**file, "url": f"{documents.HOST}/files/{path}"}


def record(address: IndexAddress, folder: Path, names: list[str]) -> Iterator[tuple[str, str | None]]:
    """Record them, some at a time; each name, and why it was left out if it was."""
    recorder = Recorder(address, folder)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        yield from zip(names, pool.map(partial(_told, recorder), names), strict=True)


def _told(recorder: Recorder, name: str) -> str | None:
    try:
        recorder.record(name)
    except Unrecorded as error:
        return str(error)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return f"the index answered what is no document of a project ({type(error).__name__})"
    return None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--names", type=Path, required=True, help="one a line")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--index-url", help="the Simple API; default PyPI's")
    options = parser.parse_args()
    address = IndexAddress.parse(options.index_url) if options.index_url else IndexAddress.default()
    left_out = 0
    for name, reason in record(address, options.to, documents.names(options.names)):
        if reason is not None:
            print(f"{name}: {reason}", file=sys.stderr)
            left_out += 1
    print(documents.finish(options.to, ORIGIN))
    return 1 if left_out else 0


if __name__ == "__main__":
    sys.exit(main())
