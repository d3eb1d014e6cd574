"""The action's inputs, from the runner's environment. Their names in `action.yml` are these, with dashes."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from msgspec import Struct

from hashpin import platforms
from hashpin.errors import UsageError
from hashpin.model import Coverage, Platform
from hashpin.wishes import COVERAGE, DOWNLOAD, FAIL_ON, MOST_DAYS, Wishes, glob_of_names

# What the runner takes for true and false: getBooleanInput in packages/core of actions/toolkit.
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

CHECK, PULL_REQUEST = MODES = ("check", "pull-request")
COMMANDS, CHECK_RUN, NONE = ANNOTATIONS = ("commands", "check-run", "none")


class Inputs(Struct, frozen=True):
    """What a workflow asks for. An empty input counts as not given."""

    paths: tuple[str, ...] = (".",)
    exclude: tuple[str, ...] = ()
    mode: str = CHECK
    fail_on: str | None = None
    require_hashes: bool | None = None
    coverage: Coverage | None = None
    min_age: int | None = None
    require_platforms: tuple[Platform, ...] = ()
    download: str | None = None
    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    """``URL``, or ``NAME URL`` for what is asked for the projects of that name alone."""
    config: str | None = None
    trust_config: bool = False
    only_changed: bool = False
    unsafe_fixes: bool = False
    annotations: str = COMMANDS
    suggestions: bool = False
    sarif_file: str | None = None
    json_file: str | None = None
    token: str | None = None
    base: str | None = None
    branch: str | None = None
    title: str = "Correct the hashes of pinned requirements"
    commit_message: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    draft: bool = False
    allow_empty: bool = False
    jobs: int = 32
    timeout: float = 300.0
    cache: str | None = None
    """A folder."""

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Inputs:
        """From `INPUT_*`. Raises UsageError that names the input."""
        reader = _Reader(environ)
        default = cls()
        coverage = reader.one_of("coverage", COVERAGE)
        return cls(
            paths=reader.lines("paths") or default.paths,
            exclude=reader.lines("exclude"),
            mode=reader.one_of("mode", MODES) or default.mode,
            fail_on=reader.one_of("fail-on", FAIL_ON),
            require_hashes=reader.boolean("require-hashes"),
            coverage=Coverage(coverage) if coverage else None,
            min_age=reader.days("min-age"),
            require_platforms=reader.platforms("require-platforms"),
            download=reader.one_of("download", DOWNLOAD),
            index_url=reader.text("index-url"),
            extra_index_urls=reader.indexes("extra-index-urls"),
            config=reader.text("config"),
            trust_config=bool(reader.boolean("trust-config")),
            only_changed=bool(reader.boolean("only-changed")),
            unsafe_fixes=bool(reader.boolean("unsafe-fixes")),
            annotations=reader.one_of("annotations", ANNOTATIONS) or default.annotations,
            suggestions=bool(reader.boolean("suggestions")),
            sarif_file=reader.text("sarif-file"),
            json_file=reader.text("json-file"),
            token=reader.text("token"),
            base=reader.text("base"),
            branch=reader.text("branch"),
            title=reader.text("title") or default.title,
            commit_message=reader.text("commit-message"),
            labels=reader.lines("labels"),
            assignees=reader.lines("assignees"),
            reviewers=reader.lines("reviewers"),
            draft=bool(reader.boolean("draft")),
            allow_empty=bool(reader.boolean("allow-empty")),
            jobs=reader.whole("jobs", default.jobs, 100),
            timeout=float(reader.whole("timeout", int(default.timeout), 86400)),
            cache=reader.text("cache"),
        )

    @property
    def wishes(self) -> Wishes:
        """What of it a configuration may also say."""
        words = [line.split() for line in self.extra_index_urls]
        bound = {glob_of_names(entry[0]): entry[1] for entry in words if len(entry) == 2}
        return Wishes(
            exclude=self.exclude or None,
            fail_on=self.fail_on,
            require_hashes=self.require_hashes,
            coverage=self.coverage,
            min_age=self.min_age,
            platforms=self.require_platforms or None,
            download=None if self.download is None else self.download == DOWNLOAD[0],
            index_url=self.index_url,
            extra_index_urls=tuple(entry[0] for entry in words if len(entry) == 1) or None,
            index_for=bound or None,
        )


class _Reader(Struct, frozen=True):
    environ: Mapping[str, str]

    def text(self, name: str) -> str | None:
        # The runner upper-cases the name and turns spaces alone into underscores: dashes stay.
        return self.environ.get(f"INPUT_{name.upper()}", "").strip() or None

    def lines(self, name: str) -> tuple[str, ...]:
        lines = (line.strip() for line in (self.text(name) or "").splitlines())
        return tuple(line for line in lines if line and not line.startswith("#"))

    def boolean(self, name: str) -> bool | None:
        text = self.text(name)
        if text is not None and text not in _BOOLEANS:
            raise UsageError(f"input {name}: {text} is neither true nor false")
        return None if text is None else _BOOLEANS[text]

    def whole(self, name: str, default: int, most: int) -> int:
        text = self.text(name)
        if text is None:
            return default
        if not (text.isascii() and text.isdigit() and len(text) < 7 and 0 < int(text) <= most):
            raise UsageError(f"input {name}: {text} is no whole number from 1 to {most}")
        return int(text)

    def days(self, name: str) -> int | None:
        text = self.text(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 7 and int(text) <= MOST_DAYS):
            raise UsageError(f"input {name}: {text} is no whole number of days from 0 to {MOST_DAYS}")
        return int(text)

    def platforms(self, name: str) -> tuple[Platform, ...]:
        try:
            return tuple(platforms.parse(line) for line in self.lines(name))
        except UsageError as error:
            raise UsageError(f"input {name}: {error}") from error

    def indexes(self, name: str) -> tuple[str, ...]:
        lines = self.lines(name)
        for line in lines:
            if len(line.split()) > 2:
                raise UsageError(f"input {name}: a line is a URL, or the name of a project and a URL")
        return lines

    def one_of(self, name: str, known: Collection[str]) -> str | None:
        text = self.text(name)
        if text is not None and text not in known:
            raise UsageError(f"input {name}: {text} is none of {', '.join(known)}")
        return text
