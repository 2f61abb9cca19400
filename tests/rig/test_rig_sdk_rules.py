"""The camera rules against the SDK's own, written down a second time as one straight decision."""

from __future__ import annotations

from itertools import product

import pytest
from pydantic import ValidationError

from kinect_sync.errors import RigError
from kinect_sync.findings import Severity
from kinect_sync.rig.loading import parse_rig
from kinect_sync.rig.rig import Rig
from tests.rig.rig_texts import GOOD

COLORS = ("off", "720p", "1080p", "1440p", "1536p", "2160p", "3072p")
FORMATS = ("mjpg", "nv12", "yuy2", "bgra32")
DEPTHS = ("off", "nfov_2x2binned", "nfov_unbinned", "wfov_2x2binned", "wfov_unbinned", "passive_ir")
PERIODS = {5: 200_000, 15: 66_666, 30: 33_333}


def sdk_accepts(
    role: str,
    color: str,
    color_format: str,
    depth: str,
    fps: int,
    sub_delay: int,
    depth_delay: int,
    paired: bool,
) -> bool:
    """Decide as `validate_configuration` of the SDK does, in its order, without its log texts."""
    period = PERIODS[fps]
    if role == "master" and color == "off":
        return False
    if sub_delay != 0 and (role != "subordinate" or not 0 <= sub_delay <= period):
        return False
    running = (color != "off") + (depth != "off")
    if running == 0:
        return False
    if running == 1 and (depth_delay != 0 or paired):
        return False
    if running == 2 and not -period <= depth_delay <= period:
        return False
    if depth == "wfov_unbinned" and fps > 15:
        return False
    if color == "off":
        return True
    if color_format in ("nv12", "yuy2"):
        return color == "720p"
    return not (color == "3072p" and fps > 15)


def rig_accepts(
    role: str,
    color: str,
    color_format: str,
    depth: str,
    fps: int,
    sub_delay: int,
    depth_delay: int,
    paired: bool,
) -> bool:
    """Put the settings on one device of a rig that is otherwise right."""
    device = {
        "name": "tested",
        "serial": "000000000012",
        "role": role,
        "color_resolution": color,
        "depth_mode": depth,
        "subordinate_delay_off_master_usec": sub_delay,
        "depth_delay_off_color_usec": depth_delay,
        "synchronized_images_only": paired,
    }
    # The other device runs what every format and fps allows, so that a refusal is the tested one's.
    other = {
        "name": "other",
        "serial": "000000000112",
        "color_resolution": "720p",
        "depth_mode": "passive_ir",
    }
    devices = {
        "master": [device, {**other, "role": "subordinate"}],
        "subordinate": [{**other, "role": "master"}, device],
        "standalone": [device],
    }[role]
    topology = "standalone" if role == "standalone" else "daisy_chain"
    camera = {"color_format": color_format, "fps": fps, "exposure_us": 500}
    try:
        Rig.model_validate({"name": "r", "topology": topology, "camera": camera, "devices": devices})
    except RigError:
        return False
    return True


def disagreements(cases: list[tuple]) -> list[tuple]:
    return [case for case in cases if rig_accepts(*case) != sdk_accepts(*case)]


@pytest.mark.parametrize("role", ["master", "subordinate", "standalone"])
def test_every_mode_is_judged_as_the_sdk_judges_it(role: str) -> None:
    cases = [
        (role, color, color_format, depth, fps, 0, 0, paired)
        for color, color_format, depth, fps, paired in product(
            COLORS, FORMATS, DEPTHS, PERIODS, (False, True)
        )
    ]
    assert disagreements(cases) == []


@pytest.mark.parametrize("role", ["master", "subordinate", "standalone"])
@pytest.mark.parametrize("fps", PERIODS)
def test_every_delay_is_judged_as_the_sdk_judges_it(role: str, fps: int) -> None:
    period = PERIODS[fps]
    delays = (0, 1, -1, period, period + 1, -period, -period - 1)
    cases = [
        (role, color, "mjpg", depth, fps, sub_delay, depth_delay, False)
        for color, depth in (
            ("720p", "nfov_unbinned"),
            ("off", "nfov_unbinned"),
            ("720p", "off"),
            ("off", "off"),
        )
        for sub_delay, depth_delay in product(delays, delays)
    ]
    assert disagreements(cases) == []


