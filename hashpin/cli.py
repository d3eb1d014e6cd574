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
    console = Console(stdin, sys.stdout, sys.stderr, os.environ)  # type: ignore[arg-type]  # a terminal's is a wrapper
    code = guarded(sys.argv[1:], console)
    # Not sys.exit: after Ctrl-C it would wait for every request under way.
    os._exit(code)


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
        console.stdout.flush()
        console.stderr.flush()
        return code
    except KeyboardInterrupt:
        console.say("hashpin: interrupted")
        return 130
    except BrokenPipeError:  # whoever read us has gone; nothing more can be said
        return 3
    except Exception as error:  # a fault of hashpin's own: nothing was judged
        console.say(f"hashpin: {internal(error)}")
        return 3
