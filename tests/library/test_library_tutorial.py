"""The tutorials do what they say, from top to bottom, in a folder like a clone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.commands import ROOT
from tests.cli.crowd import ATTEMPTS
from tests.library.programs import run_program

pytestmark = pytest.mark.realtime

TUTORIALS = {"python.md": (True, False, True, False), "live-rows.md": (True,) * 5}
"""By page, which of its programs are said to print something."""
BLOCK = re.compile(r"^```python\n(?P<program>.*?)^```(?:[^`]*?^```text\n(?P<told>.*?)^```)?", re.M | re.S)


def programs(page: str) -> list[re.Match[str]]:
    return list(BLOCK.finditer((ROOT / "docs" / "tutorials" / page).read_text(encoding="utf-8")))


@pytest.mark.parametrize("page", TUTORIALS)
def test_each_program_prints_what_is_promised(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert tuple(bool(block["told"]) for block in programs(page)) == TUTORIALS[page]
    for attempt in range(ATTEMPTS):  # a slow moment loses rows, of which the tutorials do not speak
        clone = tmp_path / str(attempt)
        for folder in ("configs", "examples"):
            shutil.copytree(ROOT / folder, clone / folder)
        monkeypatch.chdir(clone)
        wrong = follow(page)
        if wrong is None:
            break
    assert wrong is None, wrong


def follow(page: str) -> str | None:
    """Run all programs in the current folder; return what was not as promised."""
    for block in programs(page):
        ended = run_program(block["program"])
        promised = pattern_of(block["told"]) if block["told"] else "[^\0]*"
        if (ended.code, ended.err, ended.left) != (0, "", []) or not re.fullmatch(promised, ended.out):
            return f"{block['program']}\n{ended.out}\n{ended.err}"
    return None


def pattern_of(told: str) -> str:
    """What is promised as a pattern: `…` stands for anything, alone for any lines."""
    lines = told.splitlines()
    return "".join(
        r"(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in lines
    )


@pytest.mark.parametrize("page", TUTORIALS)
def test_the_first_program_has_ten_lines(page: str) -> None:
    first = programs(page)[0]["program"]
    assert len([line for line in first.splitlines() if line.strip()]) <= 10
