"""The nouns of hashpin. No verbs, no input or output.

Names follow PyPA's glossary, pip's option names and PyPI's JSON keys; one word
stands for one thing in the code, the messages and the documentation.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeGuard, overload

from msgspec import Struct, field
from msgspec.structs import replace

from hashpin import requirement_texts
from hashpin.encoding import Encoding
from hashpin.text import Edit, Span

if TYPE_CHECKING:
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.utils import NormalizedName
else:
    NormalizedName = str  # which it is: the cache reads what it has kept by the annotations of these classes

# --- digests ---------------------------------------------------------------

# What pip takes in --hash, with the number of hexadecimal digits of each.
# Source: pip, STRONG_HASHES in src/pip/_internal/utils/hashes.py.
STRONG_ALGORITHMS: Mapping[str, int] = {"sha256": 64, "sha384": 96, "sha512": 128}
_HEXADECIMAL = re.compile(r"[0-9a-f]+")


class Digest(Struct, frozen=True, order=True, gc=False):
    """An algorithm and a hexadecimal value, which compares in lower case."""

    algorithm: str
    value: str

    @classmethod
    def parse(cls, text: str) -> Digest:
        """``sha256:...`` as a digest; without a colon the algorithm is empty."""
        algorithm, colon, value = text.partition(":")
        return cls(algorithm, value.lower()) if colon else cls("", text.lower())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value}"

    @property
    def weak(self) -> bool:
        """Whether it names an algorithm that pip refuses."""
        return bool(self.algorithm) and self.algorithm not in STRONG_ALGORITHMS

    @property
    def fault(self) -> str | None:
        """Why no file can ever have this digest, or None. Says nothing of weak algorithms."""
        if not self.algorithm:
            return "names no algorithm (write sha256:...)"
        if not _HEXADECIMAL.fullmatch(self.value):
            return "is not hexadecimal" if self.value else "is empty"
        digits = STRONG_ALGORITHMS.get(self.algorithm, len(self.value))
        return None if len(self.value) == digits else f"has {len(self.value)} digits, {self.algorithm} has {digits}"


# --- what a file says ------------------------------------------------------


class HashOption(Struct, frozen=True, gc=False):
    """One ``--hash=...`` standing in a file."""

    digest: Digest
    span: Span
    """From the first to the last character of the option, its value included."""


class Hashes(Sequence[HashOption]):
    """The hash options of a pin as the tuple that they are, each made when it is asked for.

    Pins that are written alike share all but the place where they begin: a
    million hashes of some thousand releases weigh what those releases do.
    """

    __slots__ = ("_at", "_ends", "_starts", "digests")

    def __init__(self, digests: tuple[Digest, ...], starts: Sequence[int], ends: Sequence[int], at: int) -> None:
        """Options of these digests, which start and end so far behind an offset."""
        self.digests = digests
        self._starts = starts
        self._ends = ends
        self._at = at

    def __len__(self) -> int:
        return len(self.digests)

    def __iter__(self) -> Iterator[HashOption]:
        at = self._at
        for digest, start, end in zip(self.digests, self._starts, self._ends, strict=True):
            yield HashOption(digest, Span(at + start, at + end))

    @overload
    def __getitem__(self, index: int) -> HashOption: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[HashOption, ...]: ...

    def __getitem__(self, index: int | slice) -> HashOption | tuple[HashOption, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        span = Span(self._at + self._starts[index], self._at + self._ends[index])
        return HashOption(self.digests[index], span)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Hashes | tuple):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Source(Struct, frozen=True):
    """A file's path and its untouched text."""

    path: str
    """As people see it: relative to the working directory where it lies below, with ``/``."""
    text: str
    encoding: Encoding = field(default_factory=lambda: Encoding("utf-8"))
    shown: str | None = None
    """What editors and GitHub show instead, where the file declares an encoding of its own and that differs."""
    faithful: bool = True
    """Whether the text, encoded again, gives the bytes that were read."""


