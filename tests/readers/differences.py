"""Every difference between pip's reading and hashpin's that is meant, and why.

One table for all versions of pip. What is in no row is a fault of the reader.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from hashpin.model import Digest
from tests.property.readings import What
from tests.readers.comparing import Difference

_SCHEMELESS = re.compile(r"[^@]*@(?!\s*(https?|file|ftp|(bzr|git|hg|svn)\+[a-z-]+):)", re.IGNORECASE)
_EDITABLE_BEHIND = re.compile(r"^[^-].*\s['\"]?(-e|--e)")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/")


@dataclass(frozen=True)
class Row:
    """A difference that is meant."""

    name: str
    reason: str
    example: bytes
    """A file with this difference and no other."""
    matches: Callable[[Difference], bool]
    versions: str = ""
    """Of the pips that read so; all where it is empty."""

    def holds(self, version: Version) -> bool:
        return SpecifierSet(self.versions).contains(version, prereleases=True)


def row_of(difference: Difference) -> Row | None:
    """The first row that the difference falls under."""
    return next((row for row in TABLE if row.holds(difference.version) and row.matches(difference)), None)


# --- what the rows ask ---------------------------------------------------------


def _refused(difference: Difference, reason: str) -> bool:
    """pip refuses the line for this reason, and hashpin does not."""
    pip, ours = difference.pip, difference.ours
    return (
        pip is not None
        and pip.what is What.REFUSED
        and re.search(reason, pip.reason) is not None
        and ours is not None
        and ours.what is not What.REFUSED
    )


def _refused_by_us(difference: Difference) -> bool:
    """hashpin refuses the line, and pip does not."""
    pip, ours = difference.pip, difference.ours
    return pip is not None and pip.what is not What.REFUSED and ours is not None and ours.what is What.REFUSED


def _cut_short(difference: Difference, reason: str, name: str) -> bool:
    """hashpin alone refuses the line, for a name that is this option's or the beginning of it."""
    said = difference.ours.reason if difference.ours else ""
    return _refused_by_us(difference) and said.startswith(reason) and name.startswith(said.removeprefix(reason))


def _ours_is(difference: Difference, *whats: What) -> bool:
    return difference.ours is not None and difference.ours.what in whats


def _newest_agrees(difference: Difference) -> bool:
    """The newest pip reads the line as hashpin does, or unlike in a way that is meant."""
    newest = difference.newest
    return newest is None or (newest.version != difference.version and row_of(newest) is not None)


def _on_disk(difference: Difference) -> bool:
    return difference.pip is not None and difference.pip.on_disk and difference.pip == difference.ours


def _names_a_faulty_hash(difference: Difference) -> bool:
    ours = difference.ours
    digests = [Digest.parse(text) for text in (*ours.hashes, *ours.dropped)] if ours else []
    return any(digest.weak or not digest.algorithm for digest in digests)


def _is_no_requirement(text: str) -> bool:
    try:
        Requirement(text)
    except InvalidRequirement:
        return True
    return False


_DECLARED = re.compile(rb"coding[:=]\s*([-\w.]+)")


def _decodes_to_no_text(data: bytes) -> bool:
    """Whether a declared codec makes lone surrogates of it."""
    declared = _DECLARED.search(data)
    return declared is not None and any("\ud800" <= letter <= "\udfff" for letter in data.decode(declared[1].decode()))


def _lacks(difference: Difference, *names: str) -> bool:
    """pip refuses an option that it does not have yet."""
    found = re.search(r"no such option: (--[^ ]*)", difference.pip.reason) if difference.pip else None
    return (
        found is not None
        and _refused(difference, "no such option")
        and any(name.startswith(found[1]) for name in names)
        and _newest_agrees(difference)
    )


# --- the table -------------------------------------------------------------------

