"""Devices on other hosts: what these show, put into the bundle of the take that knows of pulses and plan."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.head import DeviceHead
from kinect_sync.viewer.merging import ShownElsewhere, merged, shown_in
from kinect_sync.viewer.recorded_take import TakeSource
from tests.viewer.growing import GrowingTake


@pytest.fixture
def take(tmp_path: Path) -> Iterator[GrowingTake]:
    growing = GrowingTake(tmp_path / "here", hosts={"left": "beta"})
    growing.record(40)
    yield growing
    growing.end()


@pytest.fixture
def beta(tmp_path: Path) -> Iterator[GrowingTake]:
    """The host that records `left`: its own files, of the same pulses."""
    growing = GrowingTake(tmp_path / "beta")
    growing.record(40)
    yield growing
    growing.end()


def show(beta: GrowingTake, **wanted: object) -> dict[str, ShownElsewhere]:
    bundle = make_bundle(TakeSource(beta.folder, beta.surroundings), Wanted(small=True, **wanted))
    return shown_in(Bundle.from_bytes(bundle.to_bytes()), beta.moment_s, {})


def complete(take: GrowingTake, shown: dict[str, ShownElsewhere], **wanted: object) -> Bundle:
    asked = Wanted(small=True, **wanted)
    return merged(
        make_bundle(TakeSource(take.folder, take.surroundings), asked), shown, (), asked, take.moment_s
    )


def left_of(bundle: Bundle) -> DeviceHead:
    return next(each for each in bundle.head.devices if each.name == "left")


def picture(bundle: Bundle, kind: str) -> bytes:
    place = getattr(left_of(bundle), kind)
    return b"".join(bundle.payload)[place.offset : place.offset + place.nbytes]


def test_its_pictures_are_put_in_with_the_pulse_that_the_take_knows(
    take: GrowingTake, beta: GrowingTake
) -> None:
    shown = show(beta)
    bundle = complete(take, shown)
    left = left_of(bundle)
    assert not left.elsewhere
    assert (left.host, left.pulse) == ("beta", 39)
    assert left.age_s == pytest.approx(0.033, abs=0.01)
    assert picture(bundle, "color") == shown["left"].pictures["color"]
    assert picture(bundle, "depth") == shown["left"].pictures["depth"]
    assert left.depth is not None
    assert left.depth.coverage == 1.0
    assert bundle.head.whole.signs == ()


def test_what_a_client_has_is_not_sent_again(take: GrowingTake, beta: GrowingTake) -> None:
    shown = show(beta)
    stamp = shown["left"].head.stamp
    assert stamp is not None
    bundle = complete(take, shown, since={"left": stamp})
    left = left_of(bundle)
    assert left.color is not None
    assert (left.color.same, left.color.nbytes) == (True, 0)
    assert len(bundle.payload) == 4


def test_another_pulse_than_the_one_that_is_asked_for_is_not_shown(
    take: GrowingTake, beta: GrowingTake
) -> None:
    shown = show(beta)
    assert left_of(complete(take, shown, pulse=39)).color is not None
    past = left_of(complete(take, shown, pulse=7))
    assert past.color is None
    assert past.elsewhere


def test_a_device_there_that_stands_still_is_told_large(take: GrowingTake, beta: GrowingTake) -> None:
    shown = show(beta)
    take.record(150)
    bundle = complete(take, shown)
    assert left_of(bundle).age_s == pytest.approx(5.03, abs=0.1)
    assert ("device-stalled", "left") in [(sign.code, sign.device) for sign in bundle.head.whole.signs]
