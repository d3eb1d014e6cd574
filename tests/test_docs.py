"""The documentation says what the code does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from hashpin import action, inputs
from hashpin.model import Explanation, Severity
from hashpin.rules import PAGES
from tools import make_docs

ROOT = make_docs.ROOT


def test_the_tables_of_the_readme_are_current() -> None:
    text = make_docs.README.read_text()
    assert make_docs.readme(text) == text, "run make readme"


def test_the_page_of_rules_is_current() -> None:
    assert make_docs.RULES_PAGE.read_text() == make_docs.rules_page(), "run make readme"


def test_the_page_of_odd_cases_is_current() -> None:
    assert make_docs.READING_PAGE.read_text() == make_docs.reading_page(), "run make readme"


def test_the_inputs_of_the_action_are_those_that_the_code_reads() -> None:
    assert set(make_docs.action()["inputs"]) == {name.replace("_", "-") for name in inputs.Inputs.__struct_fields__}


def test_defaults_live_in_the_code_alone() -> None:
    declared = make_docs.action()["inputs"]
    # A job's token is known to the runner alone.
    assert {name: entry["default"] for name, entry in declared.items() if "default" in entry} == {
        "token": "${{ github.token }}"
    }


def test_the_defaults_told_are_those_of_the_code() -> None:
    told = {name: entry["description"] for name, entry in make_docs.action()["inputs"].items()}
    default = inputs.Inputs()
    assert f"{default.jobs} if not given" in told["jobs"]
    assert f"{default.timeout:g} if not given" in told["timeout"]
    assert default.fail_on is None
    assert "`error` if not given" in told["fail-on"]
    for _, command in make_docs.commands():
        for option in command._actions:
            if option.dest in ("jobs", "timeout"):
                assert f"default {option.default:g}" in (option.help or "")


def test_the_outputs_of_the_action_are_those_that_the_code_writes() -> None:
    source = Path(action.__file__).read_text()
    written = re.findall(r'^        "([a-z-]+)": ', source[source.index("def _values(") :], re.MULTILINE)
    assert set(make_docs.action()["outputs"]) == set(written)


def test_rules_are_named_for_their_modules_and_have_a_page() -> None:
    for rule in PAGES:
        assert rule.__name__.rpartition(".")[2] == rule.RULE.name.replace("-", "_")  # type: ignore[attr-defined]
        assert re.findall("^## .*", rule.__doc__ or "", re.MULTILINE) == [
            *("## What it is", "## Why it is bad", "## What the fix does")
        ]


def test_the_changelog_names_every_rule() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    assert [rule.RULE.name for rule in PAGES if f"`{rule.RULE.name}`" not in text] == []


def test_the_schema_knows_every_explanation_and_severity() -> None:
    finding = json.loads((ROOT / "docs" / "report.schema.json").read_text())["$defs"]["finding"]["properties"]
    assert set(finding["explanation"]["enum"]) == {None, *(e.value for e in Explanation)}
    assert set(finding["severity"]["enum"]) == {s.name.lower() for s in Severity}


def test_the_links_of_the_documentation_lead_somewhere() -> None:
    for page in (make_docs.README, ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")):
        for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_dependencies_are_explained() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text().lower()
    for name in ("runtime.in", "action.in", "dev.in"):
        for line in (ROOT / "requirements" / name).read_text().splitlines():
            if line and not line.startswith(("#", "-r", "types-")):
                assert line.lower() in text, f"{line} of {name}"


def test_nothing_names_where_pypi_is() -> None:
    """The address comes from the purl specification; spelled out, it would be one more place to get it wrong."""
    from packageurl.validate import PypiTypeDefinition

    host = str(PypiTypeDefinition.default_repository_url).partition("://")[2]
    tracked = [
        path for folder in ("hashpin", "docs", "examples", "requirements") for path in (ROOT / folder).rglob("*")
    ]
    for path in [*tracked, make_docs.README, ROOT / "Makefile", ROOT / "Dockerfile", ROOT / "action.yml"]:
        if path.is_file() and path.suffix != ".pyc":
            assert host not in path.read_text(), path
