"""The one report that every output is shown on, and reports of hostile texts."""

from __future__ import annotations

from packaging.utils import canonicalize_name

from hashpin.model import (
    Digest,
    Explanation,
    Finding,
    HashOption,
    Pin,
    Report,
    Rule,
    RulePage,
    SetHashes,
    Severity,
    Skipped,
    Source,
    Unchecked,
)
from hashpin.rules import PAGES
from hashpin.text import Span

HOSTILE = "x\n::error::owned\r##[set-output name=a]b %0A,:| `@org/team` #1 <img src=x> [l](javascript:x) \u202e\x1b[31m"
TEXT = (
    "# pinned\n"
    "alpha==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
    f"beta==2 # {HOSTILE.splitlines()[0]} ::error::no\n"
    "\tgamma==3 ##[error]no\n"
)
NAME = "requirements.txt"
RULE_PAGES = tuple(RulePage(page.RULE, (page.__doc__ or "").strip()) for page in PAGES)


def of(text: str, part: str) -> Span:
    return Span(text.index(part), text.index(part) + len(part))


def report() -> Report:
    """Each severity, each explanation, places of one and several lines, unchecked things with and without a place."""
    pin = Pin(
        "alpha==1.0",
        canonicalize_name("alpha"),
        "1.0",
        Span(9, 60),
        of(TEXT, "alpha==1.0"),
        60,
        (HashOption(Digest("sha256", "aa"), of(TEXT, "--hash=sha256:aa")),),
    )
    unknown = Rule("unknown-hash", Severity.ERROR, "")
    safe = SetHashes(NAME, pin, frozenset({Digest("sha256", "cc")}), safe=True)
    unsafe = SetHashes(NAME, pin, frozenset({Digest("sha256", "cc")}), safe=False)
    findings = (
        Finding(
            unknown,
            Severity.ERROR,
            NAME,
            of(TEXT, "--hash=sha256:aa"),
            "sha256:aa is of no file",
            "find out where it came from",
            "alpha",
            "1.0",
            Explanation.UNEXPLAINED,
            unsafe,
        ),
        Finding(
            unknown,
            Severity.ERROR,
            NAME,
            Span(TEXT.index("alpha"), TEXT.index("beta")),
            "over several lines",
            "run hashpin fix",
            "alpha",
            "1.0",
            Explanation.OTHER_VERSION,
            safe,
        ),
        Finding(
            Rule("yanked-release", Severity.WARNING, ""),
            Severity.WARNING,
            NAME,
            of(TEXT, "beta==2"),
            f"beta 2 was yanked: {HOSTILE}",
            f"take another {HOSTILE}",
            "beta",
            "2",
        ),
        Finding(
            Rule("unhashed-pin", Severity.ERROR, ""), Severity.NOTE, NAME, of(TEXT, "gamma==3"), "no hash", "hash it"
        ),
    )
    return Report(
        findings,
        (
            Unchecked(NAME, f"the index says {HOSTILE}", of(TEXT, "gamma==3"), "gamma", "3"),
            Unchecked("::warning::\udc80bin.txt", "cannot be read"),
        ),
        {NAME: Source(NAME, TEXT)},
        files=2,
        pins=3,
        hashes=2,
        skipped=(Skipped("prose.txt", "not a requirements file"),),
        rules=tuple(page for page in RULE_PAGES if page.rule.name in {finding.rule.name for finding in findings}),
    )


def hostile(text: str, findings: int = 1) -> Report:
    """A report in which everything that strangers write is this text."""
    rule = Rule("unknown-hash", Severity.ERROR, "")
    finding = Finding(rule, Severity.ERROR, text, Span(0, len(text)), text, text, "alpha", text)
    unchecked = Unchecked(text, text, Span(0, len(text)), "alpha", text)
    return Report((finding,) * findings, (unchecked,), {text: Source(text, text)}, 1, 1, 1)


def clean() -> Report:
    return Report((), (), {}, files=1, pins=2, hashes=4)
