"""The tutorial does what it says, from top to bottom, in a folder like a clone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.commands import CONFIGS, ROOT
from tests.library.programs import run_program

pytestmark = pytest.mark.realtime

TUTORIAL = (ROOT / "docs" / "tutorials" / "python.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```python\n(?P<program>.*?)^```(?:[^`]*?^```text\n(?P<told>.*?)^```)?", re.M | re.S)


ATTEMPTS = 3
"""A machine that is too slow for a moment loses captures, of which the tutorial does not speak."""


def test_each_program_prints_what_is_promised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [bool(block["told"]) for block in BLOCK.finditer(TUTORIAL)] == [True, False, True, False]
    for attempt in range(ATTEMPTS):
        clone = tmp_path / str(attempt)
        shutil.copytree(CONFIGS, clone / "configs")
        monkeypatch.chdir(clone)
        wrong = follow()
        if wrong is None or "incomplete" not in wrong:
            break
    assert wrong is None, wrong


def follow() -> str | None:
    """Run all programs in the current folder; return what was not as promised."""
    for block in BLOCK.finditer(TUTORIAL):
        ended = run_program(block["program"])
        promised = re.escape(block["told"]).replace("…", ".*") if block["told"] else "[^\0]*"
        if (ended.code, ended.err, ended.left) != (0, "", []) or not re.fullmatch(promised, ended.out):
            return f"{block['program']}\n{ended.out}\n{ended.err}"
    return None


def test_the_first_program_has_ten_lines() -> None:
    first = next(BLOCK.finditer(TUTORIAL))["program"]
    assert len([line for line in first.splitlines() if line.strip()]) <= 10
