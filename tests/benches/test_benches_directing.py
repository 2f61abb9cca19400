"""What the director of a stream looks at before anything is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches import directing
from kinect_sync.benches.directing import StreamOrder, direct
from kinect_sync.benches.wanted import Simulated
from kinect_sync.director.take import TakePlan
from kinect_sync.findings.viewing import NEWEST_UNPUBLISHED
from kinect_sync.values import Value
from kinect_sync.wire.direction import Refused
from tests.director.scripted import chain


class ScriptedProgram:
    """A program that takes rows, and leaves as soon as it is told how it went."""

    def __init__(self) -> None:
        self.told: list[Value] = []

    def tell(self, message: Value) -> None:
        self.told.append(message)

    def wait_until_left(self) -> None:
        pass


def test_nothing_is_started_where_memory_has_no_room_for_the_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KSYNC_MEMORY", str(tmp_path))
    monkeypatch.setattr(directing, "prepared_take", None)
    plan = TakePlan(rig=chain(3), directory=tmp_path / "takes")
    order = StreamOrder(plan=plan, bench=Simulated(), keeps=True, ring=10**7, studio=tmp_path)
    program: Any = ScriptedProgram()
    direct(order, program)
    (refused,) = program.told
    assert isinstance(refused, Refused)
    assert [each.kind for each in refused.findings] == [NEWEST_UNPUBLISHED]
    assert list(tmp_path.iterdir()) == []
