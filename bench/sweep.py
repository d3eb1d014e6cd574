"""What an organisation's sweep costs in requests: repositories made up, cut into shards, counted.

`python -m bench.sweep` prints the tables, after it has proved the counting: of a few repositories the files are
written, `hashpin check --shard` is really run on each shard against an index on loopback, without a cache and with one
for all, and the requests that come in there must be as many as were counted.

What is assumed, since nobody can know another organisation's pins:

- There are 20,000 projects, and the one of rank r is pinned r times more rarely than the first: Zipf's law with
  exponent 1, the usual guess at popularity.
- A pin is of the newest version half of the time, of the one before a quarter, and so on, up to ten back.
- A repository pins 30 projects in the middle, 3 at least and 400 at most (log-normal, sigma 0.8), in one file.
- Either all repositories draw on their own, which is the worst there can be for any cut; or each grew from one of 40
  templates of 60 projects, and four of five pins are from there, as where teams share a stack.
- Between two sweeps one pin in twenty moves to a version that is one newer.
- Every pin's hashes are right, so each release costs one request: a wrong one costs two more, wherever it stands.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import sys
import tempfile
from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import NormalizedName

from bench.claims import Claim, Result
from bench.setting import Setting
from hashpin.model import ReleaseKey
from hashpin.sharding import Unit, cut, requests
from hashpin.wording import plural
from tests.console import run
from tests.loopback import LoopbackIndex, ProjectData

PROJECTS = 20_000
VERSIONS = 10
TEMPLATES = 40
_OF_A_TEMPLATE = 60
_FROM_THERE = 0.8
_BUMPED = 0.05
SIZES = (1000, 10_000)
SHARDS = (1, 10, 50)


@dataclass(frozen=True)
class Repository:
    """A name, and the versions that it pins by project."""

    name: str
    pins: Mapping[str, int]

    @property
    def unit(self) -> Unit:
        """What `hashpin plan` makes of it."""
        keys = frozenset(ReleaseKey(NormalizedName(name), spelled(version)) for name, version in self.pins.items())
        return Unit(self.name, frozenset([f"{self.name}/requirements.txt"]), keys, len(self.pins) + 1)


def spelled(version: int) -> str:
    return f"1.{version}"


# --- drawing ---------------------------------------------------------------


def repositories(count: int, templates: int, seed: int = 1) -> list[Repository]:
    """So many, from so many templates, or without any."""
    draw = random.Random(seed)
    shares = list(itertools.accumulate(1 / rank for rank in range(1, PROJECTS + 1)))

    def project() -> str:
        return f"project-{bisect(shares, draw.random() * shares[-1]) + 1}"

    grown = [[project() for _ in range(_OF_A_TEMPLATE)] for _ in range(templates)]
    found = []
    for number in range(count):
        wanted = min(400, max(3, round(draw.lognormvariate(3.4, 0.8))))
        template = draw.choice(grown) if grown else []
        pins: dict[str, int] = {}
        for _ in range(3 * wanted):  # the same may be drawn again, and a template has an end
            if len(pins) == wanted:
                break
            name = draw.choice(template) if template and draw.random() < _FROM_THERE else project()
            pins.setdefault(name, VERSIONS - min(VERSIONS, int(draw.expovariate(0.6931))))
        found.append(Repository(f"org/repository-{number:05}", pins))
    return found


def later(found: Iterable[Repository], seed: int = 2) -> list[Repository]:
    """The same repositories at the next sweep."""
    draw = random.Random(seed)
    return [
        Repository(r.name, {name: version + (draw.random() < _BUMPED) for name, version in r.pins.items()})
        for r in found
    ]


# --- counting --------------------------------------------------------------

# Of a sweep with caches those requests are counted that bring a body: what has only expired is asked again by ETag, and
# costs a request without one.

Parts = Sequence[Sequence[Unit]]


def at_random(units: Iterable[Unit], shards: int, seed: int = 3) -> list[list[Unit]]:
    """A cut that knows nothing: what a cut by names comes to where names say nothing of pins."""
    draw = random.Random(seed)
    parts: list[list[Unit]] = [[] for _ in range(shards)]
    for unit in units:
        draw.choice(parts).append(unit)
    return parts


def releases(part: Iterable[Unit]) -> frozenset[ReleaseKey]:
    return frozenset[ReleaseKey]().union(*(unit.releases for unit in part))


def not_kept(before: Parts, now: Parts) -> int:
    """What a second sweep asks in full, where each shard has what the same shard of the first one has kept."""
    return sum(len(releases(new) - releases(old)) for old, new in zip(before, now, strict=True))


def rows(count: int, templates: int, shards: Sequence[int] = SHARDS) -> Iterator[tuple[str, ...]]:
    """The counts of one organisation, a row for each number of shards."""
    first = repositories(count, templates)
    units, again = [r.unit for r in first], [r.unit for r in later(first)]
    distinct = requests([units])
    new = len(releases(again) - releases(units))
    for number in shards:
        random_, planned = at_random(units, number), cut(units, number)
        kept = not_kept(random_, at_random(again, number)), not_kept(planned, cut(again, number)), new
        numbers = (requests(random_), requests(planned), distinct, *kept)
        yield f"{count:,}", "templates" if templates else "each its own", str(number), *(f"{n:,}" for n in numbers)


_HEAD = (
    "repositories",
    "drawn",
    "shards",
    "requests, cut at random",
    "cut by releases",
    "one cache for all shards",
    "next sweep, at random: a cache for each shard",
    "by releases: a cache for each shard",
    "one cache for all shards",
)


def table(sizes: Sequence[int] = SIZES, shards: Sequence[int] = SHARDS) -> str:
    """All counts as Markdown."""
    lines = [_HEAD, tuple("---" for _ in _HEAD)]
    lines += (row for count in sizes for templates in (0, TEMPLATES) for row in rows(count, templates, shards))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


# --- proving ---------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """One cut, counted and run."""

    shards: int
    counted: tuple[int, ...]
    came: tuple[int, ...]
    """The requests that really came in, by shard."""
    codes: tuple[int, ...]
    distinct: int
    """The releases, each counted once."""
    with_one_cache: int
    """The requests that came in from all shards, one after the other, with one cache."""

    @property
    def holds(self) -> bool:
        """Whether all came as counted, and no shard found fault."""
        return self.came == self.counted and self.with_one_cache == self.distinct and not any(self.codes)


def proved(count: int, shards: int, templates: int = 3, seed: int = 5) -> Proof:
    """The requests that `hashpin check --shard` makes for real repositories, beside those that are counted."""
    found = repositories(count, templates, seed)
    with tempfile.TemporaryDirectory() as folder, _inside(Path(folder)):
        for repository in found:
            _write(repository)
        with LoopbackIndex(_index(found)) as index, tempfile.TemporaryDirectory() as cache:
            came, codes = _checked(index, shards, "")
            with_one_cache, again = _checked(index, shards, cache)
    units = [r.unit for r in found]
    counted = tuple(requests([part]) for part in cut(units, shards))
    return Proof(shards, counted, came, codes + again, requests([units]), sum(with_one_cache))


def _checked(index: LoopbackIndex, shards: int, cache: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The requests of each shard, and its exit code; `cache` is a folder, or empty for none."""
    came, codes = [], []
    for number in range(1, shards + 1):
        before = len(index.requests)
        options = ("--index-url", index.url, "--shard", f"{number}/{shards}", "--quiet")
        codes.append(run("check", *options, HASHPIN_CACHE_DIR=cache).code)
        came.append(len(index.requests) - before)
    return tuple(came), tuple(codes)


