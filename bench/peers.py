"""What hashpin is measured beside: its peers, each doing the nearest same work, and the floor, curl."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Command
from bench.replica import Asked, Served

TABLE = """\
| | what it does here | where that differs from `hashpin check` |
|---|---|---|
| curl | hashpin's very requests, as many at once, the bodies thrown away | reads no file and no answer: the floor |
| hashin | writes a file of all the pins with all their hashes | asks for whole projects, compares no hash |
| uv pip compile --no-deps | writes such a file from bare pins | asks for Simple pages, compares no hash |
| pip-compile | the same, of a tenth of the pins, which need nothing | resolves; run once, for interest |
| pip | its own parser of requirements files | splits lines and options, leaves requirements and hashes as texts |
"""
_ACCEPT = "application/vnd.pypi.simple.v1+json, */*;q=0.1"
_STREAMS = 300  # the most that curl has at once; the server decides how many share a connection


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the programs are."""

    hashpin: Path
    peers: Path
    """The folder of the peers' programs: a virtual environment's."""
    switches: frozenset[str]
    """Those of the optional arguments of `hashpin check` that this one has."""

    def program(self, name: str) -> str:
        return str(self.peers / name)


def hashpin(tools: Tools, served: Served, paths: Sequence[str], *arguments: str, **env: str) -> Command:
    """`hashpin check` of files, asking a scene; without a cache unless the environment names one."""
    cold = ["--no-cache"] if "--no-cache" in tools.switches and "HASHPIN_CACHE_DIR" not in env else []
    trust = {"REQUESTS_CA_BUNDLE": str(served.certificate)} if served.scene.tls else {}
    command = [str(tools.hashpin), "check", "--index-url", served.index_url, *cold, *arguments, *paths]
    return Command(command, {**trust, **env}, asks=served)


def curl(served: Served, asked: Iterable[Asked], work: Path, at_once: int | None = None) -> Command:
    """The same documents, without what was asked for in vain.

    `at_once` is the number of connections; without it all are streams of HTTP/2.
    """
    config = work / f"{served.scene.name}-{at_once or 'http2'}.curl"
    shared = [
        "silent",
        "compressed",
        "parallel",
        f"parallel-max = {at_once or _STREAMS}",
        f'header = "Accept: {_ACCEPT}"',
    ]
    shared += ["http2" if at_once is None else "http1.1"]
    shared += [f'cacert = "{served.certificate}"'] if served.scene.tls else []
    lines = [f'url = "{served.base}{one.path}"\noutput = "/dev/null"' for one in asked if one.status == 200]
    config.write_text("\n".join([*shared, *lines]) + "\n")
    return Command([shutil.which("curl") or "curl", "-q", "-K", str(config)], asks=served)


def hashin(tools: Tools, served: Served, bare: Path, target: Path) -> Command:
    """All pins anew, into a file that is empty before."""
    pins = bare.read_text().split()
    command = [tools.program("hashin"), "--index-url", served.base, "-r", str(target), *pins]
    return Command(command, _trust(served), asks=served, before=_emptied(target))


def uv(tools: Tools, served: Served, bare: Path, target: Path) -> Command:
    command = [tools.program("uv"), "pip", "compile", "--quiet", "--no-config", "--no-deps", "--generate-hashes"]
    command += ["--no-cache", "--index-url", served.index_url, "--python-version", "3.11", "-o", str(target), str(bare)]
    return Command(command, _trust(served), asks=served, before=_gone(target))


def pip_compile(tools: Tools, served: Served, bare: Path, target: Path) -> Command:
    command = [tools.program("pip-compile"), "--quiet", "--generate-hashes", "--no-config", "--rebuild"]
    command += [
        "--index-url",
        served.index_url,
        "-o",
        str(target),
        str(bare),
        "--cache-dir",
        str(target.parent / "pip-tools"),
    ]
    command += ["--pip-args", "--no-cache-dir"]
    return Command(command, _trust(served), asks=served, before=_gone(target))


def _trust(served: Served) -> dict[str, str]:
    """Each program's own way to be told of an authority."""
    if not served.scene.tls:
        return {}
    return dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"), str(served.certificate))


def _emptied(target: Path) -> Callable[[], None]:
    def empty() -> None:
        target.write_bytes(b"")

    return empty


def _gone(target: Path) -> Callable[[], None]:
    def remove() -> None:
        target.unlink(missing_ok=True)
        shutil.rmtree(target.parent / "pip-tools", ignore_errors=True)

    return remove
