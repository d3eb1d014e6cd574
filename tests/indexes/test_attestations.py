"""What becomes of a publisher when its signature is looked at. The real package is asked in tests/live."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from hashpin.indexes import attestations
from hashpin.indexes.integrity import Bundle
from hashpin.model import Digest, DistributionFile, Packaging, Publisher

GITHUB = Publisher("GitHub", (("repository", "six/six"),))
FILE = DistributionFile("six-1.0.tar.gz", Packaging.SDIST, (Digest("sha256", "a" * 64), Digest("sha512", "b" * 128)))


def bundle(*attestations: str, publisher: Publisher = GITHUB) -> Bundle:
    return Bundle(publisher, {"kind": publisher.kind}, tuple({"says": says} for says in attestations))


class _Attestation:
    """Stands for the package's: says itself whether it holds."""

    def __init__(self, says: str) -> None:
        self.says = says

    def verify(self, publisher: str, distribution: Any, *, offline: bool) -> None:
        assert offline
        assert (publisher, distribution) == ("as said", ("six-1.0.tar.gz", "a" * 64))
        match self.says:
            case "holds":
                return
            case "cannot be looked at":
                raise PermissionError("the cache")
            case says:
                raise ValueError(says)


class _AttestationBundle:
    @classmethod
    def model_validate(cls, data: Any) -> Any:
        assert data["publisher"] == {"kind": "GitHub"}
        return SimpleNamespace(
            publisher="as said", attestations=[_Attestation(entry["says"]) for entry in data["attestations"]]
        )


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    module = ModuleType("pypi_attestations")
    module.__dict__["AttestationBundle"] = _AttestationBundle
    module.__dict__["Distribution"] = lambda name, digest: (name, digest)
    monkeypatch.setitem(sys.modules, "pypi_attestations", module)
    attestations._package.cache_clear()
    yield
    attestations._package.cache_clear()


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "pypi_attestations", None)
    attestations._package.cache_clear()
    yield
    attestations._package.cache_clear()


def judged(*bundles: Bundle, file: DistributionFile = FILE) -> list[tuple[bool, str | None]]:
    return [(p.verified, p.failure) for p in attestations.publishers(bundles, file)]


@pytest.mark.usefixtures("no_package")
def test_without_the_package_nothing_is_verified() -> None:
    assert attestations.publishers([bundle("holds")], FILE) == (GITHUB,)


@pytest.mark.usefixtures("package")
def test_signatures() -> None:
    assert judged(bundle("holds")) == [(True, None)]
    assert judged(bundle("no such key")) == [(False, "no such key")]
    assert judged(bundle("no such type", "holds")) == [(True, None)]
    assert judged(bundle("no such key", "no such log")) == [(False, "no such key")]
    assert judged(bundle("holds"), bundle("no such key")) == [(True, None), (False, "no such key")]


@pytest.mark.usefixtures("package")
def test_what_cannot_be_looked_at_has_not_failed() -> None:
    assert judged(bundle("cannot be looked at")) == [(False, None)]
    assert judged(bundle("holds", publisher=Publisher("Tomorrow's", ()))) == [(False, None)]
    only_sha512 = DistributionFile(FILE.filename, Packaging.SDIST, FILE.digests[1:])
    assert judged(bundle("holds"), file=only_sha512) == [(False, None)]


@pytest.mark.usefixtures("package")
def test_reasons_are_one_line() -> None:
    assert judged(bundle("first\nsecond")) == [(False, "first")]
    assert judged(bundle("")) == [(False, "ValueError")]
    assert judged(bundle("x" * 1000)) == [(False, "x" * 199 + "…")]
