"""OpenGL, which nobody can tell the version of without starting it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import UNKNOWN, Row, expect, told
from tests.host.made_up import good, has, nothing

ROWS = [
    Row("its OpenGL can't be told", nothing, UNKNOWN, "4.4", "glxinfo"),
    Row("nor on Windows", has(system="win32"), UNKNOWN, "DirectX", "dxdiag"),
    Row("no engine for a Mac", has(system="darwin"), UNKNOWN, "darwin", "Linux"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "opengl", good(tmp_path))


def test_without_libraries_there_is_no_driver_to_wonder_about(tmp_path: Path) -> None:
    it = good(tmp_path)
    it.commands = {}
    assert told("opengl", it) == []
