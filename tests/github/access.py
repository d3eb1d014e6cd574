"""May this token do that to this repository?"""

from __future__ import annotations

from tests.github import rules
from tests.github.call import accepts
from tests.github.store import Repository, Token


def may(repository: Repository, token: Token | None, accepted: str, *, write: bool) -> None:
    """What is public may be read by everybody; what is private is not there for a stranger."""
    at_home = token is not None and repository.full_name in token.repositories
    if repository.settings.private and not at_home:
        raise rules.not_found()
    if write and token is None:
        raise rules.requires_authentication()
    if repository.settings.disabled:
        raise rules.disabled()
    needed = write or repository.settings.private
    if needed and token is not None and not (at_home and accepts(accepted, token)):
        raise rules.not_accessible(accepted, application=token.application)
    if write and repository.settings.archived:
        raise rules.archived()
