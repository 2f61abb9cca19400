"""What the director of a stream looks at before anything is started."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches import directing
from kinect_sync.benches.directing import StreamOrder, direct
from kinect_sync.benches.wanted import Simulated
from kinect_sync.benches.workplaces import Workplaces
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import BenchError
from kinect_sync.findings.streaming import DIRECTOR_FAILED
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
    assert [each.kind for each in refused(tmp_path, ring=10**7).findings] == [NEWEST_UNPUBLISHED]
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_started_where_another_host_has_no_room_for_its_rings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cam_2, cam_3 = (device.name for device in chain(3).devices)
    work = Workplaces(
        raising,
        elsewhere={cam_2: "host-b", cam_3: "host-c"},
        rooms={"host-b": 20_000_000, "host-c": None, "host-d": 0},
    )
    monkeypatch.setenv("KSYNC_MEMORY", str(tmp_path))
    monkeypatch.setattr(directing, "workplaces", lambda *_, **__: nullcontext(work))
    monkeypatch.setattr(directing, "stream_rig", raising)
    (finding,) = refused(tmp_path).findings
    assert finding.kind is NEWEST_UNPUBLISHED
    assert finding.what == "what the devices of `host-b` give takes 31 MB in memory there; 20 MB are free"


def raising(*_: object, **__: object) -> Any:
    raise RuntimeError("something is started")


def test_an_error_that_nobody_foresaw_is_told_by_its_name_and_its_traceback_is_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise IndexError("tuple index out of range")

    monkeypatch.setenv("KSYNC_MEMORY", str(tmp_path))
    monkeypatch.setattr(directing, "prepared_take", fail)
    told = refused(tmp_path)
    assert isinstance(told.exception, BenchError)
    (finding,) = told.findings
    assert (finding.kind, finding.what) == (
        DIRECTOR_FAILED,
        "the run was ended by IndexError: tuple index out of range",
    )
    assert "in fail" in capsys.readouterr().err


def refused(folder: Path, ring: int = 12) -> Refused:
    """Return what a program is told of a run that there is not."""
    plan = TakePlan(rig=chain(3), directory=folder / "takes")
    order = StreamOrder(plan=plan, bench=Simulated(), keeps=True, ring=ring, studio=folder)
    program: Any = ScriptedProgram()
    direct(order, program)
    (told,) = program.told
    assert isinstance(told, Refused)
    return told
