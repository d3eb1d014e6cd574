"""Large inputs of every nasty repetition: each must be read and edited in two seconds.

    python -m fuzz.big_inputs
    python -m fuzz.big_inputs --kilobytes 256 --only brackets

A stranger's pull request may hold a file of any shape. What takes more than
linear time holds up whoever checks it. Prints the slowest inputs; ends 1 if one
was too slow, did not come back or made the reader or the editor raise.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection

from hashpin import formats, text
from hashpin.encoding import Undecodable, decode, encode
from hashpin.model import Digest, SetHashes, Source

_HASH = f"--hash=sha256:{'a' * 64}"
_WANTED = frozenset({Digest("sha256", "b" * 64), Digest("sha256", "c" * 64)})

# What is repeated, in groups that --only names.
UNITS = {
    "brackets": ["[", "]", "[]", "[a]", "[a", "(", ")", "()", "{", "<"],
    "quotes": ["'", '"', "''", "'a'", "' ", "'a' ", '"a" ', "\"'", "a'b ", "\\'", '\\"'],
    "backslashes": ["\\", "\\ ", "a\\ ", " \\", "\\\\ ", "\\\t"],
    "hashes": ["--hash=", " --hash=", " --hash ", " --hash=sha256:", f" {_HASH}", _HASH, "\t--hash=a", " --has='a'"],
    "options": ["-", " -", "--", " -- ", " --p", "-r ", " -ra", " -C a=b", " --pre", " --pre x", " -e .", " -i a"],
    "comments": ["#", " #", "# ", " # ", "a#", "\t#", "#\\", "\u2003#"],
    "blanks": [" ", "\t", "\u00a0", "\u2003", "\x1f", "  a", "\x00", "\ufeff"],
    "words": ["a", "a ", " a", "a,", ",", "A-", "_.", "1", "1.", ".", "1!", "+1", "é", "\U0001f600", "${", "${A}", "%"],
    "clauses": ["=", "==", "==1", "==1,", ">=1,", "==1.*,", "~=1 ", ";", " ; ", "a==1;", "===a,", "!", "<1"],
    "markers": [
        "'a'=='a' or ",
        "os_name=='a' and ",
        "(os_name=='a') or ",
        "not in ",
        "a or ",
        " in ",
        "extra=='a' or ",
    ],
    "addresses": ["@", " @ ", "a@", "a @ ", "/", "//", "://", "https://", "git+", "?", "&sha256=a", "#a", ".zip", "./"],
    "lines": [
        *("\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\r\n", " \n", "\\\n", " \\\n", "\\\r\n", " \\\u2028"),
        *("#\n", "# \\\n", " # \\\n", "\\\n#\n", " \\\n # a\n", "a \\\n#\n"),
        *("a\n", "a==1\n", "a==1\u2028", "a==1\r\n", f"a==1 {_HASH}\n", f"a==1 \\\n  {_HASH}\n", f"a==1\n  {_HASH}\n"),
        *(f"{_HASH}\n", f" \\\n  {_HASH}", f" \\\n # a\n  {_HASH}", f"# a\n{_HASH}\n", f"# a \\\n{_HASH}\n", "--pre\n"),
        *("-r a\n", "-c a\n", "-e a\n", "a>=1\n", "https://a/b.zip\n", "'\n", "[\n", "a==1 \\\n", " --hash=a \\\n"),
        *("${A}\n", "a==1;\n", "a==1 # b\n", "a==1 -C a=b --hash=a\n", "# coding: utf-8\n", f"a==1 -C a=b {_HASH}\n"),
    ],
}

# What stands before and behind the repetition.
PLACES = {
    "alone": ("", ""),
    "behind a name": ("six", ""),
    "behind a pin": ("six==1.0 ", ""),
    "behind a pin's hash": (f"six==1.0 {_HASH} ", ""),
    "between hashes": (f"six==1.0 {_HASH} ", f" {_HASH}\n"),
    "between a pin and its hash": ("six==1.0 ", f" {_HASH}\n"),
    "in a digest": ("six==1.0 --hash=", ""),
    "in a quoted digest": ("six==1.0 --hash='", f"' {_HASH}\n"),
    "in an option's value": ("six==1.0 -C 'a=", f"' {_HASH}\n"),
    "in a version": ("six==", f" {_HASH}\n"),
    "in extras": ("six[", f"]==1.0 {_HASH}\n"),
    "in a marker": ("six==1.0 ; ", f" {_HASH}\n"),
    "in a marker's text": ("six==1.0 ; os_name == '", f"' {_HASH}\n"),
    "in a comment": ("six==1.0 # ", f"\n {_HASH}\n"),
    "in an address": ("x @ https://index.example/", f" {_HASH}\n"),
    "in a fragment": ("https://index.example/x.zip#", ""),
    "in an editable": ("-e ", ""),
    "in an include": ("-r ", ""),
    "before strays": (f"six==1.0 {_HASH}\n", f"\n {_HASH}\n"),
    "in a broken continuation": ("six==1.0 \\\n # ", f"\n {_HASH}\n"),
    "in a declaration": ("# coding: ", "\n"),
    "before a hash": ("", f" {_HASH}\n"),
}


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of the processor for reading, for editing every pin, and for reading the result."""

    read: float
    edit: float = 0.0
    again: float = 0.0
    fault: str = ""
    """Why there are no times: it raised, or took too long to wait for."""

    @property
    def worst(self) -> float:
        return max(self.read, self.edit, self.again)


