"""``hashpin`` and ``python -m hashpin``."""

import gc
import sys

from hashpin import __version__


def run() -> None:
    """The console script."""
    if sys.argv[1:] == ["--version"]:  # scripts ask for it often, and nothing else has to be imported for it
        try:
            print(f"hashpin {__version__}", flush=True)
        except OSError:  # a full disk, a reader that has gone
            sys.exit(3)
        return
    # Next to nothing here is garbage in circles, and looking for it as often as usual takes a tenth of a run.
    gc.set_threshold(50_000, 20, 100)
    from hashpin.cli import run as command_line

    command_line()


if __name__ == "__main__":
    run()
