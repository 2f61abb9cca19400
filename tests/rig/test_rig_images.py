"""What is known to spoil color images, told before a take."""

from __future__ import annotations

from typing import Any

import pytest

from kinect_sync.findings import Severity
from kinect_sync.findings.rig import COLOR_FLICKERS, TRIGGER_SPOILS_COLOR
from kinect_sync.rig.rig import Rig
from kinect_sync.rig.rules import judge

TRIGGER = {"fps": 15, "pulse_width_us": 100, "drive_current_ma": 10}


def codes(
    *roles: str, camera: dict[str, Any] | None = None, serials: str = "00000000000{}", **more: Any
) -> Any:
    devices = [
        {"name": f"cam-{place}", "serial": serials.format(place), "role": role}
        for place, role in enumerate(roles)
    ]
    if own := more.pop("own", None):
        devices[-1] |= own
    wanted = {"fps": 15, "color_resolution": "1536p", "exposure_us": 8330} | (camera or {})
    fields = {"name": "many", "topology": "daisy_chain", "camera": wanted, "devices": devices}
    problems = judge(Rig.model_validate(fields | more))
    return [
        (each.kind.code, each.path)
        for each in problems
        if each.kind in (COLOR_FLICKERS, TRIGGER_SPOILS_COLOR)
    ]


FLICKERS = ("color-flickers", ("camera", "color_resolution"))
SPOILS = ("trigger-spoils-color", ("external_trigger",))


@pytest.mark.parametrize(
    ("sentence", "rig", "expected"),
    [
        ("1536p at 15 fps", {}, [FLICKERS]),
        ("at 30 fps", {"camera": {"fps": 30}}, []),
        ("another resolution", {"camera": {"color_resolution": "1440p"}}, []),
        (
            "only the subordinate's own resolution",
            {"camera": {"color_resolution": "720p"}, "own": {"color_resolution": "1536p"}},
            [("color-flickers", ("devices", 1, "color_resolution"))],
        ),
        ("Femtos", {"hardware": "femto", "serials": "CL8K14101E{}", "camera": {"exposure_us": 8300}}, []),
    ],
)
def test_subordinates_flicker_in_one_mode(sentence: str, rig: dict[str, Any], expected: Any) -> None:
    assert codes("master", "subordinate", **rig) == expected, sentence


def test_a_trigger_may_spoil_color_and_nothing_but_color() -> None:
    resolution = {"color_resolution": "1080p"}
    assert codes("subordinate", "subordinate", camera=resolution, external_trigger=TRIGGER) == [SPOILS]
    depth_alone = {"color_resolution": "off", "synchronized_images_only": False}
    assert codes("subordinate", "subordinate", camera=depth_alone, external_trigger=TRIGGER) == []


def test_neither_refuses_a_rig() -> None:
    assert COLOR_FLICKERS.severity is Severity.WARNING
    assert TRIGGER_SPOILS_COLOR.severity is Severity.NOTE