@pytest.mark.parametrize(
    ("exposure_us", "powerline_hz", "fps", "code"),
    [
        (8330, 60, 30, None),
        (8000, 60, 30, "exposure-rounded"),
        (8331, 60, 30, "exposure-rounded"),
        (33330, 60, 30, None),
        (33331, 60, 30, "exposure-too-long"),
        (30000, 50, 30, None),
        (30001, 50, 30, "exposure-too-long"),
        (50000, 60, 15, None),
        (66670, 60, 15, "exposure-too-long"),
        (60000, 50, 15, None),
        (133330, 60, 5, None),
        (133331, 60, 5, "exposure-too-long"),
        (130001, 50, 5, "exposure-too-long"),
    ],
)
def test_exposures_are_those_of_the_firmware_table(
    exposure_us: int, powerline_hz: int, fps: int, code: str | None
) -> None:
    text = GOOD.replace("8330", str(exposure_us)).replace("gain: 128", f"powerline_hz: {powerline_hz}")
    text = text.replace("fps: 30", f"fps: {fps}")
    try:
        findings = parse_rig(text).warnings
    except RigError as error:
        findings = error.findings
    assert [finding.code for finding in findings if finding.code.startswith("exposure")] == (
        [code] if code else []
    )


REMARKS = [
    ("8330", "8000", "exposure-rounded", Severity.NOTE, ("8000 µs", "8330 µs")),
    ("8330", "auto", "exposure-auto", Severity.WARNING, ("by itself",)),
    ("  gain: 128\n", "", "gain-left-out", Severity.WARNING, ("the gain is left out", "dark")),
    ("usec: 200", "usec: 160", "delay-in-ticks", Severity.NOTE, ("160", "155.6 µs")),
    ("usec: 200", "usec: -80", "delay-in-ticks", Severity.NOTE, ("-80", "-77.8 µs")),
    (
        "usec: 200",
        "usec: 200\n    depth_mode: passive_ir",
        "depth-modes-differ",
        Severity.WARNING,
        ("`left`",),
    ),
    (
        "usec: 200",
        "usec: 200\n    color_resolution: 1080p",
        "color-resolutions-differ",
        Severity.WARNING,
        ("1080p",),
    ),
    (
        "studio\n",
        "studio\nhardware: femto\n",
        None,
        Severity.NOTE,
        (),
    ),
]


@pytest.mark.parametrize(("old", "new", "code", "severity", "pieces"), REMARKS)
def test_what_only_deserves_a_remark_loads(
    old: str, new: str, code: str | None, severity: Severity, pieces: tuple[str, ...]
) -> None:
    remarks = parse_rig(GOOD.replace(old, new)).warnings
    assert [remark.code for remark in remarks] == ([code] if code else [])
    for remark in remarks:
        assert remark.severity is severity
        assert remark.remedy
        assert all(piece in remark.what for piece in pieces)


def test_a_negative_depth_delay_on_femto_is_a_warning_with_its_reason() -> None:
    loaded = parse_rig(GOOD.replace("usec: 200", "usec: -200") + "hardware: femto\n")
    (warning,) = loaded.warnings
    assert warning.severity is Severity.WARNING
    assert warning.device == "left"
    assert "color 200 µs after the master's" in warning.what


def test_a_subordinate_without_color_is_no_reason_for_a_remark() -> None:
    assert parse_rig(GOOD.replace("usec: 0", "usec: 0\n    color_resolution: off")).warnings == ()


def test_a_gain_may_stand_at_each_device_or_be_the_cameras_choice() -> None:
    left_out = GOOD.replace("  gain: 128\n", "")
    assert parse_rig(left_out.replace("8330", "auto")).warnings[0].code == "exposure-auto"
    one_less = left_out.replace("role: master", "role: master\n    gain: 90")
    (warning,) = parse_rig(one_less).warnings
    assert "of `left` and `right`" in warning.what
    assert parse_rig(left_out.replace("    role:", "    gain: 90\n    role:")).warnings == ()


def test_a_rig_in_memory_is_always_valid() -> None:
    rig = parse_rig(GOOD).rig
    fields = rig.model_dump(mode="json", by_alias=True)
    assert Rig.model_validate(fields) == rig
    with pytest.raises(RigError, match="no device is master"):
        Rig.model_validate({**fields, "devices": fields["devices"][1:]})
    with pytest.raises(ValidationError):
        Rig.model_validate({**fields, "devices": []})