class Pin(Struct, frozen=True, gc=False):
    """A requirement held by ``==`` or ``===`` to one version, with its place and its hash options."""

    text: str
    """The requirement as pip reads it, marker included."""
    name: NormalizedName
    version: str
    """PEP 440 normalised, or for ``===`` as written where it is no PEP 440 version."""
    span: Span
    """The logical line, over all its physical lines, without the last line end."""
    place: Span
    """The requirement itself, for pointing at it."""
    tail: int
    """The offset after the last thing that pip reads on the line: a comment may follow."""
    hashes: Sequence[HashOption] = ()
    strays: tuple[HashOption, ...] = ()
    """Hash options that follow a broken continuation: the author meant them, pip drops them."""
    swallowed: tuple[HashOption, ...] = ()
    """Hash options that a comment above has taken in, since it ends in a backslash: pip never sees them."""

    @property
    def requirement(self) -> Requirement:
        return requirement_texts.read(self.text)

    @property
    def marker(self) -> Marker | None:
        return self.requirement.marker if ";" in self.text else None

    @property
    def extras(self) -> Collection[str]:
        return self.requirement.extras if "[" in self.text else ()

    @property
    def digests(self) -> tuple[Digest, ...]:
        """Of the hash options that pip takes, in the order of the file."""
        hashes = self.hashes
        return hashes.digests if isinstance(hashes, Hashes) else tuple(option.digest for option in hashes)

    @property
    def lost(self) -> tuple[HashOption, ...]:
        """The hash options that the author meant for this pin and that pip does not take, in the order of the file."""
        lost = self.strays + self.swallowed
        return tuple(sorted(lost, key=lambda option: option.span)) if lost else ()


class Unpinned(Struct, frozen=True):
    """A requirement that leaves more than one version open, or none."""

    text: str
    """The requirement as pip reads it, marker included."""
    name: NormalizedName
    span: Span
    place: Span
    hashes: tuple[HashOption, ...] = ()

    @property
    def requirement(self) -> Requirement:
        return requirement_texts.read(self.text)


class Reach(enum.Enum):
    """Whether pip can check a direct reference's hash in hash mode."""

    ARCHIVE = "an archive"
    VCS = "a version control address"
    EDITABLE = "an editable project"
    LOCAL = "a local path"


class Direct(Struct, frozen=True):
    """A requirement that says where it is: a URL, a VCS address, an editable project, a local path."""

    text: str
    reach: Reach
    span: Span
    place: Span
    name: NormalizedName | None = None
    fragment_hash: bool = False
    """The URL itself names a digest (``#sha256=...``), which satisfies hash mode."""
    hashes: tuple[HashOption, ...] = ()


class Kind(enum.Enum):
    """How a tree takes a file: as requirements (``-r``) or as constraints (``-c``)."""

    REQUIREMENTS = "-r"
    CONSTRAINTS = "-c"


class Include(Struct, frozen=True):
    """``-r PATH`` or ``-c PATH``."""

    kind: Kind
    target: str
    span: Span


class GlobalOptions(Struct, frozen=True):
    """A line of options for the whole run, such as ``--index-url``: (long name, value or None)."""

    options: tuple[tuple[str, str | None], ...]
    span: Span


class Orphan(Struct, frozen=True):
    """Hash options on a line without a requirement, after no pin that could own them."""

    hashes: tuple[HashOption, ...]
    span: Span


# The reason of a line that we do not read, though a pip with a deeper stack may.
TOO_DEEP = "too deeply nested"


class Unreadable(Struct, frozen=True):
    """A line that pip refuses."""

    reason: str
    span: Span


class Loss(enum.Enum):
    """What of a file pip drops without a word, or with a warning at most."""

    INCLUDE = "a second -r or -c on one line"
    EDITABLE = "a second -e on one line"
    LINKS = "a second --find-links on one line"
    WORDS = "words behind an option"
    OPTION = "an option behind a requirement"
    HASH = "a hash behind an editable requirement"
    BESIDE_INCLUDE = "an option beside an include"
    SWALLOWED = "a line that the comment above it has taken in"
    FRAGMENT = "the blank before it makes it a comment"


class Ignored(Struct, frozen=True):
    """A part of a file that its author meant and that pip does not take."""

    what: Loss
    text: str
    span: Span
    has_hash: bool = False
    """Whether a hash is lost with it."""


class Hidden(Struct, frozen=True):
    """What pip takes where a reader sees a comment, or sees something else."""

    text: str
    """The first line of it, as pip reads it."""
    count: int
    """How many lines pip reads there."""
    cause: str
    """The name of the line end or of the encoding that hides it."""
    span: Span


class Disagreement(Struct, frozen=True):
    """What pip and uv, or two versions of pip, read otherwise."""

    reading: str
    """Who installs what, in one clause for each."""
    advice: str
    span: Span
    minor: bool = False
    """No pin is read otherwise by it."""


