"""Derived facts against figures from the hardware's documentation."""

from __future__ import annotations

from itertools import product

import pytest

from kinect_sync.cli.facts import delays_text
from kinect_sync.rig.facts import RigFacts, disk_rate, rig_facts
from kinect_sync.rig.loading import parse_rig
from tests.rig.rig_texts import GOOD


def facts_of(**camera: object) -> RigFacts:
    settings = {"color_resolution": "off", "fps": 30, **camera}
    lines = "".join(f"  {key}: {value}\n" for key, value in settings.items())
    text = "name: r\ntopology: standalone\ncamera:\n" + lines
    return rig_facts(parse_rig(text + 'devices: [{name: d, serial: "000000000012", role: standalone}]\n').rig)


@pytest.mark.parametrize(
    ("mode", "fps", "usb_mb", "disk_mb"),
    [
        ("nfov_unbinned", 30, 159.3, 44.2),
        ("nfov_2x2binned", 30, 159.3, 11.1),
        ("wfov_2x2binned", 30, 113.3, 31.5),
        ("wfov_unbinned", 15, 141.6, 62.9),
        ("passive_ir", 30, 50.3, 62.9),
        ("nfov_unbinned", 5, 26.6, 7.4),
    ],
)
def test_depth_rates(mode: str, fps: int, usb_mb: float, disk_mb: float) -> None:
    facts = facts_of(depth_mode=mode, fps=fps)
    assert facts.usb.is_exact
    assert facts.usb.low / 1e6 == pytest.approx(usb_mb, abs=0.06)
    assert facts.disk.low / 1e6 == pytest.approx(disk_mb, abs=0.06)


@pytest.mark.parametrize(
    ("resolution", "color_format", "fps", "disk_mb"),
    [
        ("720p", "bgra32", 30, 110.6),
        ("1080p", "bgra32", 30, 248.8),
        ("1440p", "bgra32", 30, 442.4),
        ("1536p", "bgra32", 30, 377.5),
        ("2160p", "bgra32", 30, 995.3),
        ("3072p", "bgra32", 15, 755.0),
        ("720p", "yuy2", 30, 55.3),
        ("720p", "nv12", 30, 41.5),
    ],
)
def test_color_rates_on_disk(resolution: str, color_format: str, fps: int, disk_mb: float) -> None:
    facts = facts_of(color_resolution=resolution, color_format=color_format, fps=fps, depth_mode="off")
    assert facts.disk.is_exact
    assert facts.disk.low / 1e6 == pytest.approx(disk_mb, abs=0.06)


def test_bgra_travels_as_mjpg() -> None:
    color = {"color_resolution": "720p", "depth_mode": "off"}
    assert facts_of(**color, color_format="bgra32").usb == facts_of(**color, color_format="mjpg").usb


def test_mjpg_is_a_range_that_holds_what_was_seen() -> None:
    """7.46 MB/s at 720p and 30 fps, and the 10 to 35 MB/s to plan for at 2160p."""
    rate = facts_of(color_resolution="720p", depth_mode="off").disk
    assert rate.low < 7.46e6 < rate.high
    rate = facts_of(color_resolution="2160p", depth_mode="off").disk
    assert rate.low <= 10e6 < 35e6 < rate.high


def test_compressed_depth_is_a_range_that_holds_what_was_seen() -> None:
    """0.36 of a real capture's depth and IR; color stays as it is."""
    facts = facts_of(color_resolution="off", depth_mode="nfov_unbinned")
    assert (
        facts.compressed_disk.low
        < 0.36 * facts.disk.high
        < facts.compressed_disk.high
        < 0.6 * facts.disk.high
    )
    color = facts_of(color_resolution="720p", depth_mode="off")
    assert color.compressed_disk == color.disk


