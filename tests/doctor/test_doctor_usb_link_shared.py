"""Kinects behind a hub, which share the link of one port."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.rig.loading import parse_rig
from tests.doctor.examining import PROBLEM, WARNING, Row, expect, told
from tests.host.made_up import MadeUp, good
from tests.host.plugging import behind_a_hub
from tests.rig.rig_texts import GOOD


def test_two_behind_a_hub(tmp_path: Path) -> None:
    row = Row("two behind a hub", behind_a_hub(2), WARNING, "2-4, behind a hub", "own port")
    expect(row, "usb-link-shared", MadeUp(tmp_path))


def test_three_on_one_link_send_more_than_it_can_carry(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    behind_a_hub(3)(computer)
    (maybe,) = told("usb-link-shared", computer)
    assert maybe.status is WARNING, "481 to 503 MB/s: it depends on the scene"
    yuy2 = parse_rig(GOOD.replace("color_format: mjpg", "color_format: yuy2")).rig
    (too_much,) = told("usb-link-shared", computer, rig=yuy2)
    assert too_much.status is PROBLEM
    assert "send 644 MB/s, and the link carries 500" in too_much.what


def test_ports_of_their_own_are_nothing_to_tell(tmp_path: Path) -> None:
    assert told("usb-link-shared", good(tmp_path)) == []
