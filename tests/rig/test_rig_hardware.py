"""What each hardware's profile says, held against figures that were worked out by hand."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kinect_sync
from kinect_sync.rig.hardware import AZURE_KINECT, FEMTO, Hardware, HardwareProfile, hardware_of
from kinect_sync.rig.model import RigFields

TICK_US = 1e6 / 90_000


class Delays(NamedTuple):
    sentence: str
    profile: HardwareProfile
    subordinate_us: int
    depth_us: int
    color_kept_us: float
    """After the pulse."""
    depth_kept_us: float
    """After color."""


DELAYS = [
    Delays("nothing stays nothing", AZURE_KINECT, 0, 0, 0, 0),
    Delays("160 µs are 14.4 ticks, and lose the 0.4", AZURE_KINECT, 160, 0, 14 * TICK_US, 0),
    Delays("a negative delay is cut toward zero, not down", AZURE_KINECT, 0, -80, 0, -7 * TICK_US),
    Delays("multiples of 100 µs are exact", AZURE_KINECT, 400, -100, 400, -100),
    Delays("less than a tick is nothing, either way", AZURE_KINECT, 11, -11, 0, 0),
    Delays("each delay is cut by itself", AZURE_KINECT, 160, 160, 14 * TICK_US, 14 * TICK_US),
    Delays("color keeps the pulse where depth comes earlier", AZURE_KINECT, 200, -200, 200, -200),
    Delays("a Femto keeps microseconds", FEMTO, 7, 161, 7, 161),
    Delays("a Femto's color gives way to a depth that comes earlier", FEMTO, 0, -160, 160, -160),
    Delays("and does so on top of its own delay", FEMTO, 300, -160, 460, -160),
]


@pytest.mark.parametrize("row", DELAYS, ids=[row.sentence for row in DELAYS])
def test_delays_as_they_are_kept(row: Delays) -> None:
    kept = row.profile.delays.keep(row.subordinate_us, row.depth_us)
    assert (kept.color_us, kept.depth_us) == pytest.approx((row.color_kept_us, row.depth_kept_us))


@given(st.integers(-200_000, 200_000))
def test_an_azure_kinect_cuts_toward_zero_to_ticks(delay_us: int) -> None:
    steps = AZURE_KINECT.delays.steps(delay_us)
    assert abs(steps) * 100 <= abs(delay_us) * 9 < (abs(steps) + 1) * 100
    assert steps * delay_us >= 0
    assert AZURE_KINECT.delays.cut_us(delay_us) == pytest.approx(steps * 100 / 9)


@pytest.mark.parametrize("fps", [5, 15, 30])
def test_depth_is_never_taken_before_the_pulse_on_a_femto(fps: int) -> None:
    for depth_us in range(-FEMTO.delays.limit_us(fps), 1, 111):
        kept = FEMTO.delays.keep(0, depth_us)
        assert kept.color_us + kept.depth_us == 0


@pytest.mark.parametrize(
    ("profile", "fps", "limit_us"),
    [
        pytest.param(AZURE_KINECT, 30, 33_333, id="one period, in whole µs"),
        pytest.param(AZURE_KINECT, 15, 66_666, id="twice as long at half the rate"),
        pytest.param(AZURE_KINECT, 5, 200_000, id="up to a fifth of a second"),
        pytest.param(FEMTO, 30, 33_333, id="the wrapper's bound"),
        pytest.param(FEMTO, 5, 33_333, id="which does not depend on the rate"),
    ],
)
def test_the_longest_delay(profile: HardwareProfile, fps: int, limit_us: int) -> None:
    assert profile.delays.limit_us(fps) == limit_us


@pytest.mark.parametrize(
    ("profile", "set_us", "powerline_hz", "fps", "used_us"),
    [
        pytest.param(AZURE_KINECT, 8330, 60, 30, 8330, id="an entry of the table is kept"),
        pytest.param(AZURE_KINECT, 8000, 60, 30, 8330, id="what lies between is rounded up"),
        pytest.param(AZURE_KINECT, 8000, 50, 30, 10_000, id="to the table of the mains frequency"),
        pytest.param(AZURE_KINECT, 60_000, 60, 15, 50_000, id="66670 is longer than a period at 15 fps"),
        pytest.param(AZURE_KINECT, 60_000, 50, 15, 60_000, id="60000 is not"),
        pytest.param(AZURE_KINECT, 200_000, 60, 5, 133_330, id="the table ends"),
        pytest.param(FEMTO, 8000, 60, 30, 8000, id="a Femto has no table"),
    ],
)
def test_the_exposure_that_is_used(
    profile: HardwareProfile, set_us: int, powerline_hz: int, fps: int, used_us: int
) -> None:
    assert profile.exposures.effective_us(set_us, powerline_hz, fps) == used_us


@pytest.mark.parametrize("hardware", Hardware)
@pytest.mark.parametrize("powerline_hz", [50, 60])
@pytest.mark.parametrize("fps", [5, 15, 30])
def test_the_longest_exposure_is_kept_and_fits_a_period(
    hardware: Hardware, powerline_hz: int, fps: int
) -> None:
    exposures = hardware.profile.exposures
    longest_us = exposures.longest_us(powerline_hz, fps)
    assert longest_us <= 1e6 / fps
    assert exposures.effective_us(longest_us, powerline_hz, fps) == longest_us


@pytest.mark.parametrize("hardware", Hardware)
def test_a_new_rig_file_proposes_an_exposure_that_is_kept(hardware: Hardware) -> None:
    exposures = hardware.profile.exposures
    assert exposures.effective_us(exposures.example_us, 60, 30) == exposures.example_us


SERIALS = [
    ("000123456712", Hardware.AZURE_KINECT, "12 digits"),
    ("CL8K14101E3", Hardware.FEMTO, "letters among them"),
    ("00012345671", Hardware.FEMTO, "a digit too few for an Azure Kinect"),
    ("٠٠٠١٢٣٤٥٦٧١٢", Hardware.FEMTO, "digits of another script are no ASCII digits"),
]


@pytest.mark.parametrize(("serial", "hardware", "why"), SERIALS, ids=[why for *_, why in SERIALS])
def test_a_serial_tells_the_hardware(serial: str, hardware: Hardware, why: str) -> None:
    assert hardware_of(serial) is hardware


def test_one_odd_serial_decides_and_no_serial_decides_nothing() -> None:
    assert hardware_of("000123456712", "CL8K14101E3") is Hardware.FEMTO
    assert hardware_of() is Hardware.AZURE_KINECT


def test_a_clock_that_counts_from_1970_follows_a_host() -> None:
    assert hardware_of("000123456712", clock_us=1.76e15) is Hardware.FEMTO
    assert hardware_of("000123456712", clock_us=86_400e6) is Hardware.AZURE_KINECT, (
        "a day since the first pulse"
    )


def test_the_firmware_that_is_advised_is_the_one_that_is_asked_for() -> None:
    """A bundle is named after its parts: 1.6.110079014 is color 1.6.110, depth 1.6.79 and audio 1.6.14."""
    needs = AZURE_KINECT.firmware
    assert needs is not None
    parts = (needs.least.color, needs.least.depth, needs.least.audio)
    color, depth, audio = (part.split(".")[2] for part in parts)
    assert needs.bundle == f"1.6.{color}{depth:0>3}{audio:0>3}"


def test_no_other_room_decides_by_the_kind_of_hardware() -> None:
    """One more kind is to be a profile and an adapter. The simulated bench has figures of its own."""
    package = Path(kinect_sync.__file__).parent
    apart = (package / "rig", package / "devices" / "simulated")
    deciding = [
        f"{path.relative_to(package)}:{node.lineno}"
        for path in package.rglob("*.py")
        if not any(path.is_relative_to(room) for room in apart)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare | ast.MatchValue) and "Hardware." in ast.unparse(node)
    ]
    assert deciding == []


def test_what_a_rig_is_started_with_is_what_its_hardware_keeps() -> None:
    device = {"name": "a", "serial": "CL8K14101E3", "role": "subordinate", "depth_delay_off_color_usec": -160}
    rig = RigFields(name="r", topology="star", hardware="femto", devices=(device,))
    assert rig.settings_of(rig.devices[0]).kept_delays == FEMTO.delays.keep(0, -160)