class Comment(Struct, frozen=True):
    """``# hashpin: ...`` standing in a file: a word of its author to us."""

    text: str
    """Behind the colon."""
    span: Span
    scope: Span | None
    """The lines of the requirement or option that it stands beside; None where it stands alone."""


class FormatOption(Struct, frozen=True):
    """``--only-binary`` or ``--no-binary``, wherever it stands: pip obeys it for the whole run."""

    only_binary: bool
    """Else it is ``--no-binary``."""
    value: str
    line: int
    """The offset of the logical line that it stands on, by which pip reads it before what that line includes."""


Statement = Pin | Unpinned | Direct | Include | GlobalOptions | Orphan | Unreadable


class LockFile(Struct, frozen=True, dict=True):
    """A file of pins as read."""

    source: Source
    statements: tuple[Statement, ...]
    format: str
    """The name of the format that read it, and that can edit it."""
    variables: tuple[Span, ...] = ()
    """The lines that pip would fill in from the environment (`${NAME}`): nobody can tell here what they then say."""
    ignored: tuple[Ignored, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    comments: tuple[Comment, ...] = ()
    formats: tuple[FormatOption, ...] = ()
    """Every --only-binary and --no-binary that pip obeys, also those behind a requirement, in order."""
    cut: bool = False
    """It says more than anybody's file does: the rest was not read, so nothing may be said of it."""

    @property
    def pins(self) -> Iterator[Pin]:
        return (statement for statement in self.statements if isinstance(statement, Pin))

    @property
    def has_hashes(self) -> bool:
        """Whether pip sees any hash here."""
        return any(statement.hashes for statement in self.statements if _takes_hashes(statement))

    @cached_property
    def switch(self) -> Span | None:
        """The first line that switches hash mode on: a requirement with a hash, or --require-hashes.

        Looked for once, whatever number of trees a file stands in.
        """
        return next((statement.span for statement in self.statements if _switches(statement)), None)


def _switches(statement: Statement) -> bool:
    if isinstance(statement, GlobalOptions):
        return ("--require-hashes", None) in statement.options
    return _takes_hashes(statement) and bool(statement.hashes)


def _takes_hashes(statement: Statement) -> TypeGuard[Pin | Unpinned | Direct]:
    # pip drops --hash after -e (SUPPORTED_OPTIONS_EDITABLE_REQ in its req_file.py).
    match statement:
        case Pin() | Unpinned():
            return True
        case Direct():
            return statement.reach is not Reach.EDITABLE
        case _:
            return False


class Member(Struct, frozen=True):
    """A file in a tree, with the way it came in."""

    file: LockFile
    kind: Kind


class Break(enum.Enum):
    """Why an include is not followed: pip stops at it, too, or nobody can say what it will say."""

    MISSING = "the file is not there"
    RECURSIVE = "the file includes itself"
    REMOTE = "the file is somewhere else, and is fetched"


class BrokenInclude(Struct, frozen=True):
    """An include that leads to no file here."""

    include: Include
    path: str
    """Of the file that it stands in."""
    reason: Break


class Tree(Struct, frozen=True):
    """An entry file with all that it includes by ``-r`` and ``-c``: pip's unit, so hash mode is the tree's."""

    members: tuple[Member, ...]
    """The entry first."""
    broken: tuple[BrokenInclude, ...] = ()
    leads: Mapping[tuple[str, Span], str] = field(default_factory=dict)
    """By file and place of an include: the path that it leads to. Those of other trees may be among them."""
    input: bool = False
    """Lock files are made from the entry, so nobody expects hashes in it: no hash mode, and no fix."""

    @property
    def hash_mode(self) -> bool:
        """Whether pip switches hash mode on for this tree without being told on its command line."""
        return self.switch is not None

    @property
    def switch(self) -> tuple[LockFile, Span] | None:
        """What switches hash mode on: the first such line of the first such file."""
        return next(((m.file, line) for m in self.members if (line := m.file.switch) is not None), None)


# --- what a commit holds ---------------------------------------------------


class CommittedFile(Struct, frozen=True):
    """An entry of a commit's tree that is no folder."""

    mode: str
    """git's: ``100644``, ``100755`` executable, ``120000`` a symlink, ``160000`` a submodule."""
    sha: str
    """The name of the blob."""


class Commit(Protocol):
    """The files of one commit. Raises HashpinError where it cannot be read."""

    @property
    def sha(self) -> str: ...

    def file(self, path: str, /) -> CommittedFile | None:
        """What stands at a path from the repository's root, with ``/``; None where no file does."""

    def paths(self) -> Iterable[str]:
        """All paths of files, from the repository's root."""

    def read(self, file: CommittedFile, /) -> bytes:
        """The bytes of the blob, which no filter of git's has touched."""


# --- what an index says ----------------------------------------------------


class Packaging(enum.Enum):
    """What a distribution file is, as far as installing goes."""

    WHEEL = "wheel"
    SDIST = "sdist"
    OTHER = "not installable"
    """An egg, exe, msi, rpm, dmg or dumb archive: published once, of no use to pip."""


class DistributionFile(Struct, frozen=True, gc=False):
    """A file of a release, as the index publishes it."""

    filename: str
    packaging: Packaging
    digests: tuple[Digest, ...]
    uploaded: datetime | None = None
    """In UTC; None where the index does not say."""
    yanked: str | None = None
    """The reason given (may be empty), or None where the file is not yanked."""
    url: str | None = None
    """Where the index says that it is, without credentials; not always on the index's own host."""
    size: int | None = None
    """In bytes; None where the index does not say."""
    requires_python: str | None = None
    """The interpreters that pip takes it for (``>=3.9``), as the index has it; None for all."""
    core_metadata: tuple[Digest, ...] | None = None
    """PEP 658: the digests of its core metadata at ``url + ".metadata"``, perhaps none; None where not offered."""
    provenance: str | None = None
    """PEP 740: the address of its attestations; None where the index does not say."""
    index: str = ""
    """The Simple API's address of the index that publishes it, without credentials."""

    @property
    def installable(self) -> bool:
        return self.packaging is not Packaging.OTHER


class Advisory(Struct, frozen=True):
    """A known vulnerability of a release, as the index has it."""

    id: str
    """Such as ``PYSEC-2024-1`` or ``GHSA-...``."""
    aliases: tuple[str, ...] = ()
    """Other names of it, such as its CVE."""
    summary: str = ""
    fixed_in: tuple[str, ...] = ()
    """The versions that do not have it any more."""
    link: str = ""


class Release(Struct, frozen=True):
    """A release that the index has, with its files."""

    name: NormalizedName
    version: str
    files: tuple[DistributionFile, ...]
    requires_dist: tuple[str, ...] | None = None
    """What it needs, as the index's own answer has it (core metadata's Requires-Dist); None where it does not say."""
    advisories: tuple[Advisory, ...] = ()
    """Those that are not withdrawn."""
    archived: str | None = None
    """PEP 792: why the project is archived (may be empty); None where it is not, or where nobody has said."""
    told: bool = True
    """Whether the index itself names this release; False where file names alone do, which may carry another version."""

    @property
    def installable(self) -> tuple[DistributionFile, ...]:
        files = self.files
        return files if all(file.installable for file in files) else tuple(f for f in files if f.installable)

    @property
    def yanked(self) -> str | None:
        """The reason given where every file that one index has is yanked (PyPI yanks whole releases), else None."""
        by_index: dict[str, list[str | None]] = {}
        for file in self.files:
            by_index.setdefault(file.index, []).append(file.yanked)
        yanked = next((reasons for reasons in by_index.values() if None not in reasons), None)
        return None if yanked is None else next((reason for reason in yanked if reason), "")


class NoSuchRelease(Struct, frozen=True):
    """The index has the project, and not this release."""


class NoSuchProject(Struct, frozen=True):
    """The index has no project of this name: anybody may register it."""


class Quarantined(Struct, frozen=True):
    """The index holds the project back (PEP 792): it serves none of its files."""

    reason: str


class NoDigest(Struct, frozen=True):
    """The index has the release, but publishes no digest of its files."""


class NoAnswer(Struct, frozen=True):
    """Nothing that could be judged by came back."""

    reason: str


class NotOffered(Struct, frozen=True):
    """The index does not have, or does not give to anybody, what not every index has: nothing is owed."""

    reason: str


Answer = Release | NoSuchRelease | NoSuchProject | Quarantined | NoDigest | NoAnswer
Needs = tuple[str, ...] | NotOffered | NoAnswer
"""What a release needs, see `Index.requires`."""


class Project(Struct, frozen=True):
    """All releases of a project, by `versions.key` of each."""

    name: NormalizedName
    releases: Mapping[str, Release]


class Publisher(Struct, frozen=True):
    """Who uploaded a file, as its attestations say (PEP 740): a Trusted Publisher's kind and its claims."""

    kind: str
    """Such as ``GitHub``."""
    claims: tuple[tuple[str, str], ...]
    """What names it, by name: its repository, its workflow, its environment."""
    verified: bool = False
    """Whether the signature of the attestation was checked here, too."""
    failure: str | None = None
    """Why its signature does not hold, where it was checked and does not: then the attestation proves nothing."""


class Downloaded(Struct, frozen=True):
    """What came of downloading a release's files for digests that the index does not publish."""

    algorithms: frozenset[str]
    """In which digests were wanted."""
    failure: str | None = None
    """Why not every file has them now; None where every one has."""


Published = tuple[Publisher, ...] | NotOffered | NoAnswer
"""Who published a file, see `Index.publishers`."""


class Index(Protocol):
    """Answers for releases and projects. Never raises: what cannot be answered is a NoAnswer."""

    def releases(self, name: NormalizedName, versions: Sequence[str], /) -> Mapping[str, Answer]:
        """An answer for each of these versions of one project."""

    def at_hand(self, name: NormalizedName, versions: Sequence[str], /) -> Mapping[str, Answer]:
        """Those of the same answers that need no asking: earlier runs got them, and they still hold."""

    def project(self, name: NormalizedName, /) -> Project | NoAnswer:
        """All releases of one project, for explaining a hash that its own release does not have."""

    def is_one(self) -> bool:
        """Whether the address has shown itself to be an index: absence counts only then."""

    def requires(self, release: Release, /) -> Needs:
        """What a release needs: the Requires-Dist of its core metadata. Nothing is installed, built or unpacked."""

    def digests(self, file: DistributionFile, algorithms: Collection[str], /) -> tuple[Digest, ...] | NoAnswer:
        """The file's digests in these algorithms, by downloading it; none of a file that is not the published one."""

    def publishers(self, release: Release, file: DistributionFile, /) -> Published:
        """Who published a file, as its attestations say; empty where it has none."""


class ReleaseKey(Struct, frozen=True, gc=False):
    """What a pin asks the index for."""

    name: NormalizedName
    version: str


class Listed(Struct, frozen=True):
    """A hash on a pin of a file: what a change may have brought in, or found there."""

    path: str
    key: ReleaseKey
    digest: Digest


# --- what hashpin says -----------------------------------------------------


class Severity(enum.IntEnum):
    """How bad a finding is; they compare."""

    NOTE = 1
    WARNING = 2
    ERROR = 3

    @classmethod
    def named(cls, text: str) -> Severity | None:
        """By its name in lower case; None for ``never``."""
        return None if text == "never" else cls[text.upper()]


class Explanation(enum.Enum):
    """Why a hash is of no file of its release."""

    OTHER_VERSION = "other-version"
    OTHER_PROJECT = "other-project"
    REMOVED_FILE = "removed-file"
    OTHER_INDEX = "other-index"
    LOCAL_VERSION = "local-version"
    NOT_INSTALLABLE = "not-installable"
    UNEXPLAINED = "unexplained"


class Rule(Struct, frozen=True):
    """A check's name, its usual severity and what it finds in a few words."""

    name: str
    severity: Severity
    summary: str


class RulePage(Struct, frozen=True):
    """A rule with what its page says."""

    rule: Rule
    text: str


class SetHashes(Struct, frozen=True):
    """A wish: let this pin have exactly these digests."""

    path: str
    pin: Pin
    digests: frozenset[Digest]
    safe: bool
    """Nothing is trusted that the author did not already mean to trust."""

    @property
    def dropped(self) -> frozenset[Digest]:
        """The digests that the author wrote and that go away."""
        return frozenset(self.pin.digests).union(option.digest for option in self.pin.lost) - self.digests


class Verdict(enum.Enum):
    """How one hash option of a pin ends; none passes in silence."""

    __hash__ = object.__hash__  # as there is one of each; enum's own goes by the name, and takes ten times as long

    RIGHT = "of an installable file of this release"
    NOT_INSTALLABLE = "of a file of this release that pip cannot install"
    OTHER_VERSION = "of a file of another release of this project"
    LOCAL_VERSION = "of a file of a local version of this release"
    OTHER_PROJECT = "of a file of another project of this run"
    REMOVED = "of no file that the index has any more, as far as anybody can tell"
    UNKNOWN = "of no file that the index has under this project"
    MALFORMED = "can never match"
    WEAK = "of an algorithm that pip refuses"
    REPEATED = "written twice"
    UNJUDGED = "nothing to compare it with"


class Stood(Struct, frozen=True):
    """Since when a hash has stood on its pin, as far as the commit that a change starts from can tell."""

    commit: str
    """The first one that is known to have it."""
    since: datetime | None = None
    """When that was committed, in UTC."""
    with_pin: bool | None = None
    """Whether it came together with the pin's version and its other hashes; None where no history tells."""


class HashVerdict(Struct, frozen=True, gc=False):
    """One hash option with its end."""

    option: HashOption
    verdict: Verdict
    lost: bool = False
    """pip does not see it, see `Pin.lost`."""
    file: DistributionFile | None = None
    """Whose digest it is, where that is known."""
    version: str | None = None
    """With OTHER_VERSION, LOCAL_VERSION and OTHER_PROJECT: of which release."""
    project: NormalizedName | None = None
    """With OTHER_PROJECT: of which one."""
    stood: Stood | None = None
    """With REMOVED and UNKNOWN: that it stood there before."""


class Verdicts(Sequence[HashVerdict]):
    """The verdicts of a pin's hashes as the tuple that they are, each made when it is asked for.

    Pins that list the same of the same release share all but their places.
    """

    __slots__ = ("_alike", "_options", "kinds")

    def __init__(
        self, options: Sequence[HashOption], alike: Sequence[HashVerdict], kinds: frozenset[Verdict] | None = None
    ) -> None:
        """The options of one pin, each with the verdict that another pin has for it, and what kinds are among them."""
        self._options = options
        self._alike = alike
        self.kinds = frozenset(entry.verdict for entry in alike) if kinds is None else kinds

    def __len__(self) -> int:
        return len(self._alike)

    def __iter__(self) -> Iterator[HashVerdict]:
        return (replace(entry, option=option) for option, entry in zip(self._options, self._alike, strict=True))

    @overload
    def __getitem__(self, index: int) -> HashVerdict: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[HashVerdict, ...]: ...

    def __getitem__(self, index: int | slice) -> HashVerdict | tuple[HashVerdict, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return replace(self._alike[index], option=self._options[index])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Verdicts | tuple):
            return len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))
        return NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def having(self, verdicts: Collection[Verdict]) -> tuple[HashVerdict, ...]:
        """Those with one of these verdicts; no other is made."""
        if self.kinds.isdisjoint(verdicts):
            return ()
        places = [place for place, entry in enumerate(self._alike) if entry.verdict in verdicts]
        return tuple([self[place] for place in places])

    def files(self, verdicts: Collection[Verdict], *, lost: bool = True) -> list[DistributionFile]:
        """Those that the hashes with one of these verdicts are of; without `lost`, of those that pip sees."""
        return [e.file for e in self._alike if e.file and (lost or not e.lost) and e.verdict in verdicts]


