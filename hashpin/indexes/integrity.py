"""PyPI's integrity API: who published a file, as its attestations say.

Sources: PEP 740 (the provenance object), PyPI's `docs/user/api/integrity.md`
and `warehouse/api/integrity.py`, which answers 404 with a message in JSON for a
file that has no attestations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from hashpin.indexes import answers
from hashpin.indexes.answers import NotAnAnswer
from hashpin.model import Publisher

ACCEPT = "application/vnd.pypi.integrity.v1+json"

# What is no part of who published, but of when and from where: PEP 740's claims of a single certificate, and the
# branch or tag of CircleCI's.
_PASSING = ("kind", "claims", "vcs_ref")
# Nobody has so many, or says so much.
_MOST_BUNDLES = 100
_MOST_CLAIMS = 20
_LONGEST = 1000


class Bundle(Struct, frozen=True):
    """A publisher with what it signed, which is not looked into here."""

    publisher: Publisher
    said: Mapping[str, Any]
    """The publisher as the answer has it."""
    attestations: tuple[Mapping[str, Any], ...]


def parse(body: bytes) -> tuple[Bundle, ...]:
    """The bundles in a provenance object. Raises NotAnAnswer."""
    data = answers.load(body)
    version = data.get("version")
    if version != 1 or isinstance(version, bool):
        raise NotAnAnswer("answered provenance of a version other than 1")
    bundles = answers.get(data, "attestation_bundles", list)
    if len(bundles) > _MOST_BUNDLES:
        raise NotAnAnswer(f"answered more than {_MOST_BUNDLES} attestation bundles for one file")
    read = (_bundle(answers.of_type(entry, dict, "an attestation bundle")) for entry in bundles)
    return tuple(bundle for bundle in read if bundle.attestations)


def absent(body: bytes) -> bool:
    """Whether a 404 is this API's own: others say it of every address that they do not know."""
    try:
        return isinstance(answers.load(body).get("message"), str)
    except NotAnAnswer:
        return False


def _bundle(entry: Mapping[str, Any]) -> Bundle:
    said = answers.get(entry, "publisher", dict)
    attestations = answers.get(entry, "attestations", list)
    return Bundle(
        Publisher(_short(answers.get(said, "kind", str)), _claims(said)),
        said,
        tuple(answers.of_type(attestation, dict, "an attestation") for attestation in attestations),
    )


def _claims(said: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What names the publisher. null is what it leaves open, as if it was not there."""
    named = {name: value for name, value in said.items() if name not in _PASSING and value is not None}
    if len(named) > _MOST_CLAIMS:
        raise NotAnAnswer(f"answered a publisher with more than {_MOST_CLAIMS} claims")
    return tuple(sorted((_short(name), _short(answers.of_type(value, str, name))) for name, value in named.items()))


def _short(text: str) -> str:
    if len(text) > _LONGEST:
        raise NotAnAnswer("answered a publisher with a claim without end")
    return text
