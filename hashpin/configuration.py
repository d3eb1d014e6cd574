"""The configuration: `[tool.hashpin]` of pyproject.toml, or the whole of hashpin.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from packaging.utils import canonicalize_name

from hashpin import files, platforms
from hashpin.errors import UsageError
from hashpin.model import Allowance, Coverage, Platform, Policy, Severity, Source
from hashpin.rules import PAGES
from hashpin.text import Span
from hashpin.wishes import COVERAGE, DOWNLOAD, FAIL_ON, MOST_DAYS, Wishes, glob_of_names
from hashpin.wording import nearest, redacted, visible

_KEYS = (
    *("exclude", "fail-on", "require-hashes", "coverage", "min-age", "require-platforms", "download"),
    *("index-url", "extra-index-urls", "index-for", "severity", "allow"),
)
_SEVERITIES: Mapping[str, Severity | None] = {**{s.name.lower(): s for s in Severity}, "off": None}
_ENTRY = re.compile(r"^[ \t]*\[\[[ \t]*(?:tool[ \t]*\.[ \t]*hashpin[ \t]*\.[ \t]*)?allow[ \t]*\]\]", re.MULTILINE)


class Configuration(Struct, frozen=True):
    """What a repository asks for, and what it says about its own findings. A flag or an input goes before it."""

    source: Source | None = None
    wishes: Wishes = field(default_factory=Wishes)
    severities: Mapping[str, Severity | None] = field(default_factory=dict)
    allowances: tuple[Allowance, ...] = ()

    def policy(self, given: Wishes, indexes: Sequence[str], now: datetime, trusted: bool = True) -> Policy:
        """The policy of a run at a moment in UTC. `indexes` are the addresses that it asks."""
        wishes = given.over(self.wishes)
        return Policy(
            require_hashes=bool(wishes.require_hashes),
            severities=self.severities,
            allowances=self.allowances,
            trusted=trusted,
            configuration=self.source,
            coverage=wishes.coverage or Coverage.RELEASE,
            young_since=now - timedelta(days=wishes.min_age) if wishes.min_age else None,
            platforms=wishes.platforms or (),
            download=wishes.download is not False,
            indexes=tuple(indexes),
        )


def load(named: str | None) -> Configuration:
    """The configuration of the file that the user names, else of the nearest one. Raises UsageError."""
    if named is not None:
        source = files.configuration(named)
        configuration = parse(source)
        if configuration is None:
            raise UsageError(f"{visible(source.path)}: has no [tool.hashpin]")
        return _placed(configuration)
    for sources in files.configurations():
        found = [configuration for source in sources if (configuration := parse(source))]
        if len(found) > 1:
            raise UsageError(f"{' and '.join(visible(s.path) for s in sources)}: two configurations, keep one of them")
        if found:
            return _placed(found[0])
    return Configuration()


def _placed(configuration: Configuration) -> Configuration:
    """With the way from the configuration's folder, from which its paths count, to the working directory."""
    if configuration.source is None:
        return configuration
    below = files.working_directory_from(configuration.source.path)
    return replace(configuration, allowances=tuple(replace(a, below=below) for a in configuration.allowances))


def parse(source: Source) -> Configuration | None:
    """The configuration in a file's text; None where it is a pyproject.toml without one.

    Raises UsageError that says where, what, and which key was perhaps meant.
    """
    pyproject = source.path.rpartition("/")[2] == "pyproject.toml"
    try:
        import tomllib  # most runs have no configuration

        document = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:
        if pyproject and "hashpin" not in source.text:
            return None  # somebody else's fault, of no matter here
        raise UsageError(f"{visible(source.path)}: no TOML: {error}") from error
    if not pyproject:
        return _Reader(source, "").configuration(document)
    tool = document.get("tool")
    table = tool.get("hashpin") if isinstance(tool, dict) else None
    return None if table is None else _Reader(source, "tool.hashpin").configuration(table)


