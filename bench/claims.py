"""What a bench found: a table of medians, and each promise with its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.measure import Median

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """One promise, as a row: what was measured, what came out, what it may be at most or must be at least."""

    measured: str
    figure: float
    limit: float
    unit: str
    """``times``, ``MB``, ``requests`` and so on."""
    at_least: bool = False
    why: str = ""
    """What stands in the way, told where it is not met."""

    @property
    def met(self) -> bool:
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def row(self) -> str:
        limit = f"at {'least' if self.at_least else 'most'} {self.limit:g} {self.unit}"
        met = "met" if self.met else f"**not met**{f': {self.why}' if self.why else ''}"
        return f"| {self.measured} | {number(self.figure)} {self.unit} | {limit} | {met} |"


@dataclass(frozen=True, slots=True)
class Result:
    """What one bench tells."""

    title: str
    told: str
    """What was done, for people."""
    table: str
    claims: tuple[Claim, ...] = ()

    def markdown(self) -> str:
        parts = [f"## {self.title}", self.told, self.table, claims_table(self.claims)]
        return "\n\n".join(part for part in parts if part) + "\n"


def number(value: float) -> str:
    """Three digits that say something."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def claims_table(claims: Sequence[Claim]) -> str:
    if not claims:
        return ""
    rows = ["| measured | figure | limit | |", "|---|---|---|---|", *(claim.row() for claim in claims)]
    return "\n".join(rows)


def medians_table(medians: Mapping[str, Median], against: str | None = None) -> str:
    """A row for each command; `against` names the one that the last column is a ratio to."""
    last = f" times {against} |" if against else ""
    head = f"| | seconds | fastest–slowest | processor s | peak MB | requests | received MB |{last}"
    rows = [head, "|---" + "|---:" * (head.count("|") - 2) + "|"]
    for name, took in medians.items():
        low, high = took.spread
        ratio = f" {took.seconds / medians[against].seconds:.2f} |" if against else ""
        rows.append(
            f"| {name} | {took.seconds:.3f} | {low:.3f}–{high:.3f} | {took.cpu:.3f} | {took.peak / MEGABYTE:.1f} "
            f"| {took.requests:,.0f} | {took.bytes / MEGABYTE:.1f} |{ratio}"
        )
    return "\n".join(rows)


def times(this: Median, that: Median) -> float:
    """By how much the one takes longer than the other: the median of the ratios of each round.

    Of each round, since what slows one round slows all that ran in it.
    """
    ratios = sorted(a.seconds / b.seconds for a, b in zip(this.runs, that.runs, strict=True))
    middle = len(ratios) // 2
    return ratios[middle] if len(ratios) % 2 else (ratios[middle - 1] + ratios[middle]) / 2
