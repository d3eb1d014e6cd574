"""For a pull request: what was corrected and by what evidence, what was not, and how to see it for oneself.

GitHub takes 65,536 characters. What does not fit is left out by whole rows and
whole sections, and counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from hashpin import HOME_PAGE
from hashpin.model import Correction, HashVerdict, LeftWhole, Report, Verdict
from hashpin.outputs.markup import code, row, table, text
from hashpin.outputs.places import Places, subject
from hashpin.wording import plural, visible

LIMIT = 60_000  # characters
_PINS = 50  # that a commit message names
_SHARE = 0.5  # of the room, for the table; the evidence takes what is left of the whole

_WHOSE = {
    Verdict.NOT_INSTALLABLE: "of a file that pip cannot install",
    Verdict.REMOVED: "of a file that the index has no more",
    Verdict.UNKNOWN: "of no file on the index",
    Verdict.MALFORMED: "malformed",
    Verdict.WEAK: "of an algorithm that pip refuses",
    Verdict.REPEATED: "written twice",
}


def render(
    corrections: Sequence[Correction],
    left: Sequence[LeftWhole],
    remaining: Report,
    base: str,
    sha: str,
    run_url: str | None = None,
) -> str:
    """What a pull request says: Markdown of at most LIMIT characters.

    `base` is the branch that is corrected, `sha` its commit; `run_url` leads to the
    run whose summary has room for more.
    """
    head = _head(remaining, base, sha, f"and corrects {plural(len(corrections), 'pin')}")
    tail = _tail(base)
    body = _parts(corrections, left, remaining, LIMIT - len(head) - len(tail) - 500)
    more = f"The summary of [the run that made this]({run_url}) has the rest.\n" if run_url and _CUT in body else ""
    return head + body + more + tail


def section(
    corrections: Sequence[Correction], left: Sequence[LeftWhole], remaining: Report, base: str, sha: str, limit: int
) -> str:
    """The same for a job summary: what a pull request holds, or would hold."""
    head = _head(remaining, base, sha, f"and {plural(len(corrections), 'pin')} can be corrected")
    return head + _parts(corrections, left, remaining, limit - len(head))


_CUT = "for want of room"


def _head(remaining: Report, base: str, sha: str, does: str) -> str:
    return (
        f"hashpin compared the pinned hashes of {plural(remaining.files, 'file')} of {code(base)} at {sha[:12]} with "
        f"what the package index publishes, {does}. That changes hash options and what separates them; a comment that "
        "stood between them moves above.\n\n"
    )


def _parts(corrections: Sequence[Correction], left: Sequence[LeftWhole], remaining: Report, room: int) -> str:
    table = _table(corrections, int(room * _SHARE))
    rest = _rest(left, remaining, int(room * _SHARE / 2))
    return table + rest + _evidence(corrections, room - len(table) - len(rest) - 20)


_COLUMNS = ("file", "project", "version", "what was wrong", "hashes that went", "hashes that came")


def message(title: str, corrections: Sequence[Correction]) -> str:
    """Of the commit: the title, and which pins it corrects."""
    pins = [visible(f"{c.path}: {c.project} {c.version}")[:200] for c in corrections[:_PINS]]
    more = len(corrections) - len(pins)
    return "\n".join([title, "", *pins, *([f"and {more:,} more"] if more else [])]).strip()


def _table(corrections: Sequence[Correction], room: int) -> str:
    rows = (row((code(c.path), text(c.project), text(c.version), _wrong(c), _went(c), _came(c))) for c in corrections)
    return table(_COLUMNS, _fitting(rows, len(corrections), room - 200, "pin")) + "\n"


def _wrong(correction: Correction) -> str:
    said = [f"{text(f.rule.name)}: {text(f.message)}" for f in correction.findings[:3]]
    more = len(correction.findings) - len(said)
    return "<br>".join([*said, *([f"and {more} more"] if more else [])]) or "not all files listed"


def _went(correction: Correction) -> str:
    whose = Counter(_whose(entry) for entry in correction.went)
    return "<br>".join(f"{count:,} {text(of)}" for of, count in whose.most_common(4)) or "none"


def _came(correction: Correction) -> str:
    dates = sorted(file.uploaded for _, file in correction.came if file.uploaded)
    count = len({file.filename for _, file in correction.came})
    if not count:
        return "none"
    when = ""
    if dates:
        first, last = dates[0].date().isoformat(), dates[-1].date().isoformat()
        when = f", uploaded {first}" + (f" to {last}" if last != first else "")
    return f"{plural(count, 'file')} of {text(correction.project)} {text(correction.version)}{when}"


def _whose(entry: HashVerdict) -> str:
    if entry.verdict is Verdict.OTHER_VERSION:
        return f"of version {entry.version}"
    if entry.verdict is Verdict.LOCAL_VERSION:
        return f"of the local version {entry.version}"
    if entry.verdict is Verdict.OTHER_PROJECT:
        return f"of {entry.project} {entry.version}"
    return _WHOSE.get(entry.verdict, "of this release")


def _evidence(corrections: Sequence[Correction], room: int) -> str:
    """Every hash that went or came, pin by pin, collapsed."""
    return "\n### Evidence\n" + _fitting(
        (_pin(correction) for correction in corrections), len(corrections), room, "list of hashes", "lists"
    )


def _pin(correction: Correction) -> str:
    lines = [f"- went: {code(str(h.option.digest))} {text(_file(h))}" for h in correction.went]
    for digest, file in correction.came:
        when = f", uploaded {file.uploaded:%Y-%m-%d %H:%M} UTC" if file.uploaded else ""
        lines.append(f"- came: {code(str(digest))} {text(file.filename + when)}")
    subject = f"{code(correction.path)}: {text(correction.project)} {text(correction.version)}"
    # The summary of a collapsed section is HTML to GitHub, in which code spans mean nothing: it stands in front.
    return (
        f"\n{subject}\n\n<details><summary>all hashes that went and came</summary>\n\n"
        + "\n".join(lines)
        + "\n\n</details>\n"
    )


def _file(entry: HashVerdict) -> str:
    name = f" ({entry.file.filename})" if entry.file else ""
    return _whose(entry) + name


def _rest(left: Sequence[LeftWhole], remaining: Report, room: int) -> str:
    """What was not corrected, and why."""
    places = Places(remaining)
    lines = [f"- {code(entry.path)}: left as it is, because {text(entry.reason)}\n" for entry in left]
    for finding in sorted(remaining.findings, key=lambda f: -f.severity):
        where = places.of(finding.path, finding.span)
        at = code(f"{finding.path}:{where.start.line}" if where else finding.path)
        label = f"{finding.severity.name.lower()} {text(finding.rule.name)}"
        said = text(subject(finding) + finding.message)
        lines.append(f"- {label} in {at}: {said}. Next: {text(finding.advice)}.\n")
    for entry in remaining.unchecked:
        at = code(entry.path)
        lines.append(f"- **not checked**: {at}: {text(subject(entry) + entry.reason)}\n")
    if not lines:
        return "Nothing else was found in them.\n"
    head = "### Not corrected\n\n"
    return head + _fitting(iter(lines), len(lines), room - len(head), "finding")


def _tail(base: str) -> str:
    return (
        "\nTo see it for yourself: check out this branch and run `hashpin check`; on "
        f"{code(base)}, `hashpin fix --diff`, with what the workflow asks for, shows this change.\n\n"
        "If a workflow's own token opened this, its checks wait until a maintainer approves them to run "
        f"([why, and how to avoid it]({HOME_PAGE}#checks-do-not-run-on-the-pull-request)). "
        "Commits of yours on this branch stop hashpin from updating it; close it, and the same correction is not "
        "proposed again.\n"
    )


def _fitting(pieces: Iterable[str], total: int, room: int, noun: str, nouns: str | None = None) -> str:
    """As many whole pieces as fit, and how many do not."""
    kept = list(_until(iter(pieces), room - 100))
    left = total - len(kept)
    more = f"\n{left:,} more {noun if left == 1 else nouns or noun + 's'} are not shown {_CUT}.\n"
    return "".join(kept) + (more if left else "")


def _until(pieces: Iterator[str], room: int) -> Iterator[str]:
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            return
        yield piece
