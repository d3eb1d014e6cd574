"""What a pip that runs in a test may install: wheels as small as they can be, the same bytes on every machine."""

from __future__ import annotations

import hashlib
import io
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path


def publish(folder: Path, *projects: str) -> Path:
    """Write the wheel of each project's 1.0, and a page with links to them for pip's ``--find-links``.

    The page names each file's digest, as the pages of an index do: pip trusts that as far as nothing else is said.
    """
    folder.mkdir()
    links: list[str] = []
    for project in projects:
        data = contents(project, "1.0")
        name = f"{project}-1.0-py3-none-any.whl"
        (folder / name).write_bytes(data)
        links.append(f'<a href="{name}#sha256={hashlib.sha256(data).hexdigest()}">{name}</a>\n')
    page = folder / "links.html"
    page.write_text(f"<!DOCTYPE html><html><body>\n{''.join(links)}</body></html>\n", encoding="utf-8")
    return page


def contents(name: str, version: str) -> bytes:
    about = f"{name}-{version}.dist-info"
    files = {
        f"{name}.py": b"",
        f"{about}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{about}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{path},sha256={_encoded(data)},{len(data)}\n" for path, data in files.items()]
    files[f"{about}/RECORD"] = "".join([*record, f"{about}/RECORD,,\n"]).encode()
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:  # zlibs differ, copies do not
        for path, data in files.items():
            member = zipfile.ZipInfo(path)  # of 1980
            member.create_system = 3  # also where this is no Unix
            archive.writestr(member, data)
    return stream.getvalue()


def _encoded(data: bytes) -> str:
    return urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
