"""One job on a stage: a GitHub, an index, a checkout as actions/checkout leaves it, and the action run in it.

The action runs in this process, or as the built container by a script that
mounts what the runner mounts; both see the same GitHub and the same index.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hashpin import action
from tests import runner
from tests.github.standin import GitHub
from tests.github.store import Pull, Repository
from tests.loopback import LoopbackIndex

OLD, GOOD, ALSO, FORGED = (letter * 64 for letter in "dabc")
PROJECTS: Mapping[str, Any] = {
    "demo": {
        "releases": {
            "1.0": [{"filename": "demo-1.0.tar.gz", "sha256": OLD, "uploaded": "2023-01-01T00:00:00Z"}],
            "2.0": [
                {"filename": "demo-2.0.tar.gz", "sha256": GOOD, "uploaded": "2024-01-01T00:00:00Z"},
                {"filename": "demo-2.0-py3-none-any.whl", "sha256": ALSO, "uploaded": "2024-01-01T00:00:00Z"},
            ],
        }
    },
    "other": {
        "releases": {
            "1": [{"filename": "other-1.tar.gz", "sha256": "1" * 64, "uploaded": "2024-01-01T00:00:00Z"}],
            "2": [{"filename": "other-2.tar.gz", "sha256": "2" * 64, "uploaded": "2024-02-01T00:00:00Z"}],
        }
    },
}
STALE = f"# pinned\ndemo==2.0 \\\n    --hash=sha256:{OLD}\n"
FINE = f"# pinned\ndemo==2.0 \\\n    --hash=sha256:{GOOD} \\\n    --hash=sha256:{ALSO}\n"
BAD = f"# pinned\ndemo==2.0 \\\n    --hash=sha256:{GOOD} \\\n    --hash=sha256:{FORGED}\n"

ALL = {"contents": "write", "pull_requests": "write", "checks": "write", "issues": "write"}


@dataclass(frozen=True)
class Ran:
    """What a job left behind."""

    code: int
    log: str
    outputs: Mapping[str, str]
    summary: str

    @property
    def commands(self) -> list[runner.Command]:
        return list(runner.commands(self.log))

    @property
    def operation(self) -> str:
        return self.outputs["pull-request-operation"]


@dataclass
class Stage:
    """A repository on a GitHub, and jobs that run for it."""

    folder: Path
    hub: GitHub
    index: LoopbackIndex
    repository: Repository
    container: bool = False
    permissions: Mapping[str, str] = field(default_factory=lambda: dict(ALL))
    login: str = "github-actions[bot]"
    _jobs: int = 0

    def run(
        self,
        event: str = "schedule",
        *,
        pull: Pull | None = None,
        branch: str = "main",
        commit: str | None = None,
        payload: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        depth: int | None = None,
        inputs: Mapping[str, str] | None = None,
        extra: Mapping[str, bytes] | None = None,
        below: str = ".",
        on_branch: str | None = None,
    ) -> Ran:
        """A job for this event.

        `depth` is the checkout's; None for one without history. `extra` are files that
        steps before have made; `below` is the folder that is checked out to,
        `on_branch` the name that the checkout gives the commit.
        """
        self._jobs += 1
        folder = self.folder / f"job{self._jobs}"
        workspace, temp = folder / "workspace", folder / "temp"
        sha = commit or (pull.merge_commit if pull and event != "pull_request_target" else None)
        sha = sha or self.repository.tip(branch)
        assert sha
        self._check_out(workspace / below, sha, depth, on_branch)
        for path, content in (extra or {}).items():
            (workspace / path).parent.mkdir(parents=True, exist_ok=True)
            (workspace / path).write_bytes(content)
        told = self.hub.event(event, self.repository, pull=pull, branch=branch) if payload is None else payload
        token = self.hub.token(self.repository, self.permissions, login=self.login)
        given = {"mode": "pull-request", "token": token, "index-url": self.index.url, "timeout": "60"}
        given |= inputs or {}
        variables = {f"INPUT_{name.upper()}": value for name, value in given.items()}
        started_by = _started_by(event, pull) or sha
        variables |= {
            "GITHUB_EVENT_NAME": event,
            "GITHUB_REPOSITORY": self.repository.full_name,
            "GITHUB_SHA": started_by,
            "GITHUB_REF": _ref(event, pull, branch),
            "GITHUB_ACTOR": "jo",
            "GITHUB_API_URL": self.hub.api_url,
            "GITHUB_SERVER_URL": self.hub.server_url,
            "GITHUB_RUN_ID": "1",
            **(environ or {}),
        }
        started = _in_container if self.container else _in_process
        return started(workspace, temp, variables, json.dumps(told))

    def _check_out(self, workspace: Path, sha: str, depth: int | None, branch: str | None) -> None:
        """As actions/checkout: the commit, detached if no branch is named; without history where no depth is given."""
        workspace.mkdir(parents=True)
        bare = str(self.repository.path)
        if depth is None:
            archived = self.repository.git("archive", sha)
            subprocess.run(["tar", "-x"], cwd=workspace, input=archived, check=True)
            (workspace / ".git").mkdir()
            return
        for command in (
            ["init", "--quiet"],
            ["fetch", "--quiet", f"--depth={depth}", f"file://{bare}", sha],
            ["-c", "advice.detachedHead=false", "checkout", "--quiet", *(["-b", branch] if branch else []), sha],
        ):
            subprocess.run(["git", *command], cwd=workspace, check=True, capture_output=True)


def _started_by(event: str, pull: Pull | None) -> str | None:
    """GITHUB_SHA, whatever is checked out. Source: the same page as `_ref`."""
    if pull and event == "pull_request_target":
        return pull.repository.tip(pull.base_ref)
    return pull.merge_commit if pull and event == "pull_request" else None


def _ref(event: str, pull: Pull | None, branch: str) -> str:
    """Source: GitHub's documentation, "Events that trigger workflows", GITHUB_REF of each."""
    if pull and event == "pull_request_target":
        return f"refs/heads/{pull.base_ref}"
    return f"refs/pull/{pull.number}/merge" if pull and event != "merge_group" else f"refs/heads/{branch}"