def _write(repository: Repository) -> None:
    folder = Path(repository.name)
    (folder / ".git").mkdir(parents=True)
    lines = (
        f"{name}=={spelled(version)} --hash=sha256:{_digest(name, version)}\n"
        for name, version in repository.pins.items()
    )
    (folder / "requirements.txt").write_text("".join(lines))


def _index(found: Iterable[Repository]) -> dict[str, ProjectData]:
    projects: dict[str, dict[str, list[dict[str, str]]]] = {}
    for name, version in {pin for repository in found for pin in repository.pins.items()}:
        file = {"filename": f"{name.replace('-', '_')}-{spelled(version)}.tar.gz", "sha256": _digest(name, version)}
        projects.setdefault(name, {})[spelled(version)] = [file]
    return {name: {"releases": of} for name, of in projects.items()}


def _digest(name: str, version: int) -> str:
    return hashlib.sha256(f"{name} {version}".encode()).hexdigest()


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


_REALLY_RUN = 50


def swept(_: Setting) -> Result:
    """The tables, after the counting is proved."""
    proofs = [proved(_REALLY_RUN, shards) for shards in (1, 4, 10)]
    wrong = sum(not proof.holds for proof in proofs)
    told = (
        "An organisation's repositories, made up (`bench/sweep.py` says how), cut into shards by `hashpin plan`: how "
        "many requests a sweep makes, and the next one, where one pin in twenty has moved. That of "
        "`examples/workflows/sweep.yml`, which cuts by name with a cache for each shard, is as at random."
    )
    claim = Claim(
        f"sweeps of {_REALLY_RUN} repositories whose requests are not as counted, shard by shard", wrong, 0, "sweeps"
    )
    return Result("Beyond one machine", told, table(), (claim,))


def main() -> None:
    """Prove, then print."""
    for shards in (1, 4, 10):
        proof = proved(_REALLY_RUN, shards)
        cached = f"with one cache {proof.distinct:,} and {proof.with_one_cache:,}"
        numbers = f"counted {sum(proof.counted):,}, came in {sum(proof.came):,}; {cached}"
        print(f"{_REALLY_RUN} repositories in {plural(shards, 'shard')}: {numbers}", file=sys.stderr)
        if not proof.holds:
            raise SystemExit(f"the counting is wrong: {proof}")
    print(table(), end="")


if __name__ == "__main__":
    main()
