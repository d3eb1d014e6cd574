"""One request on its way to the function that plays its operation, and the answer on its way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from tests.github import rules
from tests.github.store import Pull, Repository, Token, World
from tests.github.views import Views


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    world: World
    views: Views
    token: Token | None
    values: Mapping[str, str]
    query: MultiDict[str, str]
    body: Any
    url: str

    @property
    def repository(self) -> Repository:
        found = self.world.repositories.get(f"{self.values['owner']}/{self.values['repo']}")
        if found is None:
            raise rules.not_found()
        return found

    @property
    def login(self) -> str:
        assert self.token is not None  # a write without one is refused before
        return self.token.login

    def pull(self) -> Pull:
        number = self.values.get("pull_number") or self.values["issue_number"]
        found = self.repository.pulls.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise rules.not_found()
        return found

    def page(self, rows: Sequence[Any], show: Callable[[Any], Any], *, inside: str = "") -> Answer:
        """With the Link header of docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api."""
        size, number = int(self.query.get("per_page", 30)), int(self.query.get("page", 1))
        size = max(1, min(size, 100))
        last = max(1, -(-len(rows) // size))
        shown = [show(row) for row in rows[(number - 1) * size : number * size]]
        links = []
        others = "".join(f"&{key}={value}" for key, value in self.query.items() if key not in ("page", "per_page"))
        where = {"prev": number - 1, "next": number + 1, "last": last, "first": 1}
        for name, target in where.items():
            if 1 <= target <= last and (name in ("prev", "next") or target != number):
                links.append(f'<{self.url}?per_page={size}&page={target}{others}>; rel="{name}"')
        body = {"total_count": len(rows), inside: shown} if inside else shown
        return Answer(200, body, {"Link": ", ".join(links)} if links else {})


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """`accepted` is what GitHub's header of that name says: lists of permissions, and a semicolon for "or"."""

    play: Handler
    accepted: str


def accepts(accepted: str, token: Token) -> bool:
    for choice in accepted.split(";"):
        wanted = (one.strip().split("=") for one in choice.split(",") if one.strip())
        if all(token.may(permission, level) for permission, level in wanted):
            return True
    return False


ROUTES: dict[str, Route] = {}


def route(operation: str, accepted: str = "") -> Callable[[Handler], Handler]:
    """Plays the operation of that name in GitHub's description; its path and method stand there."""

    def keep(play: Handler) -> Handler:
        ROUTES[operation] = Route(play, accepted)
        return play

    return keep
