"""The links of an HTML page, as the Simple repository API has them (PEP 503)."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser


class LinkReader(HTMLParser):
    """The attributes of every link, and the named metadata."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Mapping[str, str | None]] = []
        self.meta: dict[str, str] = {}
        self.base = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "a":
            self.links.append(found)
        elif tag == "base" and not self.base:
            self.base = found.get("href") or ""
        elif tag == "meta" and (name := found.get("name")):
            self.meta[name] = found.get("content") or ""