class _Reader(Struct, frozen=True):
    """Reads values, and says which one is wrong."""

    source: Source
    prefix: str

    def configuration(self, table: object) -> Configuration:
        entries = self.table(table, "", _KEYS)
        severities = self.table(entries.get("severity", {}), "severity", [page.RULE.name for page in PAGES])
        return Configuration(
            self.source,
            self.wishes(entries),
            {
                rule: _SEVERITIES[self.one_of(value, f"severity.{rule}", tuple(_SEVERITIES)) or "off"]
                for rule, value in severities.items()
            },
            self.allowances(entries.get("allow", [])),
        )

    def wishes(self, entries: Mapping[str, object]) -> Wishes:
        coverage = self.one_of(entries.get("coverage"), "coverage", COVERAGE)
        download = self.one_of(entries.get("download"), "download", DOWNLOAD)
        platforms = self.texts(entries.get("require-platforms"), "require-platforms")
        return Wishes(
            exclude=self.texts(entries.get("exclude"), "exclude"),
            fail_on=self.one_of(entries.get("fail-on"), "fail-on", FAIL_ON),
            require_hashes=self.boolean(entries.get("require-hashes"), "require-hashes"),
            coverage=Coverage(coverage) if coverage else None,
            min_age=self.days(entries.get("min-age"), "min-age"),
            platforms=None if platforms is None else tuple(map(self.platform, platforms)),
            download=None if download is None else download == DOWNLOAD[0],
            index_url=self.address(entries["index-url"], "index-url") if "index-url" in entries else None,
            extra_index_urls=self.addresses(entries.get("extra-index-urls")),
            index_for=self.index_for(entries["index-for"]) if "index-for" in entries else None,
        )

    def platform(self, text: str) -> Platform:
        try:
            return platforms.parse(text)
        except UsageError as error:
            raise self.wrong("require-platforms", f"names no platform: {error}") from error

    def addresses(self, value: object) -> tuple[str, ...] | None:
        urls = self.texts(value, "extra-index-urls")
        return None if urls is None else tuple(self.address(url, "extra-index-urls") for url in urls)

    def index_for(self, value: object) -> Mapping[str, str]:
        if not isinstance(value, dict):
            raise self.wrong("index-for", 'is no table of texts: write "NAME" = "URL"')
        return {glob_of_names(glob): self.address(url, f"index-for.{glob}") for glob, url in value.items()}

    def address(self, value: object, key: str) -> str:
        """A URL without credentials: the file is there for everybody to read."""
        url = self.text(value, key)
        if not url.lower().startswith(("http://", "https://")):
            raise self.wrong(key, "is no http or https address (the index of one project stands below index-for)")
        if redacted(url) != url:
            raise self.wrong(key, "holds credentials, which belong into an input, an environment variable or netrc")
        return url

    def days(self, value: object, key: str) -> int | None:
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_DAYS):
            raise self.wrong(key, f"is no whole number of days from 0 to {MOST_DAYS}")
        return value

    def wrong(self, key: str, why: str) -> UsageError:
        named = ".".join(part for part in (self.prefix, key) if part)
        return UsageError(f"{visible(self.source.path)}: {visible(named)} {visible(why)}")

    def table(self, value: object, key: str, known: Any) -> dict[str, object]:
        """A table with known keys alone."""
        if not isinstance(value, dict):
            raise self.wrong(key, "is no table")
        for name in value:
            if name not in known:
                raise self.wrong(f"{key}.{name}".lstrip("."), f"is no key that hashpin knows{nearest(name, known)}")
        return value

    def one_of(self, value: object, key: str, known: tuple[str, ...]) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or value not in known:
            raise self.wrong(key, f"is none of {', '.join(known)}")
        return value

    def boolean(self, value: object, key: str) -> bool | None:
        if value is not None and not isinstance(value, bool):
            raise self.wrong(key, "is neither true nor false")
        return value

    def texts(self, value: object, key: str) -> tuple[str, ...] | None:
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise self.wrong(key, "is no list of texts")
        return tuple(value)

    def allowances(self, value: object) -> tuple[Allowance, ...]:
        if not isinstance(value, list):
            raise self.wrong("allow", "is no list of tables: write [[allow]]")
        places = [Span(match.start(), match.end()) for match in _ENTRY.finditer(self.source.text)]
        if len(places) != len(value):  # spelled inline
            places = [Span(0, 0)] * len(value)
        return tuple(self.allowance(entry, place) for entry, place in zip(value, places, strict=True))

    def allowance(self, value: object, place: Span) -> Allowance:
        entry = self.table(value, "allow", ("rule", "project", "reason", "path"))
        rule, project, reason = (self.text(entry.get(name), f"allow.{name}") for name in ("rule", "project", "reason"))
        names = [page.RULE.name for page in PAGES]
        if rule not in names:
            raise self.wrong("allow.rule", f"is {rule}, and no rule is called so{nearest(rule, names)}")
        glob = self.text(entry["path"], "allow.path") if "path" in entry else None
        return Allowance(rule, reason, self.source.path, place, canonicalize_name(project), glob)

    def text(self, value: object, key: str) -> str:
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(key, "is missing" if value is None else "is no text")
        return value