def test_sums_are_over_the_devices() -> None:
    facts = rig_facts(parse_rig(GOOD).rig)
    assert facts.disk.low == sum(device.disk.low for device in facts.devices)
    assert facts.usb.high == sum(device.usb.high for device in facts.devices)
    assert facts.disk.gb_per_minute[1] == pytest.approx(facts.disk.high * 60 / 1e9)


def test_space_is_planned_for_the_most() -> None:
    rig = parse_rig(GOOD).rig
    assert disk_rate(rig.settings_of(rig.devices[0])).high == rig_facts(rig).devices[0].disk.high


def test_settings_are_what_the_device_makes_of_them() -> None:
    text = (
        GOOD.replace("8330", "8000")
        .replace("usec: 200", "usec: 160")
        .replace("master_usec: 0", "master_usec: 500")
    )
    front, left, right = rig_facts(parse_rig(text).rig).devices
    assert front.exposure_us == 8330
    assert left.depth_delay_us == pytest.approx(155.556)
    assert right.subordinate_delay_us == 500
    assert (front.sync_in, front.sync_out) == (False, True)


def test_a_femto_takes_color_later_to_take_depth_earlier() -> None:
    """Also on the master, whose own color then comes after the pulse."""
    text = (
        GOOD.replace("role: master", "role: master\n    depth_delay_off_color_usec: -160")
        .replace("usec: 200", "usec: -300\n    subordinate_delay_off_master_usec: 100")
        .replace("000234567812", "CL8K14101E3")
    )
    devices = rig_facts(parse_rig(text + "hardware: femto\n").rig).devices
    delays = [(device.subordinate_delay_us, device.depth_delay_us) for device in devices]
    assert delays == [(160, -160), (400, -300), (0, 0)]
    assert [delays_text(device) for device in devices] == [
        "pulse +160.0 µs, depth -160.0 µs",
        "pulse +400.0 µs, depth -300.0 µs",
        "none",
    ]


def test_a_device_without_color_has_no_exposure() -> None:
    devices = rig_facts(parse_rig(GOOD.replace("usec: 0", "usec: 0\n    color_resolution: off")).rig).devices
    assert [device.exposure_us for device in devices] == [8330, 8330, None]
    assert [device.synchronized_images_only for device in devices] == [True, True, False]


@pytest.mark.parametrize(
    ("topology", "hardware", "trigger", "cables", "splitter"),
    [
        ("daisy_chain", "azure_kinect", False, 2, None),
        ("daisy_chain", "azure_kinect", True, 3, None),
        ("star", "azure_kinect", False, 2, "headphone splitter, 1 to 2"),
        ("star", "azure_kinect", True, 3, "headphone splitter, 1 to 2"),
        ("star", "femto", False, 3, "hub with 2 outputs, fed by the master"),
        ("star", "femto", True, 4, "hub with 3 outputs, fed by the trigger"),
    ],
)
def test_what_to_buy(topology: str, hardware: str, trigger: bool, cables: int, splitter: str | None) -> None:
    text = GOOD.replace("daisy_chain", topology) + f"hardware: {hardware}\n"
    if trigger:
        text = text.replace("role: master", "role: subordinate")
        text += "external_trigger: {fps: 30, pulse_width_us: 100, drive_current_ma: 10}\n"
    facts = rig_facts(parse_rig(text).rig)
    assert facts.cables_to_buy == cables
    assert (facts.splitter or "").endswith(splitter or "")
    assert bool(facts.splitter) == bool(splitter)


def test_lengths_are_shown_with_their_cables() -> None:
    text = GOOD + "cables:\n  - {from: left, to: right, length_m: 2.5}\n"
    assert [cable.length_m for cable in rig_facts(parse_rig(text).rig).cables] == [None, 2.5]


def test_facts_survive_json() -> None:
    for topology, imu in product(("daisy_chain", "star"), ("true", "false")):
        facts = rig_facts(parse_rig(GOOD.replace("daisy_chain", topology) + f"imu: {imu}\n").rig)
        assert RigFacts.model_validate_json(facts.model_dump_json()) == facts
