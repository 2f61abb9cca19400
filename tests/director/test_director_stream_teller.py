"""A program that reads along is told when a run began and how its devices stand, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.director.device_state import Phase
from kinect_sync.director.observer import DeviceSnapshot, Snapshot
from kinect_sync.director.stream_teller import StreamTeller
from kinect_sync.findings import Finding
from kinect_sync.rig.loading import parse_rig
from kinect_sync.values import Value
from kinect_sync.wire.direction import Alive, Began, DeviceChanged, LensesRead, StreamedDevice

RIG = parse_rig(
    """
name: alone
topology: standalone
camera: {color_resolution: 720p, depth_mode: nfov_2x2binned, fps: 30}
devices:
  - {name: front, serial: "000123456712", role: standalone}
"""
).rig
SETTINGS = RIG.settings_of(RIG.devices[0])
WARNED = Finding(code="overlaps", device=None, what="of it was warned", remedy=None)
FOUND = Finding(code="worker-died", device="front", what="it died", remedy=None)


def snapshot(phase: Phase, *findings: Finding, reference: str | None = "front") -> Snapshot:
    device = DeviceSnapshot("front", phase, 0, 0, 0, 0, 0, 0, None, findings, "west", captures_wait=True)
    return Snapshot((device,), Path("walk"), 0.0, 0, 0, None, moment_s=100.0, reference=reference)


class Told:
    """What is told, and the teller."""

    def __init__(self) -> None:
        self.said: list[Value] = []
        self.teller = StreamTeller(self.said.append, RIG, Path("rings"), [WARNED])

    def after(self, *snapshots: Snapshot) -> list[Value]:
        """Return what is told but that somebody is there."""
        return [each for each in self.all_after(*snapshots) if each != Alive()]

    def all_after(self, *snapshots: Snapshot) -> list[Value]:
        self.said.clear()
        for each in snapshots:
            self.teller.on_change(each)
        return list(self.said)


def test_nothing_is_told_before_recording_begins_and_then_all_that_is_needed() -> None:
    told = Told()
    assert told.after(snapshot(Phase.ARMED, reference=None)) == []
    began = Began(
        devices=(StreamedDevice(settings=SETTINGS, host="west", captures_wait=True),),
        reference="front",
        folder=Path("rings"),
        take=Path("walk"),
        findings=(WARNED,),
    )
    delivers = DeviceChanged(device="front", standing="delivers", findings=())
    assert told.after(snapshot(Phase.DELIVERING)) == [began, delivers]
    assert told.after(snapshot(Phase.RECORDING), replace(snapshot(Phase.RECORDING), pulses=9)) == []


def test_what_a_device_holds_of_its_lenses_is_told_once_as_soon_as_it_is_open() -> None:
    told, opened = Told(), snapshot(Phase.OPEN, reference=None)
    (front,) = opened.devices
    opened = replace(opened, devices=(replace(front, calibration=b"lens"),))
    assert told.after(opened, opened) == [LensesRead(device="front", calibration=b"lens")]


@pytest.mark.parametrize(
    ("phase", "standing"),
    [
        (Phase.STALLED, "silent"),
        (Phase.FROZEN, "silent"),
        (Phase.CUT_OFF, "silent"),
        (Phase.LOST, "lost"),
        (Phase.FINISHED, "finished"),
    ],
)
def test_how_a_device_stands_is_told_with_what_was_found(phase: Phase, standing: str) -> None:
    told = Told()
    told.after(snapshot(Phase.RECORDING))
    (said,) = told.after(snapshot(phase, FOUND), snapshot(phase, FOUND))
    assert isinstance(said, DeviceChanged)
    assert (said.standing, said.findings) == (standing, (FOUND,))


def test_that_it_goes_on_is_told_once_a_second_from_the_start_to_the_end() -> None:
    told = Told()
    starts, closes = snapshot(Phase.OPENING, reference=None), snapshot(Phase.FINISHED)
    assert told.all_after(starts, replace(starts, moment_s=100.9)) == [Alive()]
    assert told.all_after(*(replace(closes, moment_s=101.0 + 0.1 * n) for n in range(20))).count(Alive()) == 2