class Gap(enum.Enum):
    """Why a pin may not list an installable file of its release."""

    WITH_RELEASE = "published with the release"
    LATER = "uploaded over 14 days after the release"
    UNDATED = "uploaded at a time that the index does not tell"
    YOUNG = "younger than --min-age allows"
    PATTERN = "left out by a pattern of the whole file"


class MissingFile(Struct, frozen=True, gc=False):
    """An installable file of the release whose hash a pin does not list."""

    file: DistributionFile
    gap: Gap
    days: int | None = None
    """How many whole days after the first file of the release it was uploaded; None where nobody tells."""


class Judgement(Struct, frozen=True, gc=False):
    """What the index's answer says of a pin and of each of its hashes."""

    path: str
    pin: Pin
    answer: Answer
    hashes: Verdicts
    """In the order of the file, the lost ones last."""
    missing: tuple[MissingFile, ...] = ()
    """Only for a pin with at least one right hash."""
    fix: SetHashes | None = None
    """What makes the pin right; None where it is, or where nothing can be said."""
    project_known: bool = False
    """Whether the project's other releases were looked at, too."""
    growth: SetHashes | None = None
    """What also lists the files that the author cannot have seen or has left out: always unsafe."""
    held_back: tuple[DistributionFile, ...] = ()
    """What the fix would list if it were old enough (--min-age), or if its age were known."""

    @property
    def kinds(self) -> frozenset[Verdict]:
        """Every verdict among its hashes, lost ones too."""
        return self.hashes.kinds

    def having(self, *verdicts: Verdict) -> tuple[HashVerdict, ...]:
        """The hashes with one of these verdicts, lost ones too: their author meant them."""
        return self.hashes.having(verdicts)


