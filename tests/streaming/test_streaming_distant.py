"""Captures of a device at another host, as rows read them: unpacked when looked at, and bounded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from kinect_sync.errors import UsageError
from kinect_sync.findings.export import IMAGE_BROKEN
from kinect_sync.streaming.distant_captures import DistantCaptures, Received, received
from kinect_sync.streaming.row_reader import RowReader
from kinect_sync.takes.packing.gray_png import encode_gray_png
from kinect_sync.wire.direction import StreamedDevice
from kinect_sync.wire.sent_captures import SentCapture, SentCaptures, SentImage, SentRing
from tests.takes.recorded import settings, take

DEVICE = settings()
GIVEN = take(DEVICE, 30)
NOW_NS = 9_000_000_000
HOST_NS = 5_000_000_000


class Answer:
    """An answer of a host with captures of one device, one per pulse."""

    def __init__(self, *pulses: int, upto: int | None = None, newest: int = 99, **ring: Any) -> None:
        self.parts: list[bytes] = []
        told = {"device": "front", "ring": "ksync-rig-1", "captures": 4, **ring}
        last = pulses[-1] + 1 if pulses else 0
        self.rings = (SentRing(newest=newest, upto=last if upto is None else upto, **told),)
        self.captures = tuple(map(self._capture, pulses))

    def _capture(self, pulse: int) -> SentCapture:
        given = GIVEN[pulse]
        assert given.color is not None
        assert given.depth is not None
        assert given.ir is not None
        images = {
            "color": self._image(given.color.data.tobytes(), given.color_us),
            "depth": self._image(encode_gray_png(given.depth.data), given.depth_us),
            "ir": self._image(encode_gray_png(given.ir.data), given.depth_us),
        }
        return SentCapture(
            device="front", number=pulse + 1, pulse=pulse, hole=None, host_time_ns=HOST_NS, **images
        )

    def _image(self, data: bytes, device_us: int | None) -> SentImage:
        self.parts.append(data)
        return SentImage(nbytes=len(data), device_us=device_us or 0, system_ns=0, exposure_us=None)

    def into(self, source: DistantCaptures) -> DistantCaptures:
        timed = [(each, each.sent.host_time_ns) for each in self.read()]
        source.take_in(self.rings[0], timed, NOW_NS)
        return source

    def read(self, payload: bytes | None = None) -> Sequence[Received]:
        sent = SentCaptures(rings=self.rings, captures=self.captures)
        return received(sent, b"".join(self.parts) if payload is None else payload)


def source(most: int = 99) -> DistantCaptures:
    return DistantCaptures(DEVICE, most)


def pulses(captures: DistantCaptures) -> list[int | None]:
    labels = (captures.label(number) for number in range(captures.newest + 2))
    return [label.pulse for label in labels if label is not None]


def test_images_are_what_the_device_gave_read_only_and_unpacked_once() -> None:
    captures = Answer(0, 1).into(source())
    images = captures.view(2)
    assert images is not None
    assert images.depth is images.depth
    copied = captures.copy(2)
    assert copied is not None
    for got, copy, given in zip(
        (images.color, images.depth, images.ir),
        (copied.capture.color, copied.capture.depth, copied.capture.ir),
        (GIVEN[1].color, GIVEN[1].depth, GIVEN[1].ir),
        strict=True,
    ):
        assert got is not None
        assert copy is not None
        assert given is not None
        assert got.dtype == given.data.dtype
        assert np.array_equal(got, given.data)
        assert np.array_equal(copy.data, given.data)
        assert not np.shares_memory(copy.data, got)
        with pytest.raises(ValueError, match="read-only"):
            got.reshape(-1)[0] = 1


def test_a_label_tells_when_it_came_here_and_how_much_its_images_take() -> None:
    label = Answer(3).into(source()).label(4)
    assert label is not None
    assert (label.number, label.pulse, label.published_ns, label.host_time_ns) == (4, 3, NOW_NS, HOST_NS)
    assert (label.color_us, label.depth_us) == (GIVEN[3].color_us, GIVEN[3].depth_us)
    assert label.nbytes == GIVEN[3].nbytes


@pytest.mark.parametrize(("most", "kept"), [(99, [6, 7, 8, 9]), (2, [8, 9])])
def test_the_oldest_give_way_as_in_a_ring_of_that_size(most: int, kept: list[int]) -> None:
    captures = source(most)
    for pulse in range(10):
        Answer(pulse).into(captures)
    assert (pulses(captures), captures.captures, captures.newest) == (kept, len(kept), 10)
    assert (captures.is_intact(6), captures.view(6), captures.copy(6)) == (False, None, None)
    Answer(20).into(captures)
    assert pulses(captures) == [20], "numbers between are gone"


def test_what_was_closed_has_nothing() -> None:
    captures = Answer(0).into(source())
    captures.close()
    assert (captures.label(1), captures.view(1), captures.copy(1)) == (None, None, None)
    assert not captures.is_intact(1)


@pytest.mark.parametrize(
    "answer",
    [Answer(1, 1), Answer(2, 1), Answer(0), Answer(3, upto=3), Answer(3, ring="ksync-rig-2")],
    ids=["the same twice", "backwards", "what came before", "beyond what was told", "of another ring"],
)
def test_what_was_not_asked_for_is_refused_whole(answer: Answer) -> None:
    captures = Answer(0).into(source())
    with pytest.raises(ValueError, match="captur"):
        answer.into(captures)
    assert (pulses(captures), captures.upto) == ([0], 1)


@pytest.mark.parametrize("payload", [b"", b"short", None])
def test_bytes_that_are_not_those_that_are_told_of_are_refused(payload: bytes | None) -> None:
    answer = Answer(0)
    cut = b"".join(answer.parts)[:-1] if payload is None else payload
    with pytest.raises(ValueError, match="told of"):
        answer.read(cut)


@pytest.mark.parametrize("spoil", [b"", b"\0\0\0\0", encode_gray_png(np.zeros((2, 2), np.uint16))])
def test_an_image_that_is_none_is_told_by_its_row_and_costs_no_other(spoil: bytes) -> None:
    answer = Answer(0)
    depth = answer.captures[0].depth
    assert depth is not None
    spoilt = depth.model_copy(update={"nbytes": len(spoil)})
    answer.captures = (answer.captures[0].model_copy(update={"depth": spoilt}),)
    answer.parts[1] = spoil
    device = StreamedDevice(settings=DEVICE, host="host-b")
    reader = RowReader([device], "front", 30, rings={"front": answer.into(source())})
    reader.finish(1)
    row = reader.next(0)
    assert row is not None
    front = row["front"]
    for look in (lambda: front.depth, row.hold):
        with pytest.raises(UsageError, match="depth of pulse 0 is broken") as refused:
            look()
        assert [(each.kind, each.device) for each in refused.value.findings] == [(IMAGE_BROKEN, "front")]
    assert GIVEN[0].ir is not None
    assert np.array_equal(front.ir, GIVEN[0].ir.data)
