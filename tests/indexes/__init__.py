"""The wing that asks indexes. Here, what its tests share: honest documents with a fault somewhere in them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_TEXTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "six", "Six", "1.17.0", "1!0", "quarantined", "2.0", "a" * 64, "\ud800", "\x00", "<![x[", "[]"]
    ),
)
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _TEXTS),
    lambda children: st.one_of(st.lists(children, max_size=3), st.dictionaries(_TEXTS, children, max_size=3)),
    max_leaves=6,
)


def damaged(document: Any) -> st.SearchStrategy[Any]:
    """The document with any JSON in place of one of its parts, or without that part."""
    places = st.sampled_from(_places(document))
    return st.builds(lambda place, value, gone: _with(document, place, value, gone), places, _JSON, st.booleans())


def _places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [path, *(place for key in keys for place in _places(node[key], (*path, key)))]


def _with(node: Any, place: tuple[Any, ...], value: Any, gone: bool) -> Any:
    if not place:
        return value
    head, *rest = place
    copy = dict(node) if isinstance(node, dict) else list(node)
    if not rest and gone:
        del copy[head]
    else:
        copy[head] = _with(node[head], tuple(rest), value, gone)
    return copy
