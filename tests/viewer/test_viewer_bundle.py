"""One answer for all devices: its frame, its pictures, and what is not sent again."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kinect_sync.viewer.bundle import Bundle, Wanted, joined, make_bundle
from kinect_sync.viewer.head import PictureHead, ViewState
from kinect_sync.viewer.recorded_take import TakeSource
from tests.review.small_takes import PERIOD_US, START_US, color_rig, make_take

PULSES = 3


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_take(tmp_path_factory.mktemp("takes") / "small", pulses=PULSES)


def read(data: bytes) -> tuple[dict[str, Any], bytes]:
    """As a page does it."""
    (nbytes,) = struct.unpack_from("<I", data)
    return json.loads(data[4 : 4 + nbytes]), data[4 + nbytes :]


def test_a_page_finds_a_picture_of_each_camera(take: Path) -> None:
    head, pictures = read(make_bundle(TakeSource(take), Wanted(ir=frozenset({"left"}))).to_bytes())
    assert head["version"] == 1
    assert head["name"] == "small"
    assert [each["name"] for each in head["devices"]] == ["front", "left", "right"]
    end = 0
    for device in head["devices"]:
        assert device["stamp"] == START_US + (PULSES - 1) * PERIOD_US
        assert (device["ir"] is not None) is (device["name"] == "left")
        for kind in ("color", "depth", "ir"):
            picture = device[kind]
            if picture is not None:
                assert picture["offset"] == end
                end += picture["nbytes"]
                data = pictures[picture["offset"] : end]
                with Image.open(as_file(data)) as image:
                    assert image.get_format_mimetype() == picture["type"]
                    assert image.size == (picture["width"], picture["height"])
        assert (device["depth"]["near_mm"], device["depth"]["far_mm"]) == (500, 5460)
        assert device["depth"]["coverage"] == 1.0
        assert device["color"]["clipped"] is not None
    assert end == len(pictures)


def as_file(data: bytes) -> Any:
    from io import BytesIO

    return BytesIO(data)


def test_what_was_packed_is_unpacked(take: Path) -> None:
    bundle = make_bundle(TakeSource(take), Wanted())
    unpacked = Bundle.from_bytes(bundle.to_bytes())
    assert unpacked.head == bundle.head
    assert unpacked.payload == (joined(bundle.payload),)


@pytest.mark.parametrize("data", [b"", b"\x01", struct.pack("<I", 10) + b"{}", struct.pack("<I", 2) + b"{}"])
def test_what_is_no_bundle_is_told(data: bytes) -> None:
    with pytest.raises(ValueError):
        Bundle.from_bytes(data)


def test_a_picture_that_the_client_has_is_not_sent_again(take: Path) -> None:
    source = TakeSource(take)
    first = make_bundle(source, Wanted(small=True))
    stamps = {each.name: each.stamp for each in first.head.devices if each.stamp is not None}
    again = make_bundle(source, Wanted(small=True, since={**stamps, "left": 1}))
    assert [each.color.same for each in again.head.devices if each.color is not None] == [True, False, True]
    assert len(again.payload) == 2
    assert sum(map(len, again.payload)) < sum(map(len, first.payload)) / 2


def test_small_ones_are_small(take: Path) -> None:
    source = TakeSource(take)
    full, small = (make_bundle(source, Wanted(small=each)).head.devices[0].color for each in (False, True))
    assert full is not None
    assert small is not None
    assert (full.width, small.width) == (1280, 320)
    assert small.nbytes * 10 < full.nbytes


def test_each_picture_is_made_once(take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten clients cost little more than one."""
    from kinect_sync.viewer import darkroom

    made: list[str] = []
    original = darkroom.depth_picture
    monkeypatch.setattr(darkroom, "depth_picture", lambda *each: made.append("depth") or original(*each))
    source = TakeSource(take)
    bundles = [make_bundle(source, Wanted()) for _ in range(10)]
    assert made == ["depth"] * 3
    assert len({bundle.to_bytes() for bundle in bundles}) == 1


def test_a_device_without_depth_has_no_picture_of_it(tmp_path: Path) -> None:
    path = make_take(tmp_path / "colored", pulses=2, rig=color_rig())
    (device, *_) = make_bundle(TakeSource(path), Wanted(ir=frozenset({"front"}))).head.devices
    assert device.color is not None
    assert device.depth is None
    assert device.ir is None


def test_an_image_that_is_damaged_costs_its_picture(tmp_path: Path) -> None:
    path = make_take(tmp_path / "damaged", pulses=1)
    recording = path / "left.mkv"
    data = bytearray(recording.read_bytes())
    at = data.index(b"\xff\xd8\xff")
    data[at : at + 2000] = bytes(2000)
    recording.write_bytes(data)
    front, left, _ = make_bundle(TakeSource(path), Wanted(small=True)).head.devices
    assert isinstance(front.color, PictureHead)
    assert isinstance(left.color, PictureHead)
    assert front.color.broken is None
    assert left.color.broken is not None
    assert left.color.nbytes == 0
    assert left.depth is not None
    assert left.depth.nbytes > 0


@pytest.mark.parametrize("stumble", [ZeroDivisionError(), IndexError(), MemoryError()])
def test_an_image_over_which_a_decoder_stumbles_costs_its_picture(
    take: Path, stumble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise stumble

    monkeypatch.setattr("kinect_sync.viewer.darkroom.depth_picture", fail)
    monkeypatch.setattr("kinect_sync.viewer.measuring.color_health", fail)
    for device in make_bundle(TakeSource(take), Wanted()).head.devices:
        assert device.depth is not None
        assert device.depth.broken == type(stumble).__name__
        assert device.color is not None
        assert device.color.nbytes > 0


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    source = TakeSource(tmp_path / "later")
    head = make_bundle(source, Wanted()).head
    assert head.state is ViewState.WAITING
    assert head.devices == ()


def test_a_take_json_that_is_none_is_told(tmp_path: Path) -> None:
    (tmp_path / "take.json").write_text("{}")
    head = make_bundle(TakeSource(tmp_path), Wanted()).head
    assert head.state is ViewState.UNREADABLE
    assert "take.json" in head.whole.words