def inputs(kilobytes: int, only: str | None) -> Iterator[tuple[str, str]]:
    """Each input with its name."""
    for group, units in UNITS.items():
        if only in (None, group):
            for unit in units:
                for place, (before, behind) in PLACES.items():
                    length = max(1, kilobytes * 1024 - len(before) - len(behind))
                    repeated = unit * (length // len(unit.encode()))
                    yield f"{unit!r} {place}", f"{before}{repeated}{behind}"


def read_and_edit(data: bytes) -> Took:
    """What a run of hashpin does with a file, the index apart."""
    start = time.process_time()
    try:
        content, encoding = decode(data)
    except Undecodable:
        return Took(time.process_time() - start)
    file = formats.parse(Source("requirements.txt", content, encoding))
    read = time.process_time()
    edits = formats.rewrite_all(file, [SetHashes("requirements.txt", pin, _WANTED, safe=True) for pin in file.pins])
    becomes = text.apply(content, edits)
    encode(becomes, encoding)
    edited = time.process_time()
    if edits:
        formats.parse(Source("requirements.txt", becomes, encoding))
    again = time.process_time()
    return Took(read - start, edited - read, again - edited)


def _child(data: bytes, patience: int, to: Connection) -> None:
    # Of the processor, as all times here: how busy the machine is must not matter.
    resource.setrlimit(resource.RLIMIT_CPU, (patience, patience))
    try:
        to.send(read_and_edit(data))
    except BaseException as error:
        to.send(Took(0.0, fault=f"raised {type(error).__name__}: {str(error)[:60]}"))


def took(content: str, patience: int) -> Took:
    """In a process of its own, which is ended when it has taken too long."""
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_child, args=(content.encode(), patience, there))
    process.start()
    there.close()  # else the end of the other process would not be seen here
    try:
        result: Took = here.recv()
        return result
    except EOFError:
        return Took(patience, fault=f"more than {patience} s")
    finally:
        process.join()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kilobytes", type=int, default=1024)
    parser.add_argument("--limit", type=float, default=2.0, metavar="SECONDS")
    parser.add_argument("--only", choices=UNITS)
    parser.add_argument("--show", type=int, default=20, help="how many of the slowest inputs are shown")
    options = parser.parse_args()
    rows: list[tuple[Took, str]] = []
    for name, content in inputs(options.kilobytes, options.only):
        result = took(content, math.ceil(2 * options.limit))
        rows.append((result, name))
        if result.fault or result.worst > options.limit:
            print(_row(result, name), flush=True)
    bad = [row for row in rows if row[0].fault or row[0].worst > options.limit]
    rows.sort(key=lambda row: -row[0].worst)
    print(f"\nThe {min(options.show, len(rows))} slowest of {len(rows)} inputs of {options.kilobytes} KB")
    print("   read    edit   again  input")
    for result, name in rows[: options.show]:
        print(_row(result, name))
    print(f"{len(bad)} above {options.limit:g} s or raising")
    return 1 if bad else 0


def _row(result: Took, name: str) -> str:
    return f"{result.read:7.2f} {result.edit:7.2f} {result.again:7.2f}  {name}  {result.fault}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
