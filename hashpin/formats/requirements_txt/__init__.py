r"""pip's requirements file format: read exactly as pip reads it, edited without printing it.

The pipeline is pip's own (`src/pip/_internal/req/req_file.py`, pip 26.3):

1. split at every line end that `str.splitlines` knows, not only at line feeds;
2. join a line that ends in a backslash with the next one, stripping backslashes
   from both its ends; a comment line *ends* the continuation that it stands in;
3. cut comments (`#` at the start or after white space) off the joined line;
4. split at the first token, by spaces alone, that starts with `-`: before it the
   requirement, from it on the options, split as a shell would and read as
   `optparse` does: abbreviations, `--hash VALUE`, `-rFILE`.

`${VAR}` stays as it is written, as pip leaves it where the variable is not set:
the text of a stranger must not be able to read the environment.

What pip silently drops is kept as statements, so that rules can say so. Reading
never touches the disk: whether `./x` is there is not asked.
"""

from __future__ import annotations

from collections.abc import Sequence

from hashpin.formats.requirements_txt.reading import NAME, parse
from hashpin.model import LockFile, SetHashes
from hashpin.text import Edit

__all__ = ["NAME", "parse", "rewrite"]


def rewrite(file: LockFile, wishes: Sequence[SetHashes]) -> list[Edit]:
    """For each wish the one edit that gives its pin exactly its digests, see `layout.rewrite`."""
    from hashpin.formats.requirements_txt import layout  # who only reads need not load it

    return layout.rewrite(file, wishes)
