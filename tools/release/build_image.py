"""Builds and pushes the image of a release; prints the digest of what it pushed.

    python -m tools.release.build_image platform linux/amd64 --sbom sbom.spdx.json
    python -m tools.release.build_image join v1.2.3 sha256:... sha256:...

Each platform is built on a runner of its own and pushed without a tag; `join`
then makes one image of them, which gets the tag. This is the way that Docker's
documentation calls "Distribute build across multiple runners".
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tools.release.commands import Commands, Refused
from tools.release.versions import ROOT, of_tag

IMAGE = "ghcr.io/org/hashpin"
PLATFORMS = ("linux/amd64", "linux/arm64")
_NOT_RUN = f"sha256:{'0' * 64}"


def platform(commands: Commands, name: str, revision: str, source: str, sbom: Path) -> str:
    """Build for one platform and push; save its SBOM as SPDX. The digest."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "metadata.json"
        commands.change(
            *("docker", "buildx", "build", "--platform", name),
            *("--provenance", "mode=max", "--sbom", "true", "--metadata-file", str(told)),
            *("--label", f"org.opencontainers.image.source={source}"),
            *("--label", f"org.opencontainers.image.revision={revision}"),
            *("--label", "org.opencontainers.image.licenses=Apache-2.0"),
            *("--output", f"type=image,name={IMAGE},push-by-digest=true,name-canonical=true,push=true", "."),
        )
        if commands.dry_run:
            return _NOT_RUN
        digest = str(json.loads(told.read_text(encoding="utf-8"))["containerimage.digest"])
    listed = commands.read(
        "docker", "buildx", "imagetools", "inspect", f"{IMAGE}@{digest}", "--format", "{{json .SBOM.SPDX}}"
    )
    document: Any = json.loads(listed)
    if not document or not document.get("packages"):
        raise Refused("the image has no SBOM")
    sbom.write_text(json.dumps(document), encoding="utf-8")
    return digest


def join(commands: Commands, tag: str, digests: list[str]) -> str:
    """Make one image of those of the platforms, under its tag. The digest."""
    of_tag(tag)
    if len(set(digests)) != len(PLATFORMS):
        raise Refused(f"{len(set(digests))} digests for {len(PLATFORMS)} platforms")
    parts = [f"{IMAGE}@{digest}" for digest in digests]
    commands.change("docker", "buildx", "imagetools", "create", "--tag", f"{IMAGE}:{tag}", *parts)
    if commands.dry_run:
        return _NOT_RUN
    inspect = ("docker", "buildx", "imagetools", "inspect", f"{IMAGE}:{tag}")
    manifests = json.loads(commands.read(*inspect, "--raw"))["manifests"]
    found = {f"{entry['platform']['os']}/{entry['platform']['architecture']}" for entry in manifests}
    if missing := set(PLATFORMS) - found:
        raise Refused(f"the image is not there for {', '.join(sorted(missing))}")
    return commands.read(*inspect, "--format", "{{.Manifest.Digest}}")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="print the commands instead of running them")
    parser.add_argument("--root", type=Path, default=ROOT)
    of = parser.add_subparsers(dest="what", required=True)
    one = of.add_parser("platform")
    one.add_argument("name", choices=PLATFORMS)
    one.add_argument("--sbom", type=Path, required=True)
    all_of_them = of.add_parser("join")
    all_of_them.add_argument("tag")
    all_of_them.add_argument("digests", nargs="+")
    options = parser.parse_args(arguments)
    commands = Commands(options.root, options.dry_run)
    try:
        if options.what == "join":
            print(join(commands, options.tag, options.digests))
        else:
            revision = commands.read("git", "rev-parse", "HEAD")
            source = f"{os.environ['GITHUB_SERVER_URL']}/{os.environ['GITHUB_REPOSITORY']}"
            print(platform(commands, options.name, revision, source, options.sbom))
    except Refused as reason:
        print(f"refused: {reason}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