def _in_process(workspace: Path, temp: Path, variables: Mapping[str, str], payload: str) -> Ran:
    temp.mkdir()
    files = {name: temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH")}
    for file in files.values():
        file.write_text("")
    files["GITHUB_EVENT_PATH"].write_text(payload)
    log = io.StringIO()
    with contextlib.chdir(workspace):
        code = action.main({**variables, **{name: str(file) for name, file in files.items()}}, log)
    outputs = runner.file_commands(files["GITHUB_OUTPUT"].read_text())
    return Ran(code, log.getvalue(), outputs, files["GITHUB_STEP_SUMMARY"].read_text())


def _in_container(workspace: Path, temp: Path, variables: Mapping[str, str], payload: str) -> Ran:
    (temp / "_github_workflow").mkdir(parents=True)
    (temp / "_github_workflow" / "event.json").write_text(payload)
    script = os.environ.get("HASHPIN_RUN")
    assert script, "HASHPIN_RUN names the script that runs an image as the runner does"
    command = [script, str(temp), str(workspace), os.environ["HASHPIN_IMAGE"]]
    environ = {**os.environ, **variables}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=300, check=False)
    written = temp / "_runner_file_commands"
    outputs = runner.file_commands((written / "set_output").read_text())
    return Ran(done.returncode, done.stdout + done.stderr, outputs, (written / "set_step_summary").read_text())


@contextlib.contextmanager
def stage(
    folder: Path, files: Mapping[str, bytes | None], *, container: bool = False, enterprise: bool = False, **more: Any
) -> Iterator[Stage]:
    """A stage with these files on main. What GitHub's descriptions have against the play is in `hub.violations`."""
    with LoopbackIndex(PROJECTS) as index, GitHub(folder / "hub", enterprise=enterprise) as hub:
        repository = hub.repository("org/repo", files, **more)
        try:
            yield Stage(folder, hub, index, repository, container)
        finally:
            shutil.rmtree(folder / "hub", ignore_errors=True)
