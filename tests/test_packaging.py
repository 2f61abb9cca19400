"""What is around the code: the distribution and its extras, the changelog, and what hosts of code read."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from kinect_sync.version import __version__

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT: dict[str, Any] = PYPROJECT["project"]
HOSTED = sorted([*(ROOT / ".github").rglob("*.yml"), ROOT / ".pre-commit-config.yaml"])
TEXTS = [
    *ROOT.glob("*.md"),
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "kinect_sync").rglob("*.py"),
    *(ROOT / "tests").rglob("*.py"),
    ROOT / ".ci" / "run",
    *HOSTED,
]


def test_the_command_keeps_its_name_where_the_distribution_has_another() -> None:
    assert PROJECT["name"] == "kinect-sync"
    assert PROJECT["scripts"] == {"ksync": "kinect_sync.cli.main:main"}
    assert PROJECT["license"] == "MIT"
    for name in PROJECT["license-files"]:
        assert (ROOT / name).read_text(encoding="utf-8").startswith("MIT License")


def test_whoever_says_what_to_install_names_the_distribution_and_an_extra_that_there_is() -> None:
    wanted = {
        (match["name"], extra)
        for path in TEXTS
        for match in re.finditer(
            r"""pip install (?:-[qe] )*["'](?P<name>[\w.-]+)\[(?P<extras>[\w,]+)\]["']""",
            path.read_text(encoding="utf-8"),
        )
        for extra in match["extras"].split(",")
    }
    assert {extra for _, extra in wanted} >= {"dev", "plot", "interop"}
    assert {name for name, _ in wanted} == {".", PROJECT["name"]}
    assert {extra for _, extra in wanted} <= set(PROJECT["optional-dependencies"])


def test_the_changelog_tells_of_this_version_and_of_what_comes() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert __version__ in headings


@pytest.mark.parametrize("path", HOSTED, ids=lambda path: path.name)
def test_what_hosts_read_can_be_read(path: Path) -> None:
    assert YAML(typ="safe").load(path)


def test_what_runs_elsewhere_are_parts_of_the_gate() -> None:
    """Whatever a hosted run or a hook calls, `.ci/run` calls too, so that no two say different things."""
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    hooks = YAML(typ="safe").load(ROOT / ".pre-commit-config.yaml")["repos"][0]["hooks"]
    assert [hook["entry"] for hook in hooks if hook["entry"].split(" --")[0] not in gate] == []
    jobs = YAML(typ="safe").load(ROOT / ".github" / "workflows" / "ci.yml")["jobs"]
    assert ".ci/run" in [step.get("run") for step in jobs["linux"]["steps"]]
    lines = [step["run"] for step in jobs["windows"]["steps"] if "run" in step]
    assert [line for line in lines if line not in gate and not line.startswith(("pip", "pytest"))] == []
