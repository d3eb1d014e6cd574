"""Why the index may lack what a pin names: what its hashes are of, and where else it may be. Pure.

For the rules of absent releases and of absent projects, which say the same of it.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hashpin.judgement import EXPLAINED
from hashpin.model import Explanation, Judgement, Verdict
from hashpin.named_indexes import NamedIndexes


class Reason(Struct, frozen=True):
    """What explains an absence."""

    clause: str
    """What goes on after what is absent, with its separator; empty where nothing explains it."""
    advice: str
    explanation: Explanation | None = None


def reason(judgement: Judgement, named: Callable[[], NamedIndexes | None], else_advice: str) -> Reason:
    """The nearest reason: another release whose hashes these are, a local version, an index that the tree names."""
    pin = judgement.pin
    if others := judgement.having(*EXPLAINED):
        first = others[0]
        whose = f"{first.project or pin.name} {first.version}"
        total = len(pin.hashes) + len(pin.lost)
        every = "its hash is" if total == 1 else f"all {total} hashes are"
        said = (
            every if len(others) == total else f"{len(others)} of {total} hashes {'is' if len(others) == 1 else 'are'}"
        )
        local = ", which pip's == takes for it" if first.verdict is Verdict.LOCAL_VERSION else ""
        advice = f"pin {first.project or pin.name}=={first.version}, if that is meant"
        return Reason(f"; {said} of {whose}{local}", advice, EXPLAINED[first.verdict])
    index = named() if pin.hashes or pin.lost else None
    also = f"; {index.clause}" if index else ""
    if "+" in pin.version:
        advice = index.trust if index else "if you trust the index that has it, name it with --extra-index-url"
        return Reason(f": local versions are on other indexes{also}", advice, Explanation.LOCAL_VERSION)
    if index:
        return Reason(also, f"find out whether it is there: {index.trust}", Explanation.OTHER_INDEX)
    return Reason("", else_advice)
