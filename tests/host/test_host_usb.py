"""Kinects on made-up USB buses: which is where, and what is wrong with that."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from kinect_sync.host.checks import Status
from kinect_sync.host.usb import find_kinects
from kinect_sync.host.usb_links import judge_links
from kinect_sync.rig.facts import RigFacts, rig_facts
from kinect_sync.rig.loading import parse_rig
from tests.host.made_up import ASMEDIA, INTEL, SERIALS, MadeUp, good
from tests.rig.rig_texts import GOOD

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="names and links of sysfs are Linux's")

PCI = "0000:00:14.0"


def rig() -> RigFacts:
    """`front`, `left`, `right` with the serials of SERIALS, NFOV unbinned at 30 fps."""
    return rig_facts(parse_rig(GOOD).rig)


def one_controller(vendor: str, count: int, **changes: str) -> Callable[[MadeUp], None]:
    def arrange(computer: MadeUp) -> None:
        computer.controller(PCI, vendor, 1, 2)
        for number, serial in enumerate(SERIALS[:count], 1):
            computer.kinect(serial, PCI, f"2-{number}", f"1-{number}", **changes)

    return arrange


def behind_a_hub(computer: MadeUp, count: int = 3) -> None:
    computer.controller(PCI, INTEL, 1, 2)
    for number, serial in enumerate(SERIALS[:count], 1):
        computer.kinect(serial, PCI, f"2-4.{number}", f"1-4.{number}")


def single(**options: object) -> Callable[[MadeUp], None]:
    def arrange(computer: MadeUp) -> None:
        computer.controller(PCI, INTEL, 1, 2)
        arguments = {"serial": SERIALS[0], "pci": PCI, "port": "2-6", "hub_port": "1-7"} | options
        computer.kinect(**arguments)

    return arrange


def on_usb_2(computer: MadeUp) -> None:
    computer.controller(PCI, INTEL, 1, 2)
    computer.kinect(SERIALS[0], PCI, "1-7", "1-7", speed="480")


def microphones_only(computer: MadeUp) -> None:
    single(lacks=("097a", "097c", "097d"))(computer)


def many(computer: MadeUp) -> None:
    for number in range(6):
        computer.controller(f"0000:0{number}:00.0", INTEL, 2 * number + 1, 2 * number + 2)
        serial = f"00000000000{number}"
        computer.kinect(serial, f"0000:0{number}:00.0", f"{2 * number + 2}-1", f"{2 * number + 1}-1")


def strange(computer: MadeUp) -> None:
    single(speed="fast?")(computer)
    computer.file("/sys/devices/pci0000:00/0000:00:14.0/usb2/2-6/2-6.1/busnum", b"\xff\xfe")
    computer.file("/sys/bus/usb/devices/7-1/idVendor", "045e")
    computer.file("/sys/bus/usb/devices/7-1/idProduct", "")
    (computer.root / "sys/bus/usb/devices/8-1").symlink_to("../nowhere")


class Row(NamedTuple):
    sentence: str
    arrange: Callable[[MadeUp], object]
    name: str
    status: Status
    device: str | None
    what: str
    remedy: str


OK, WARNING, PROBLEM, UNKNOWN = Status
SHARED, LINK, HUB = "usb-controller", "usb-link", "usb-link-shared"
ROWS = [
    Row("a Kinect on USB 3 is well", single(), LINK, OK, "front", "5 Gbit/s on port 2-6", ""),
    Row("and its controller is named", single(), LINK, OK, "front", "0000:00:14.0 (Intel)", ""),
    Row("10 Gbit/s is well too", single(speed="10000"), LINK, OK, "front", "10 Gbit/s", ""),
    Row("a controller of its own is well", single(), SHARED, OK, None, "send 160 to 168 MB/s", ""),
    Row("without serials the hub tells", single(serial=None), LINK, OK, "port 2-6", "5 Gbit/s", ""),
    Row(
        "USB 2 is too slow", on_usb_2, LINK, PROBLEM, "front",
        "on port 1-7, controller 0000:00:14.0 (Intel), at 480 Mbit/s", "USB 3 port",
    ),
    Row("a strange speed is unknown", strange, LINK, UNKNOWN, "front", "can't be read", "lsusb -t"),
    Row(
        "no depth camera, as without power", single(lacks=("097c",)), "usb-camera-missing", PROBLEM, "front",
        "its depth camera is not", "power supply",
    ),
    Row(
        "no color camera", single(lacks=("097d",)), "usb-camera-missing", PROBLEM, "front",
        "its color camera is not", "replug",
    ),
    Row(
        "microphones alone", microphones_only, "usb-camera-missing", PROBLEM, "front",
        "depth camera and color camera", "power supply",
    ),
    Row(
        "two on one controller", one_controller(INTEL, 2), SHARED, WARNING, None,
        "`front`, `left`, which send 321 to 335 MB/s: within 400 MB/s", "PCIe card",
    ),
    Row(
        "three on one controller", one_controller(INTEL, 3), SHARED, WARNING, None,
        "`front`, `left`, `right`, which send 481 to 503 MB/s: more than the 400 MB/s", "PCIe card",
    ),
    Row(
        "a controller that makes trouble", one_controller(ASMEDIA, 1), "usb-controller-maker", WARNING, None,
        "ASMedia", "Intel",
    ),
    Row("two behind a hub", lambda it: behind_a_hub(it, 2), HUB, WARNING, None, "behind a hub", "own port"),
    Row(
        "faster links help no shared controller", one_controller(INTEL, 3, speed="10000"), SHARED, WARNING,
        None, "481 to 503", "PCIe",
    ),
    Row("six on one computer", many, "usb-number", WARNING, None, "6 Kinects", "ksync devices"),
    Row(
        "none at all", lambda it: it.controller(PCI, INTEL, 1), LINK, UNKNOWN, None, "no Azure Kinect is",
        "lsusb",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_bus_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    row.arrange(computer)
    results = judge_links(find_kinects(computer.host), rig())
    (result,) = [each for each in results if each.name == row.name]
    assert (result.status, result.device) == (row.status, row.device)
    assert row.what in result.what
    assert row.remedy in (result.remedy or "")
    assert (result.remedy is None) == (result.status is Status.OK)


def test_three_on_one_link_send_more_than_it_can_carry(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    behind_a_hub(computer)
    maybe = judge_links(find_kinects(computer.host), rig())  # 481 to 503 MB/s: it depends on the scene
    assert [each.status for each in maybe if each.name == HUB] == [Status.WARNING]
    yuy2 = parse_rig(GOOD.replace("color_format: mjpg", "color_format: yuy2")).rig
    too_much = [
        each for each in judge_links(find_kinects(computer.host), rig_facts(yuy2)) if each.name == HUB
    ]
    assert [each.status for each in too_much] == [Status.PROBLEM]
    assert "send 644 MB/s, and the link carries 500" in too_much[0].what


def test_a_good_computer_has_a_link_and_a_controller_for_each(tmp_path: Path) -> None:
    results = judge_links(find_kinects(good(tmp_path).host), rig())
    assert {each.status for each in results} == {Status.OK}
    assert [each.name for each in results] == [LINK] * 3 + [SHARED] * 3


def test_five_usb_devices_are_one_kinect(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    single()(computer)
    (kinect,) = find_kinects(computer.host)
    assert kinect.model_dump() == {
        "serial": SERIALS[0],
        "port": "2-6",
        "speed_mbps": 5000,
        "controller": PCI,
        "maker": "Intel",
        "has_depth": True,
        "has_color": True,
        "nodes": ("/dev/bus/usb/002/007", "/dev/bus/usb/002/009"),
    }


def test_hubs_without_a_serial_are_no_further_kinects(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    single()(computer)
    for hub in ("usb2/2-6", "usb1/1-7"):
        computer.remove(f"/sys/devices/pci0000:00/{PCI}/{hub}/serial")
    assert [(each.serial, each.port) for each in find_kinects(computer.host)] == [(SERIALS[0], "2-6")]


def test_without_a_rig_serials_are_names_and_rates_are_unknown(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    one_controller(INTEL, 2)(computer)
    results = judge_links(find_kinects(computer.host), None)
    assert [each.device for each in results if each.name == LINK] == list(SERIALS[:2])
    (shared,) = [each for each in results if each.name == SHARED]
    assert "unknown without the rig" in shared.what


def test_ports_are_ordered_by_number(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    computer.controller(PCI, INTEL, 1, 2)
    for number in (10, 9, 2):
        computer.kinect(f"0000000000{number:02}", PCI, f"2-{number}", f"1-{number}")
    assert [kinect.port for kinect in find_kinects(computer.host)] == ["2-2", "2-9", "2-10"]


def test_no_list_of_usb_devices_is_for_the_caller_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_kinects(MadeUp(tmp_path).host)
