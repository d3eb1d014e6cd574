"""When files were uploaded, beside their release and beside what --min-age asks for. Pure; nobody looks at a clock.

A release is as old as its first installable file.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from hashpin.model import DistributionFile, Gap, Judgement, MissingFile, Release, Verdict

# Since July 2026 PyPI takes no new file for a release older than this; what came
# later than that, the author of a pin cannot be taken to have meant.
WITH_THE_RELEASE = timedelta(days=14)


def first_upload(release: Release) -> datetime | None:
    """When the release came; None where the index does not tell."""
    return min((file.uploaded for file in release.installable if file.uploaded), default=None)


def after(file: DistributionFile, first: datetime | None) -> timedelta | None:
    """How long after the release a file was uploaded; None where the index does not tell."""
    return file.uploaded - first if file.uploaded and first else None


def is_late(file: DistributionFile, first: datetime | None) -> bool:
    """Whether a file is known to have come later than the author of a pin of that time could see."""
    behind = after(file, first)
    return behind is not None and behind > WITH_THE_RELEASE


def old_enough(file: DistributionFile, since: datetime | None) -> bool:
    """Whether age does not hinder that a file is added; what has no date is not known to be old enough."""
    return since is None or (file.uploaded is not None and file.uploaded <= since)


def old(release: Release, since: datetime | None) -> Release:
    """The release with the files alone that are old enough."""
    return replace(release, files=tuple(file for file in release.files if old_enough(file, since)))


def late(judgement: Judgement) -> tuple[MissingFile, ...]:
    """The listed files that were uploaded long after the release, in the order of their uploads."""
    if not isinstance(judgement.answer, Release):
        return ()
    first = first_upload(judgement.answer)
    found = (
        MissingFile(file, Gap.LATER, behind.days)
        for file in _listed(judgement)
        if is_late(file, first) and (behind := after(file, first))
    )
    return tuple(sorted(found, key=lambda entry: (entry.days or 0, entry.file.filename)))


def young(judgement: Judgement, since: datetime | None) -> tuple[DistributionFile, ...]:
    """The listed files that were uploaded after a moment, in the order of their uploads."""
    found = [file for file in _listed(judgement) if file.uploaded and since and file.uploaded > since]
    return tuple(sorted(found, key=lambda file: (when([file]), file.filename)))


def when(files: Iterable[DistributionFile]) -> str:
    """``uploaded 2024-05-01``, ``uploaded 2024-05-01 to 2024-06-01``; that nobody tells, where no file has a date."""
    days = sorted(file.uploaded.date().isoformat() for file in files if file.uploaded)
    if not days:
        return "uploaded nobody tells when"
    return f"uploaded {days[0]}" + (f" to {days[-1]}" if days[-1] != days[0] else "")


def held_back(judgement: Judgement, since: datetime | None) -> str:
    """What to do where a pin cannot be given any file of its release, and why; empty where age is not the reason."""
    if judgement.fix or not judgement.held_back or since is None:
        return ""
    return wait(judgement.held_back, "file of it")


def wait(files: Iterable[DistributionFile], which: str) -> str:
    """What to do where none of these files is old enough to be added."""
    dated = [file for file in files if file.uploaded]
    if not dated:
        return "pin it by hand: the index does not tell when its files came, so none is old enough for --min-age"
    return f"wait, or pin an older version: no {which} is old enough for --min-age ({when(dated)})"


def _listed(judgement: Judgement) -> Iterable[DistributionFile]:
    return judgement.hashes.files((Verdict.RIGHT,))
