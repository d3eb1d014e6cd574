"""How far the asking has come, on a terminal."""

from __future__ import annotations

import argparse
import contextlib
import threading
from collections.abc import Iterator
from typing import Any, TextIO

from hashpin.console import Console
from hashpin.evidence import Asking


@contextlib.contextmanager
def asking(options: argparse.Namespace, console: Console) -> Iterator[Asking]:
    """How to ask, with a bar on a terminal that is gone when the asking ends, however it ends."""
    if options.quiet or not console.stderr.isatty():
        yield Asking(options.jobs, options.timeout)
        return
    bar = _Bar(console.stderr)
    bar.timer.start()
    try:
        yield Asking(options.jobs, options.timeout, bar.tell)
    finally:
        bar.stop()


class _Bar:
    """A progress bar that shows itself after a second, whether something has come by then or not."""

    def __init__(self, stream: TextIO, seconds: float = 1.0) -> None:
        self.timer = threading.Timer(seconds, self.show)
        self.timer.daemon = True
        self._stream = stream
        self._lock = threading.Lock()
        self._done, self._total = 0, 0
        self._bar: Any = None

    def tell(self, done: int, total: int) -> None:
        with self._lock:
            self._done, self._total = done, total
            if self._bar:
                self._bar.update(self._bar.task_ids[0], completed=done, total=total)

    def show(self) -> None:
        from rich.console import Console as RichConsole  # slow to import, and only a slow run shows it
        from rich.progress import Progress as RichProgress

        with self._lock:
            self._bar = RichProgress(console=RichConsole(file=self._stream), transient=True)
            self._bar.add_task("asking the index", completed=self._done, total=self._total or None)
            self._bar.start()

    def stop(self) -> None:
        self.timer.cancel()
        with self._lock:
            if self._bar:
                self._bar.stop()
            self._bar = None
