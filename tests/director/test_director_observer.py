"""Whoever watches a run: told of everything that is decided, and never a reason to lose a take."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from kinect_sync import director
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.observer import GuardedObserver, Observer, Snapshot
from kinect_sync.timing.alignment import Row

SNAPSHOT = Snapshot((), None, 0.0, 0, 0, None)


class Failing(Observer):
    """Fails at its first rows, and counts what it is told."""

    def __init__(self) -> None:
        self.told = 0

    def on_change(self, snapshot: Snapshot) -> None:
        self.told += 1

    def on_rows(self, rows: Sequence[Row]) -> None:
        raise ZeroDivisionError("no rows yet")


def test_an_observer_that_fails_is_told_once_and_left_alone() -> None:
    failing = Failing()
    guarded = GuardedObserver(failing)
    guarded.on_change(SNAPSHOT)
    guarded.on_rows([])
    guarded.on_rows([])
    guarded.on_change(SNAPSHOT)
    guarded.on_end(SNAPSHOT)
    assert failing.told == 1
    (found,) = guarded.findings
    assert found.what == "what watched the run failed: ZeroDivisionError: no rows yet"


def test_the_state_of_a_device_is_written_in_one_module() -> None:
    """Whoever else could write it would have to know what all others make of it."""
    names = {field.name for field in fields(DeviceState)}
    room = Path(director.__file__).parent
    written = [
        (path.name, target.attr)
        for path in room.glob("*.py")
        if path.name != "device_state.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id != "self"
        and target.attr in names
    ]
    assert written == []
