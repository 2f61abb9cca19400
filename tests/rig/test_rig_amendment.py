from __future__ import annotations

import pytest

from kinect_sync.rig.amendment import amend_devices
from kinect_sync.rig.loading import parse_rig
from tests.rig.rig_texts import GOOD, broken

BRACES = """\
name: studio   # our name
topology:   star
camera: {fps: 30}
devices:
  # the front
  - {name: front,  role: master, serial: "000123456712"}   # high
  - {serial: '000234567812', role: subordinate, name: "left" ,}
  - { name: right, role: subordinate, depth_delay_off_color_usec:   80 , serial: "000345678912" }
"""
DEPTH, SUBORDINATE = "depth_delay_off_color_usec", "subordinate_delay_off_master_usec"


@pytest.mark.parametrize(
    ("text", "values", "changes", "why"),
    [
        (
            GOOD,
            {"left": {DEPTH: 160}},
            [("color_usec: 200", "color_usec: 160")],
            "a value that stands there is replaced in its place",
        ),
        (
            GOOD,
            {"right": {DEPTH: 320}},
            [("master_usec: 0\n", "master_usec: 0\n    depth_delay_off_color_usec: 320\n")],
            "one that does not is added below the device's last line",
        ),
        (GOOD, {"front": {DEPTH: 0}}, [], "0 is what it is without a line"),
        (
            GOOD.replace("200", "200   # µs, measured"),
            {"left": {DEPTH: -100, SUBORDINATE: 7}},
            [
                ("color_usec: 200   #", "color_usec: -100   #"),
                ("measured\n", "measured\n    subordinate_delay_off_master_usec: 7\n"),
            ],
            "a comment beside the value stays",
        ),
        (
            BRACES,
            {"front": {DEPTH: 10}},
            [('3456712"}   #', '3456712", depth_delay_off_color_usec: 10}   #')],
            "in braces it goes before the brace",
        ),
        (
            BRACES,
            {"left": {DEPTH: 20}},
            [('"left" ,}', '"left", depth_delay_off_color_usec: 20 ,}')],
            "a comma at the end does no harm",
        ),
        (
            BRACES,
            {"right": {DEPTH: 0}},
            [("usec:   80 ,", "usec:   0 ,")],
            "a value that becomes 0 is written",
        ),
    ],
)
def test_only_the_delays_change(text, values, changes, why):
    after = amend_devices(text, values)
    assert after == broken(*changes, text=text), why
    parse_rig(after)


@pytest.mark.parametrize(
    "text",
    [GOOD, BRACES, GOOD.replace("\n", "\r\n"), GOOD.rstrip("\n"), "# µ 📷\n" + GOOD, GOOD + "\n\n# end"],
)
def test_the_new_text_says_what_was_asked_for(text):
    values = {"front": {DEPTH: 0}, "left": {DEPTH: 160}, "right": {DEPTH: 320, SUBORDINATE: 40}}
    after = parse_rig(amend_devices(text, values)).rig
    for device in after.devices:
        for field, value in values[device.name].items():
            assert getattr(device, field) == value


def test_line_endings_are_those_of_the_file():
    text = GOOD.replace("\n", "\r\n")
    after = amend_devices(text, {"right": {DEPTH: 320}})
    assert after.count("\n") == after.count("\r\n") == text.count("\n") + 1


def test_without_values_the_text_is_the_same():
    assert amend_devices(BRACES, {}) == BRACES
