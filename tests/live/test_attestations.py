"""Real attestations before the real package: those that its own tests hold, in its source distribution on PyPI.

Needs the extra `attestations` beside what the tests need.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from hashpin.indexes import attestations, integrity
from hashpin.model import Digest, DistributionFile, Packaging, Publisher
from tests.live import MARKS, run

pytestmark = MARKS

SDISTS = [
    "pypi_attestations-0.0.19.tar.gz",
    "gcb_attestation_test-0.0.0.tar.gz",
    "circleci_sign_publish_example-0.0.1.dev137-py3-none-any.whl",
]


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, bytes]:
    """By name: the files in `test/assets` of the source distribution, read and never unpacked."""
    package = pytest.importorskip("pypi_attestations", reason="needs the extra attestations")
    folder = tmp_path_factory.mktemp("attestations")
    wanted = f"pypi-attestations=={package.__version__}"
    options = ("--no-deps", "--no-binary", ":all:")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "download")
    got = run(*pip, *options, wanted, "-d", str(folder), cwd=folder)
    assert got.returncode == 0, got.stderr
    [path] = folder.iterdir()
    with tarfile.open(fileobj=io.BytesIO(path.read_bytes())) as archive:
        members = [member for member in archive if member.isfile() and "/test/assets/" in member.name]
        return {Path(member.name).name: archive.extractfile(member).read() for member in members}  # type: ignore[union-attr]


def of(assets: Mapping[str, bytes], name: str) -> DistributionFile:
    return DistributionFile(name, Packaging.SDIST, (Digest("sha256", hashlib.sha256(assets[name]).hexdigest()),))


def judged(provenance: bytes, file: DistributionFile) -> Publisher:
    [publisher] = attestations.publishers(integrity.parse(provenance), file)
    return publisher


@pytest.mark.parametrize("name", SDISTS)
def test_signatures(assets: Mapping[str, bytes], name: str) -> None:
    file, provenance = of(assets, name), assets[f"{name}.provenance"]
    publisher = judged(provenance, file)
    assert (publisher.verified, publisher.failure) == (True, None)

    other = judged(provenance, replace(file, digests=(Digest("sha256", "0" * 64),)))
    assert (other.verified, other.failure) == (
        False,
        "Verification failed: subject does not match distribution digest",
    )
    renamed = judged(provenance, replace(file, filename=f"other-{name.partition('-')[2]}"))
    assert renamed.failure


def test_a_publisher_that_did_not_sign(assets: Mapping[str, bytes]) -> None:
    name = SDISTS[0]
    data = json.loads(assets[f"{name}.provenance"])
    data["attestation_bundles"][0]["publisher"]["repository"] = "stranger/pypi-attestations"
    publisher = judged(json.dumps(data).encode(), of(assets, name))
    assert not publisher.verified
    assert publisher.failure


def test_a_signature_that_was_changed(assets: Mapping[str, bytes]) -> None:
    name = SDISTS[0]
    data = json.loads(assets[f"{name}.provenance"])
    envelope = data["attestation_bundles"][0]["attestations"][0]["envelope"]
    envelope["signature"] = envelope["signature"][:20] + "AAAA" + envelope["signature"][24:]
    assert judged(json.dumps(data).encode(), of(assets, name)).failure
