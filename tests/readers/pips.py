"""Several versions of pip, each in a folder and a process of its own, that read the same bytes."""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from packaging.version import Version

from tests.property.readings import Reading, told
from tests.readers import oracle


class Pip:
    """A pip at work, from its folder. Closing it ends it."""

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-I", str(oracle.__file__), str(folder.resolve())]
        # An empty environment: in the locale C, Python takes UTF-8, so that pip's last resort is the same everywhere.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={})
        self.version = Version(json.loads(self._answer()))
        if str(self.version) != folder.name:
            self.close()
            raise RuntimeError(f"{folder} holds pip {self.version}")

    def answers(self, documents: Sequence[bytes]) -> list[str]:
        """What the oracle says of each document, in JSON."""
        # Beside the reading, since either pipe may be full before the other end is empty.
        writing = threading.Thread(target=self._write, args=(documents,))
        writing.start()
        try:
            return [self._answer() for _ in documents]
        finally:
            writing.join()

    def _write(self, documents: Sequence[bytes]) -> None:
        assert self._process.stdin
        with contextlib.suppress(BrokenPipeError):  # _answer tells it
            self._process.stdin.writelines(f'"{base64.b64encode(data).decode()}"\n' for data in documents)
            self._process.stdin.flush()

    def _answer(self) -> str:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.wait()}")
        return line

    def close(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


class Pips:
    """All of them at once."""

    def __init__(self, pips: Sequence[Pip]) -> None:
        self._pips = pips
        self._threads = ThreadPoolExecutor(len(pips))
        self.versions = tuple(pip.version for pip in pips)

    def ask(self, documents: Sequence[bytes]) -> Callable[[], Iterator[dict[Version, Reading]]]:
        """Have all of them read. What is returned waits for the answers: by version, document by document."""
        futures = [self._threads.submit(pip.answers, documents) for pip in self._pips]

        def readings() -> Iterator[dict[Version, Reading]]:
            # Not in the threads: Python 3.11 parses literals, as markers hold them, in one thread at a time.
            for answers in zip(*(future.result() for future in futures), strict=True):
                told_once = {answer: told(json.loads(answer)) for answer in set(answers)}
                yield {version: told_once[answer] for version, answer in zip(self.versions, answers, strict=True)}

        return readings


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Pips]:
    """Every pip that `make pips` has put into this folder, the oldest first."""
    folders = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: Version(path.name))
    with contextlib.ExitStack() as stack:
        pips = []
        for path in folders:
            pips.append(Pip(path))
            stack.callback(pips[-1].close)
        yield Pips(pips)