class Allowance(Struct, frozen=True):
    """A word of the repository's authors that a finding is meant to be there, and why."""

    rule: str
    reason: str
    path: str
    """Of the file that it stands in."""
    span: Span
    project: NormalizedName | None = None
    """In a configuration: whose findings it allows."""
    glob: str | None = None
    """In a configuration: in which files, as seen from its folder; None in all."""
    below: str = "."
    """In a configuration: where the working directory is, as seen from its folder."""


class UnusedAllowance(Struct, frozen=True):
    """An allowance that allows nothing, and why."""

    path: str
    span: Span
    reason: str


class Coverage(enum.Enum):
    """What a correction adds to a pin that is right so far."""

    KEEP = "keep"
    """Nothing."""
    RELEASE = "release"
    """The files that came with the release, as far as the file's own pattern goes."""
    ALL = "all"
    """Every installable file."""


class Platform(Struct, frozen=True):
    """A system to install on, as ``linux/amd64 cp312``."""

    text: str
    """As the user wrote it."""
    system: str
    """``linux`` (glibc), ``musl``, ``macos`` or ``windows``."""
    machine: str
    """``amd64``, ``arm64``, ... as containers name them."""
    python: tuple[int, int] | None = None
    """CPython's version; None for any."""
    free_threaded: bool = False
    """CPython's build without the global interpreter lock, which takes wheels of its own."""


