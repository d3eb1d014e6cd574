"""Reads one file with hashpin's or pip's own parser, and says how long it took: JSON on the output.

A script for the interpreter that has what it measures; knows nothing of the other benches.
"""

import json
import sys
import time


def _with_hashpin(path: str) -> int:
    from pathlib import Path

    from hashpin import files
    from hashpin.formats import parse

    return len(list(parse(files.read(Path(path))).pins))  # type: ignore[arg-type]


def _with_pip(path: str) -> int:
    from pip._internal.req.req_file import parse_requirements

    return len(list(parse_requirements(path, session=None)))  # type: ignore[arg-type]


_READERS = {"hashpin": _with_hashpin, "pip": _with_pip}


def main() -> None:
    """Import first, so that reading alone is measured."""
    reader, path, tiny = sys.argv[1:]
    _READERS[reader](tiny)
    start = time.process_time()
    pins = _READERS[reader](path)
    json.dump({"seconds": time.process_time() - start, "pins": pins}, sys.stdout)


if __name__ == "__main__":
    main()
