"""How each Kinect is connected, on made-up USB buses."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.rig.loading import parse_rig
from tests.doctor.examining import OK, PROBLEM, UNKNOWN, Row, expect, told
from tests.host.made_up import INTEL, SERIALS, MadeUp, good, has
from tests.host.plugging import PCI, microphones_only, on_usb_2, one_controller, single, strange
from tests.rig.rig_texts import GOOD

MISSING = "usb-camera-missing"
ROWS = [
    Row("a Kinect on USB 3 is well", single(), OK, "5 Gbit/s on port 2-6", device="front"),
    Row("and its controller is named", single(), OK, "0000:00:14.0 (Intel)", device="front"),
    Row("10 Gbit/s is well too", single(speed="10000"), OK, "10 Gbit/s", device="front"),
    Row("without serials the hub tells", single(serial=None), OK, "5 Gbit/s", device="port 2-6"),
    Row(
        "USB 2 is too slow", on_usb_2, PROBLEM,
        "on port 1-7, controller 0000:00:14.0 (Intel), at 480 Mbit/s", "USB 3 port", device="front",
    ),
    Row("a strange speed is unknown", strange, UNKNOWN, "can't be read", "lsusb -t", device="front"),
    Row(
        "no depth camera, as without power", single(lacks=("097c",)), PROBLEM, "its depth camera is not",
        "power supply", MISSING, "front",
    ),
    Row(
        "no color camera", single(lacks=("097d",)), PROBLEM, "its color camera is not", "replug", MISSING,
        "front",
    ),
    Row(
        "microphones alone", microphones_only, PROBLEM, "depth camera and color camera", "power supply",
        MISSING, "front",
    ),
    Row("none at all", lambda it: it.controller(PCI, INTEL, 1), UNKNOWN, "no Azure Kinect is", "lsusb"),
    Row("no list of them", lambda _: None, UNKNOWN, "no such file", "container"),
    Row("another system", has(system="win32"), UNKNOWN, "on win32", "Device Manager"),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_bus_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "usb-link", MadeUp(tmp_path))


def test_each_kinect_is_told(tmp_path: Path) -> None:
    results = told("usb-link", good(tmp_path))
    assert [(each.name, each.status, each.device) for each in results] == [
        ("usb-link", OK, name) for name in ("front", "left", "right")
    ]


def test_without_a_rig_serials_are_names(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    one_controller(INTEL, 2)(computer)
    assert [each.device for each in told("usb-link", computer, rig=None)] == list(SERIALS[:2])


def test_of_a_femto_nobody_knows_how_it_stands_on_the_bus(tmp_path: Path) -> None:
    femto = GOOD.replace("topology", "hardware: femto\ntopology").replace("8330", "8300")
    (result,) = told("usb-link", good(tmp_path), rig=parse_rig(femto).rig)
    assert (result.status, "not those of a Femto" in result.what) == (UNKNOWN, True)