TABLE = (
    # --- hashpin asks neither the disk nor for what it has no use
    Row(
        "on-disk",
        "pip reads it so where a project lies there, and stops else; what lies there may differ by machine, so hashpin"
        " takes for granted that one does",
        b"./x",
        _on_disk,
    ),
    Row(
        "editable-version",
        "pip takes `-e name==1.0` where a folder has that name; nobody's has, and hashpin says that it is no project",
        b"-e six==1.0",
        lambda d: (
            d.pip is not None
            and d.pip.on_disk
            and d.pip.what is What.EDITABLE
            and "==" in d.pip.text
            and _refused_by_us(d)
        ),
    ),
    Row(
        "schemeless",
        "pip takes what follows the @ for an address, whatever it is, and fails later; look-alikes of other tools are"
        " full of `name@1.2.3`",
        b"x @ ./y",
        lambda d: (
            d.pip is not None
            and d.pip.what is What.DIRECT
            and _SCHEMELESS.match(d.pip.text) is not None
            and _refused_by_us(d)
        ),
    ),
    Row(
        "faulty-hash",
        "pip stops at it; hashpin reads on, so that weak-hash and malformed-hash say more, at the hash itself",
        b"six==1.0 --hash=md5:ab",
        lambda d: (
            _refused(d, "Arguments to --hash must be a hash name|Allowed hash algorithms for --hash")
            and _names_a_faulty_hash(d)
        ),
    ),
    Row(
        "option-value",
        "pip looks into the values of some options, each version in its way; hashpin uses none of these",
        b"--no-binary=-x",
        lambda d: _refused(
            d,
            "option --use-feature: invalid choice"
            "|Arguments to (-C|--config-settings) must be of the form KEY=VAL"
            "|--no-binary / --only-binary option requires 1 argument"
            "|--all-releases / --only-final option requires 1 argument",
        ),
    ),
    Row(
        "wheel-name",
        "pip reads the name of a wheel before it looks for it, each version more strictly; hashpin says of it what it"
        " says of every archive",
        b"x.whl",
        lambda d: (
            _refused(d, "InvalidWheelFilename|Invalid requirement") and _ours_is(d, What.DIRECT) and ".whl" in d.text
        ),
    ),
    Row(
        "marker",
        "pip reads the marker behind an address or a path; the reader evaluates no marker, and keeps the whole as it is"
        " written",
        b"https://index.example/x.zip ; bogus",
        lambda d: _refused(d, "InvalidMarker|Invalid marker|marker") and _ours_is(d, What.DIRECT) and ";" in d.text,
    ),
    Row(
        "egg-fragment",
        "pip reads the name behind egg= in an address; hashpin has no use for it",
        b"git+https://index.example/x#egg=x!y",
        lambda d: (
            _refused(d, "InvalidEggFragment|Invalid requirement")
            and _ours_is(d, What.DIRECT, What.EDITABLE)
            and re.search("[#&]egg=", d.text) is not None
        ),
    ),
    Row(
        "two-slashes",
        "a path that begins with two slashes is a share to pip, and refused but on Windows; to hashpin a path",
        b"-e //x",
        lambda d: (
            _refused(d, "Invalid requirement|is not a valid editable requirement")
            and d.ours is not None
            and d.ours.what in (What.DIRECT, What.EDITABLE)
            and d.ours.text.startswith("//")
        ),
    ),
    # --- bytes
    Row(
        "two-marks",
        "pip's codec obeys the second byte order mark and drops it, so that pip and everybody else would read different"
        " texts; hashpin refuses the file",
        codecs.BOM_UTF16_LE * 2 + "six==1.0".encode("utf-16-le"),
        lambda d: d.ours_undecodable is not None and "two byte order marks" in d.ours_undecodable,
    ),
    Row(
        "lone-surrogates",
        "some codecs decode to what is no text and can be written nowhere; hashpin refuses the file",
        b"# coding: unicode_escape\nsix==1.0 # \\ud800",
        lambda d: d.ours_undecodable is not None and d.pip_undecodable is None and _decodes_to_no_text(d.data),
    ),
    Row(
        "names-of-hosts",
        "encodings for names of hosts are none for files, and a megabyte takes minutes; hashpin refuses the file",
        b"# coding: punycode\nsix==1.0-",
        lambda d: d.ours_undecodable is not None and "which is none for files" in d.ours_undecodable,
    ),
    Row(
        "utf-32",
        "pip took the mark of UTF-32 LE for that of UTF-16 LE",
        codecs.BOM_UTF32_LE + "six==1.0".encode("utf-32-le"),
        lambda d: d.data.startswith(codecs.BOM_UTF32_LE),
        "<25",
    ),
    # --- older pips, where the newest reads as hashpin does
    Row(
        "options-of-26.2",
        "pip did not have --no-require-hashes",
        b"--no-require-hashes",
        lambda d: _lacks(d, "--no-require-hashes"),
        "<26.2",
    ),
    Row(
        "options-of-26.0",
        "pip did not have --all-releases and --only-final",
        b"--all-releases=six",
        lambda d: _lacks(d, "--all-releases", "--only-final"),
        "<26.0",
    ),
    Row(
        "abbreviations-of-26.0",
        "without --only-final, --o was short for --only-binary",
        b"--only=six",
        lambda d: _cut_short(d, "ambiguous option: ", "--only-binary") and _newest_agrees(d),
        "<26.0",
    ),
    Row(
        "global-option",
        "pip had --global-option, for setup.py; later pips refuse the line",
        b"--global-option=x",
        lambda d: _cut_short(d, "no such option: ", "--global-option") and _newest_agrees(d),
        "<25.1",
    ),
    Row(
        "requirement-before-editable",
        "pip dropped the -e behind a requirement; later pips take the requirement for what is editable",
        b"x @ git+https://index.example/x -e y",
        lambda d: (
            _EDITABLE_BEHIND.search(d.text) is not None
            and (_ours_is(d, What.EDITABLE) or _refused_by_us(d))
            and _newest_agrees(d)
        ),
        "<25",
    ),
    Row(
        "loose-versions",
        "pip's library for versions took more than the specification has, such as 1.*.dev",
        b"six==1.*.dev",
        lambda d: (
            d.pip is not None
            and d.pip.what is What.REQUIREMENT
            and _is_no_requirement(d.pip.text)
            and (_refused_by_us(d) or _ours_is(d, What.DIRECT))
            and _newest_agrees(d)
        ),
        "<24.1",
    ),
    Row(
        "strict-requirements",
        "pip's library for requirements took less: no comma behind the last clause, no address without //",
        b"six==1.0,",
        lambda d: _refused(d, "^InstallationError: Invalid requirement") and _newest_agrees(d),
        "<24.1",
    ),
    Row(
        "named-editable",
        "pip did not take `-e NAME @ ADDRESS`, but for a path of that name",
        b"-e 'x @ git+https://index.example/x'",
        lambda d: (
            "@" in d.text
            and _newest_agrees(d)
            and (
                (
                    _refused(d, "is not a valid editable requirement|Could not detect requirement name")
                    and _ours_is(d, What.EDITABLE)
                )
                or (d.pip is not None and d.pip.on_disk and d.pip.what is What.EDITABLE and _refused_by_us(d))
            )
        ),
        "<25.3",
    ),
)
