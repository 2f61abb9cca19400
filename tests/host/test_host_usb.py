"""Kinects on made-up USB buses: which is where."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.usb import find_kinects, usb_serials
from tests.host.made_up import INTEL, SERIALS, MadeUp, good
from tests.host.plugging import PCI, single


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


def test_ports_are_ordered_by_number(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    computer.controller(PCI, INTEL, 1, 2)
    for number in (10, 9, 2):
        computer.kinect(f"0000000000{number:02}", PCI, f"2-{number}", f"1-{number}")
    assert [kinect.port for kinect in find_kinects(computer.host)] == ["2-2", "2-9", "2-10"]


def test_no_list_of_usb_devices_is_for_the_caller_to_explain(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        find_kinects(MadeUp(tmp_path).host)


def test_serials_on_the_bus_need_no_device_to_be_opened(tmp_path: Path) -> None:
    assert usb_serials(good(tmp_path / "good").host) == set(SERIALS)
    assert usb_serials(MadeUp(tmp_path / "none").host) == frozenset()
