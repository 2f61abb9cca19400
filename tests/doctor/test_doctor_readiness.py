"""What the doctor says before Kinects are started."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.wanted import Played, Simulated
from kinect_sync.doctor.readiness import check_readiness
from kinect_sync.errors import BenchError
from kinect_sync.findings import Severity
from kinect_sync.host.usbfs import PARAMETER
from tests.doctor.examining import rig_of
from tests.host.made_up import Change, both, environment, good, holds, lacks, nothing

HEADLESS = environment(DISPLAY="")
SCARCE = holds(PARAMETER, "16\n")


@pytest.mark.parametrize(
    ("sentence", "change", "codes"),
    [
        ("all is well", nothing, []),
        ("memory by a rule of thumb", holds(PARAMETER, "64\n"), ["usb-memory"]),
        ("memory that will hardly do, but may without depth", SCARCE, ["usb-memory"]),
        ("what can't be told", lacks(PARAMETER), []),
        ("an X server that may be there", environment(DISPLAY=":7"), ["display"]),
    ],
)
def test_a_take_is_warned(sentence: str, change: Change, codes: list[str], tmp_path: Path) -> None:
    computer = good(tmp_path)
    change(computer)
    found = check_readiness(rig_of(3), Kinects(), computer.host)
    assert [finding.code for finding in found] == codes, sentence
    assert all(finding.severity is Severity.WARNING and finding.remedy for finding in found)


def test_without_a_display_no_depth_camera_is_started(tmp_path: Path) -> None:
    computer = good(tmp_path)
    both(HEADLESS, SCARCE)(computer)
    with pytest.raises(BenchError) as refused:
        check_readiness(rig_of(3), Kinects(), computer.host)
    told = [(finding.code, finding.severity) for finding in refused.value.findings]
    assert told == [("usb-memory", Severity.WARNING), ("display", Severity.ERROR)]


def test_color_alone_needs_no_display(tmp_path: Path) -> None:
    computer = good(tmp_path)
    HEADLESS(computer)
    rig = rig_of(3)
    rig = rig.model_copy(update={"camera": rig.camera.model_copy(update={"depth_mode": "off"})})
    assert check_readiness(rig, Kinects(), computer.host) == ()


@pytest.mark.parametrize("wanted", [Simulated(), Played(folder=Path("takes"))])
def test_what_starts_no_kinect_needs_neither(wanted: Simulated | Played, tmp_path: Path) -> None:
    computer = good(tmp_path)
    both(HEADLESS, SCARCE)(computer)
    assert check_readiness(rig_of(3), wanted, computer.host) == ()