class Policy(Struct, frozen=True):
    """What the user asks for beyond what the files say."""

    require_hashes: bool = False
    """As pip's ``--require-hashes``: hash mode is on in every tree."""
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    """By rule; None switches it off."""
    allowances: tuple[Allowance, ...] = ()
    """Those of the configuration; those in comments come with the files."""
    trusted: bool = True
    """Whether what the repository says about itself may take findings away."""
    configuration: Source | None = None
    """Where the severities and allowances come from."""
    coverage: Coverage = Coverage.RELEASE
    young_since: datetime | None = None
    """With --min-age: what was uploaded after this moment is too young to be added; None where age does not matter."""
    platforms: tuple[Platform, ...] = ()
    """Those that every pin must have a listed file for."""
    download: bool = True
    """Whether files may be downloaded for digests that the index does not publish."""
    indexes: tuple[str, ...] = ()
    """The Simple API's addresses that the user trusts, without credentials: the index first, then the extra ones."""


class Evidence(Struct, frozen=True):
    """All that rules may need to judge one tree. What is not known is a value, never missing."""

    tree: Tree
    members: tuple[Member, ...]
    """The members to judge here. One that stands in several trees of the same mode is judged in the first alone."""
    hash_mode: bool
    """Whether pip refuses what has no hash in this tree."""
    judgements: Mapping[str, tuple[Judgement, ...]]
    """By path: one for each pin of the file, in its order."""
    switch: str | None = None
    """The file and line that switch hash mode on, as `path:line`; None where the command line does, or nothing."""
    outermost: bool = True
    """Whether no other tree takes the whole of this one in as requirements."""
    policy: Policy = field(default_factory=Policy)
    needs: Mapping[ReleaseKey, Needs] = field(default_factory=dict)
    """The Requires-Dist of each pinned release; only in hash mode."""
    before: Mapping[str, LockFile] | None = None
    """By path: the files as they stood before this change; None where nobody knows."""
    publishers: Mapping[tuple[ReleaseKey, str], Published] = field(default_factory=dict)
    """By release and file name: who published it; only of pins whose version changed, before and after."""
    releases: Mapping[ReleaseKey, Answer] = field(default_factory=dict)
    """What the index said of all releases that it was asked for, those that were pinned before included."""
    downloaded: Mapping[ReleaseKey, Downloaded] = field(default_factory=dict)
    """The releases of which files were to be downloaded, and what came of it."""
    elsewhere: Mapping[NormalizedName, tuple[str, ...]] = field(default_factory=dict)
    """The files of this run, whatever their trees, that pin a project as a requirement."""
    partial: bool = False
    """An include of the tree was not read, so nobody knows what more it holds."""

    @property
    def requirements(self) -> Iterator[LockFile]:
        """The files of which pip installs what stands in them; constraints need no hash."""
        return (member.file for member in self.members if member.kind is Kind.REQUIREMENTS)

    @property
    def pins(self) -> Iterator[tuple[Member, Judgement]]:
        """Every pin with the file that it stands in."""
        return ((member, j) for member in self.members for j in self.judgements[member.file.source.path])

    @property
    def loose_hashes(self) -> Iterator[tuple[str, Unpinned | Direct, HashOption]]:
        """The hashes that pip sees on what is no pin, with the path: no release can be asked about them."""
        for member in self.members:
            for statement in member.file.statements:
                direct = isinstance(statement, Direct) and statement.reach is not Reach.EDITABLE
                if isinstance(statement, Unpinned) or (direct and isinstance(statement, Direct)):
                    yield from ((member.file.source.path, statement, option) for option in statement.hashes)


