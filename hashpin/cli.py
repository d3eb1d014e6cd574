"""The command line. With `action.py` the only place that exits."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module

from hashpin.console import Console
from hashpin.errors import HashpinError, UsageError, internal
from hashpin.options import parser


def main(argv: Sequence[str], console: Console) -> int:
    """Run one command. Raises HashpinError, whose kind says which exit code."""
    options = parser().parse_args(argv)
    # Named by the parser alone. What another command needs is not imported.
    command = import_module(f"hashpin.commands.{options.command}")
    code: int = command.run(options, console)
    return code


def run() -> None:
    """The console script: one process, one exit code, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a name that the terminal's encoding cannot show must not stop the run
            stream.reconfigure(errors="backslashreplace")
    stdin = sys.stdin.buffer if sys.stdin else io.BytesIO()  # closed, as in `hashpin check <&-`
    # Closed, as in `hashpin check >&-`: who wants no report has its exit code all the same.
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # until the process ends
    stdout, stderr = sys.stdout or nowhere, sys.stderr or nowhere
    console = Console(stdin, stdout, stderr, os.environ)  # type: ignore[arg-type]  # a terminal's is a wrapper
    code = guarded(sys.argv[1:], console)
    # Not sys.exit: after Ctrl-C it would wait for every request under way.
    os._exit(code)


def _flushed(console: Console) -> bool:
    """Whether all that was printed is where it belongs. Raises BrokenPipeError."""
    try:
        console.stdout.flush()
        console.stderr.flush()
    except BrokenPipeError:
        raise
    except OSError as error:  # a full disk
        console.say(f"hashpin: standard output cannot be written: {error.strerror}")
        return False
    return True


def guarded(argv: Sequence[str], console: Console) -> int:
    """`main` with every way to fail turned into a sentence and an exit code."""
    try:
        try:
            code = main(argv, console)
        except SystemExit as stop:  # argparse: --help, --version, wrong usage
            code = stop.code if isinstance(stop.code, int) else 2
        except UsageError as error:
            console.say(f"hashpin: {error}")
            code = 2
        except HashpinError as error:
            console.say(f"hashpin: {error}")
            code = 3
        return code if _flushed(console) else code or 3
    except KeyboardInterrupt:
        console.say("hashpin: interrupted")
        return 130
    except BrokenPipeError:  # whoever read us has gone; nothing more can be said
        return 3
    except Exception as error:  # a fault of hashpin's own: nothing was judged
        console.say(f"hashpin: {internal(error)}")
        return 3
