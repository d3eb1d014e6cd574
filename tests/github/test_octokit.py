"""A second client, so that the stand-in is not only PyGithub's friend: Octokit, from npm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from tests.github.standin import GitHub

FOLDER = Path(__file__).parent / "octokit"

pytestmark = pytest.mark.npm


@pytest.mark.parametrize("enterprise", [False, True], ids=["github.com", "enterprise"])
def test_octokit_opens_and_closes_a_pull_request(tmp_path: Path, enterprise: bool) -> None:
    with GitHub(tmp_path / "hub", enterprise=enterprise) as hub:
        repo = hub.repository("org/repo", {"requirements.txt": b"a==1\n", "run.sh": b"#!"}, executable={"run.sh"})
        rights = {"contents": "write", "pull_requests": "write", "checks": "write"}
        token = hub.token(repo, rights)
        command = ["node", str(FOLDER / "smoke.mjs"), hub.api_url, token]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "files": [["requirements.txt", "100644"], ["run.sh", "100755"]],
        "verified": True,
        "pull": [1, True],
        "again": 422,
        "missing": [404, "Not Found"],
        "comments": ["comment 0", "comment 1", "comment 2"],
        "files_changed": ["requirements.txt"],
        "state": "closed",
    }
    assert hub.violations == []
    assert repo.pulls[1].title == "Fixed"
    assert repo.pulls[1].labels == ["dependencies"]
    assert [run.conclusion for run in repo.check_runs] == ["success"]