class Finding(Struct, frozen=True):
    """A breach of a rule at one place."""

    rule: Rule
    severity: Severity
    path: str
    span: Span
    message: str
    """The evidence, in one sentence."""
    advice: str
    """What to do next, in one sentence."""
    project: str | None = None
    version: str | None = None
    explanation: Explanation | None = None
    fix: SetHashes | None = None
    of_file: bool = False
    """It speaks of more than the line at which it stands, so that a comment there does not allow it."""
    old: bool = False
    """It stood before the change that is being looked at; False where nobody knows."""
    index: str | None = None
    """Where several indexes are asked: whose answer it is by, as the addresses of their Simple APIs."""
    topic: str = ""
    """What it is about, where a rule has several things to say at one place that do not stand for each other."""


class Correction(Struct, frozen=True):
    """What was done to one pin."""

    path: str
    project: str
    version: str
    findings: tuple[Finding, ...]
    """What was wrong with it."""
    went: tuple[HashVerdict, ...]
    """The hashes that are not listed any more, with whose they were."""
    came: tuple[tuple[Digest, DistributionFile], ...]
    """The hashes that are listed now, with whose they are."""


class LeftWhole(Struct, frozen=True):
    """A file, or the entry of a tree, in which nothing was corrected."""

    path: str
    reason: str
    """A clause that goes on after "because"."""


