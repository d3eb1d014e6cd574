"""Whether the signatures of attestations hold: only where the extra ``attestations`` is installed.

pypi-attestations checks an attestation against the file's name and sha256 and
against the publisher (PEP 740), by sigstore's trust root: the one that comes
with the package sigstore, or the one that the machine's user has in a cache of
sigstore's. Nothing is fetched, so a package that is old may not know a new key:
then the signature does not hold until it is renewed.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from functools import cache
from types import ModuleType

from msgspec.structs import replace

from hashpin.indexes.integrity import Bundle
from hashpin.model import DistributionFile, Publisher
from hashpin.wording import shortened

# Those that the package has a class for, which says how the signing certificate must name them.
_KINDS = ("CircleCI", "GitHub", "GitLab", "Google")
# sigstore writes its trust root to a cache, and reads it from there while another thread may still be writing.
_one_at_a_time = threading.Lock()


def publishers(bundles: Iterable[Bundle], file: DistributionFile) -> tuple[Publisher, ...]:
    """Who published a file, with what is known of each one's signature."""
    with _one_at_a_time:
        return tuple(_judged(bundle, file) for bundle in bundles)


def _judged(bundle: Bundle, file: DistributionFile) -> Publisher:
    package = _package()
    sha256 = next((digest.value for digest in file.digests if digest.algorithm == "sha256"), None)
    if package is None or sha256 is None or bundle.publisher.kind not in _KINDS:
        return bundle.publisher
    failure = ""
    for attestation in bundle.attestations:
        try:
            found = package.AttestationBundle.model_validate({"publisher": bundle.said, "attestations": [attestation]})
            distribution = package.Distribution(name=file.filename, digest=sha256)
            found.attestations[0].verify(found.publisher, distribution, offline=True)
        except OSError:  # the trust root cannot be read or kept here: that says nothing of the signature
            return bundle.publisher
        except Exception as error:  # a stranger's certificate can fail in any of six libraries
            failure = failure or shortened(_first_line(error), 200)
        else:
            return replace(bundle.publisher, verified=True)
    return replace(bundle.publisher, failure=failure)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


@cache
def _package() -> ModuleType | None:
    try:
        import pypi_attestations
    except ImportError:
        return None
    # It warns of having fetched no newer trust root, which is what we ask for.
    logging.getLogger("sigstore").addHandler(logging.NullHandler())
    module: ModuleType = pypi_attestations
    return module
