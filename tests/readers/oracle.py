"""What pip's own parser takes from the bytes of a requirements file, line by line.

Standard library and pip, from 24.0 to 26.3. Imported, it reads by the pip that
is installed. As a script, `python -I oracle.py FOLDER` reads by the pip in that
folder: it first tells its version, then answers each line of standard input (a
file in base64, as a JSON string) with a line of JSON.

A line that pip refuses does not hide the lines below it, as it would in a run.
The disk is never asked: all is read as if there were nothing on it, and what is
refused then is read once more as if there were a project wherever pip looks.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import functools
import io
import json
import logging
import optparse
import os
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])

import pip
from pip._internal.req import constructors, req_file

HASH = "--hash"


def reading(data: bytes) -> dict[str, Any]:
    """`undecodable`, a reason or None, and the `lines` that pip sees.

    A line has its `number`, `what` it comes to, the `text` of the requirement
    or of the file it includes, the `hashes` that pip takes and those it has
    `dropped`, all `options` on it but hashes as [long name, value], the `reason`
    why pip refuses it, and `on_disk`: whether a project on the disk would help.
    """
    path = os.path.join(_folder(), "requirements.txt")
    with open(path, "wb") as file:
        file.write(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unicode_escape warns about what it reads
            _, content = req_file.get_file_content(path, cast("Any", None))  # a session is for remote files
    except Exception as error:
        return {"undecodable": _told(error), "lines": []}
    with contextlib.redirect_stderr(io.StringIO()):  # optparse prints its usage there
        return {"undecodable": None, "lines": [{"number": n} | _line(line) for n, line in req_file.preprocess(content)]}


@functools.cache
def _folder() -> str:
    folder = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.lru_cache(maxsize=20_000)
def _line(text: str) -> dict[str, Any]:
    """What a logical line comes to. It depends on nothing but its text, once its variables are filled in."""
    line: dict[str, Any] = {
        "what": "refused",
        "text": "",
        "hashes": [],
        "dropped": [],
        "options": [],
        "reason": "",
        "on_disk": False,
    }
    seen: list[list[str | None]] = []
    try:
        with _noting_options(seen):
            args, opts = req_file.get_line_parser(None)(text)
        read = req_file.ParsedLine("requirements.txt", 1, args, opts, constraint=False)
        if getattr(read, "requirement", None) is not None:  # up to 24.3 there is no such attribute without one
            line |= _requirement(read, line)
        else:
            line |= _included_or_options(opts, seen)
    except Exception as error:
        return line | {"reason": _told(error)}
    return line | {"options": [option for option in seen if option[0] != HASH]}


def _included_or_options(opts: optparse.Values, seen: list[list[str | None]]) -> dict[str, Any]:
    found: dict[str, Any] = {"what": "options", "dropped": _hashes(getattr(opts, "hashes", None))}
    if opts.requirements:
        found |= {"what": "requirements_file", "text": opts.requirements[0]}
    elif opts.constraints:
        found |= {"what": "constraints_file", "text": opts.constraints[0]}
    elif seen and all(name == HASH for name, _ in seen):
        found["what"] = "hashes"
    return found


def _requirement(read: req_file.ParsedLine, line: dict[str, Any]) -> dict[str, Any]:
    try:
        with _disk(_NOTHING):
            return _constructed(read)
    except Exception as error:
        with contextlib.suppress(Exception), _disk(_PROJECTS):
            return _constructed(read) | {"on_disk": True, "reason": _told(error)}
        raise


def _constructed(read: req_file.ParsedLine) -> dict[str, Any]:
    requirement = constructors.install_req_from_parsed_requirement(req_file.handle_requirement_line(read))
    named = (read.requirement or "").rstrip()
    if read.is_editable:
        return {"what": "editable", "text": named, "dropped": _hashes(getattr(read.opts, "hashes", None))}
    hashes = _hashes(requirement.hash_options)
    if requirement.link is not None:
        return {"what": "direct", "text": named, "hashes": hashes}
    marker = f"; {requirement.markers}" if requirement.markers else ""
    return {"what": "requirement", "text": f"{requirement.req}{marker}", "hashes": hashes}


def _hashes(options: dict[str, list[str]] | None) -> list[str]:
    return sorted(f"{name}:{value}".lower() for name, values in (options or {}).items() for value in values)


def _told(error: Exception) -> str:
    """The first line of an exception, without the name of the program that optparse puts before it."""
    message = getattr(error, "msg", None) or str(error)
    return f"{type(error).__name__}: {str(message).partition(' error: ')[2] or message}".partition("\n")[0]


@contextlib.contextmanager
def _noting_options(seen: list[list[str | None]]) -> Iterator[None]:
    """Note each option as optparse comes to it: by then it is known, and its value is there."""
    process = optparse.Option.process

    def noting(self: optparse.Option, opt: str, value: Any, values: Any, parser: Any) -> Any:
        seen.append([self._long_opts[0], value])
        return process(self, opt, value, values, parser)

    optparse.Option.process = noting  # type: ignore[method-assign]
    try:
        yield
    finally:
        optparse.Option.process = process  # type: ignore[method-assign]


# --- the disk ---------------------------------------------------------------

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


def _never(path: str) -> bool:
    return False


def _unless_address(path: str) -> bool:
    """A folder could have the name of an address. None has."""
    return bool(path) and not _ADDRESS.search(path)


def _os(exists: Any) -> SimpleNamespace:
    """The module os with another disk."""
    path = {**vars(os.path), "isdir": exists, "isfile": _never, "exists": _never}
    return SimpleNamespace(**{**vars(os), "path": SimpleNamespace(**path)})


_NOTHING = _os(_never)
_PROJECTS = _os(_unless_address)


@contextlib.contextmanager
def _disk(disk: SimpleNamespace) -> Iterator[None]:
    """Where pip makes a requirement of a line, give it this disk."""
    kept = {name: getattr(constructors, name) for name in ("os", "is_installable_dir")}
    constructors.os = disk  # type: ignore[assignment, attr-defined]
    constructors.is_installable_dir = lambda path: True  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for name, value in kept.items():
            setattr(constructors, name, value)


def main() -> None:
    os.environ.clear()  # so that ${VAR} stays, and nothing configures pip
    logging.disable()  # pip warns of much that is asked here on purpose
    print(json.dumps(pip.__version__), flush=True)
    for line in sys.stdin:
        print(json.dumps(reading(base64.b64decode(json.loads(line)))), flush=True)


if __name__ == "__main__":
    main()