class Allowed(Struct, frozen=True):
    """A finding that somebody allows, and the reason given."""

    finding: Finding
    reason: str


class Unchecked(Struct, frozen=True, gc=False):
    """Something that could not be judged, and why."""

    path: str
    reason: str
    span: Span | None = None
    """None where the file itself could not be read."""
    project: str | None = None
    version: str | None = None
    told_by: str | None = None
    """The rule whose finding at this place tells of it, too: who allows that accepts this."""


class Skipped(Struct, frozen=True):
    """A file that was found and is none of ours, and why."""

    path: str
    reason: str


class Shard(Struct, frozen=True):
    """Which part of the whole a run has checked."""

    number: int
    """From 1."""
    of: int
    cut: str
    """What all shards of one cut share."""


class Report(Struct, frozen=True):
    """All that a run found, and what it could not check."""

    findings: tuple[Finding, ...]
    unchecked: tuple[Unchecked, ...]
    sources: Mapping[str, Source]
    """The sources that findings and unchecked pins point into, by path."""
    files: int
    pins: int
    hashes: int
    """The hash options that pip would take."""
    skipped: tuple[Skipped, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    debt: tuple[Finding, ...] = ()
    """With only-changed: what stood before this change, and does not count."""
    rules: tuple[RulePage, ...] = ()
    """All that were asked, whether they found something or not."""
    used: tuple[Allowance, ...] = ()
    """Those of the configuration that allowed something."""
    shard: Shard | None = None
    """None where the run has checked all that it was given."""
    edits: Mapping[SetHashes, Edit] = field(default_factory=dict)
    """How the wishes of findings are spelled, for the outputs that show it; see `fix.edits`."""

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    @property
    def worst(self) -> Severity | None:
        return max((finding.severity for finding in self.findings), default=None)


class Annotation(Struct, frozen=True):
    """What is shown at a place of a file."""

    severity: Severity
    title: str
    message: str
    path: str
    """From the root of the repository; empty where it is about no file."""
    line: int | None = None
    """The first line; None where it is about the file as a whole."""
    last_line: int | None = None
    columns: tuple[int, int] | None = None
    """Only where it is about one line: from the first column to the one behind the last."""
    old: bool = False
    """As its finding's."""


Progress = Callable[[int, int], None]
"""Told (done, total) as releases are answered."""
