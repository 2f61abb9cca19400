"""What an agent sends of its devices' captures: whole, in the order of pulses, and no more than it may."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from kinect_sync.agent.captures import (
    BYTES_PER_S,
    ENOUGH_S,
    KEPT_S,
    MOST_ASKERS,
    MOST_S,
    WAIT_S,
    HostCaptures,
)
from kinect_sync.captures import Capture
from kinect_sync.rig.modes import ColorFormat
from kinect_sync.takes.packing.gray_png import decode_gray_png, encode_gray_png
from kinect_sync.timing.alignment import HoleReason
from kinect_sync.wire.capture_ring import RingWriter, ring_name
from kinect_sync.wire.hosts import Envelope, Tell
from kinect_sync.wire.messages import Open
from kinect_sync.wire.pictures import MOST_DEVICES
from kinect_sync.wire.sent_captures import SendCaptures, SentCapture, SentCaptures, WantedCaptures
from tests.agent.scripted import Hosted
from tests.cli.commands import wait_until
from tests.takes.recorded import settings, take

MAPS = Path("/proc/self/maps")
RING = 4
WITHIN_MS = 100.0


class Host:
    """A host with devices that give what a test says, by a clock that passes while somebody waits."""

    def __init__(self, folder: Path, *names: str, **changes: object) -> None:
        self.now_ns = 1_000_000_000
        self.rested_s = 0.0
        self._coming: list[tuple[int, Callable[[], object]]] = []
        self.device = settings(**changes)
        folder = folder / "ksync-rig-1"
        folder.mkdir()
        self.paths = {name: folder / ring_name(name) for name in names}
        self.rings = {name: self.ring(path) for name, path in self.paths.items()}
        self.captures = HostCaptures(self.paths.get, now_ns=lambda: self.now_ns, rest=self.rest)

    def ring(self, path: Path) -> RingWriter:
        return RingWriter(path, self.device, captures=RING, clock_ns=lambda: self.now_ns)

    def rest(self, seconds: float) -> None:
        self.rested_s += seconds
        self.now_ns += round(seconds * 1e9)
        while self._coming and self._coming[0][0] <= self.now_ns:
            self._coming.pop(0)[1]()

    def in_s(self, seconds: float, happen: Callable[[], object]) -> None:
        self._coming.append((self.now_ns + round(seconds * 1e9), happen))

    def put(self, name: str, *pulses: int | None, hole: HoleReason | None = None) -> list[Capture]:
        given = take(self.device, 1 + max(each or 0 for each in pulses))
        captures = [given[each or 0] for each in pulses]
        for pulse, capture in zip(pulses, captures, strict=True):
            self.rings[name].put(capture, pulse, hole)
        return captures

    def ask(
        self, *wanted: WantedCaptures, within_ms: float = WITHIN_MS, asker: str | None = None
    ) -> tuple[SentCaptures, Sequence[bytes]]:
        """Ask, and cut the bytes into those of each image."""
        request = SendCaptures(asker=asker, wanted=wanted, within_ms=within_ms)
        answered = self.captures.answer(request)
        sent, payload = answered.answer, answered.payload
        assert isinstance(sent, SentCaptures)
        parts = []
        for nbytes in (image.nbytes for each in sent.captures for image in each.images):
            parts.append(payload[:nbytes])
            payload = payload[nbytes:]
        assert payload == b"", "all of it is told of"
        return sent, parts


def front(after: int = 0, ring: str | None = "ksync-rig-1") -> WantedCaptures:
    return WantedCaptures(device="front", ring=ring, after=after)


def numbers(sent: SentCaptures) -> list[tuple[str, int]]:
    return [(each.device, each.number) for each in sent.captures]


def pulses(captures: Sequence[SentCapture]) -> list[int | None]:
    return [each.pulse for each in captures]


def test_what_is_sent_is_what_the_device_gave_bit_for_bit(tmp_path: Path) -> None:
    host = Host(tmp_path, "front")
    (given,) = host.put("front", 7)
    sent, (color, depth, ir) = host.ask(front(ring=None))
    (ring,), (label,) = sent.rings, sent.captures
    assert (ring.ring, ring.captures, ring.newest, ring.upto) == ("ksync-rig-1", RING, 1, 1)
    assert (label.number, label.pulse, label.hole, label.host_time_ns) == (1, 7, None, given.host_time_ns)
    assert given.color is not None
    assert given.depth is not None
    assert given.ir is not None
    assert color == given.color.data.tobytes()
    size = host.device.depth_mode.size
    assert np.array_equal(decode_gray_png(depth, size), given.depth.data)
    assert np.array_equal(decode_gray_png(ir, size), given.ir.data)
    assert label.depth is not None
    assert label.depth.device_us == given.depth_us


def test_only_what_is_new_is_sent(tmp_path: Path) -> None:
    host = Host(tmp_path, "front")
    host.put("front", 0, 1)
    first, _ = host.ask(front(ring=None))
    host.put("front", 2)
    again, _ = host.ask(front(after=first.rings[0].upto))
    assert pulses(again.captures) == [2]


def test_whoever_has_two_requests_under_way_is_sent_each_capture_once(tmp_path: Path) -> None:
    host = Host(tmp_path, "front")
    host.put("front", 0)
    first, _ = host.ask(front(ring=None), asker="walk")
    host.put("front", 1)
    second, _ = host.ask(front(ring=None), asker="walk")
    assert (pulses(first.captures), pulses(second.captures)) == ([0], [1])
    again, _ = host.ask(front(), asker="another, as an answer was lost")
    assert pulses(again.captures) == [0, 1]
    for number in range(MOST_ASKERS):
        host.ask(front(), asker=str(number))
    assert pulses(host.ask(front(after=1), asker="walk")[0].captures) == [1], "it is forgotten, and bounded"


def test_pulses_come_in_their_order_over_devices(tmp_path: Path) -> None:
    host = Host(tmp_path, "front", "left")
    host.put("front", 0, 1, None, 2)
    host.put("left", 1, 2)
    sent, _ = host.ask(WantedCaptures(device="front"), WantedCaptures(device="left"))
    assert numbers(sent) == [
        ("front", 1), ("front", 2), ("front", 3), ("left", 1), ("front", 4), ("left", 2),
    ]  # fmt: skip
    assert sent.captures[2].images == (), "it is in no row"


def test_what_was_left_out_or_overwritten_is_passed_over(tmp_path: Path) -> None:
    host = Host(tmp_path, "front")
    host.put("front", *range(RING + 3))
    host.rings["front"].leave_out()
    sent, _ = host.ask(front())
    assert numbers(sent) == [("front", number) for number in range(5, 8)]
    assert sent.rings[0].upto == sent.rings[0].newest == 7, "who leaves captures out tells it with the next"


def test_an_answer_waits_for_news_and_not_for_ever(tmp_path: Path) -> None:
    host = Host(tmp_path, "front")
    sent, _ = host.ask(front())
    assert sent.captures == ()
    assert WAIT_S <= host.rested_s < 2 * WAIT_S
    host.in_s(WAIT_S / 2, lambda: host.put("front", 0))
    sent, _ = host.ask(front())
    assert pulses(sent.captures) == [0]
    assert host.rested_s < 2 * WAIT_S, "it is sent as soon as it is there"


def test_what_would_come_too_late_is_left_out_of_all_devices_alike(tmp_path: Path) -> None:
    host = Host(tmp_path, "front", "left")
    host.put("front", 0, 1)
    host.put("left", 0)
    host.rest(WITHIN_MS / 1000 + 0.01)
    host.put("left", 1)
    host.put("front", 2)
    host.put("left", 2)
    sent, _ = host.ask(WantedCaptures(device="front"), WantedCaptures(device="left"))
    assert numbers(sent) == [("front", 3), ("left", 3)]
    assert [ring.upto for ring in sent.rings] == [3, 3], "the others never come"


def test_an_answer_has_so_much_and_a_host_sends_no_more_in_a_second_than_it_may(tmp_path: Path) -> None:
    host = Host(tmp_path, "front", "left", color_format=ColorFormat.NV12)
    began_ns, nbytes, answers = host.now_ns, 0, []
    after = {"front": 0, "left": 0}
    for turn in range(4):
        for name in after:
            host.put(name, *range(3 * turn, 3 * turn + 3))
        is_all = False
        while not is_all:
            wanted = [WantedCaptures(device=name, ring="ksync-rig-1", after=after[name]) for name in after]
            sent, parts = host.ask(*wanted, within_ms=1e6)
            after = {ring.device: ring.upto for ring in sent.rings}
            is_all = all(ring.upto == ring.newest for ring in sent.rings)
            nbytes += sum(map(len, parts))
            answers.append(len(sent.captures))
    assert answers == [4, 2] * 4, "whole pulses, until there is enough"
    host.ask(front(after=after["front"]))
    assert (host.now_ns - began_ns) / 1e9 >= nbytes / BYTES_PER_S


@pytest.mark.parametrize(("slow_s", "sent_of_it"), [(ENOUGH_S, ["front", "left"]), (MOST_S, ["front"])])
def test_a_pulse_is_packed_to_its_end_unless_that_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slow_s: float, sent_of_it: list[str]
) -> None:
    host = Host(tmp_path, "front", "left")
    for name in ("front", "left"):
        host.put(name, 0, 1)

    def slow(image: NDArray[np.uint16]) -> bytes:
        host.rest(slow_s / 2)
        return encode_gray_png(image)

    monkeypatch.setattr("kinect_sync.agent.captures.encode_gray_png", slow)
    sent, _ = host.ask(WantedCaptures(device="front"), WantedCaptures(device="left"))
    assert numbers(sent) == [(name, 1) for name in sent_of_it]


def test_a_capture_that_is_too_large_for_an_answer_is_sent_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.agent.captures.MOST_SENT_NBYTES", 1000)
    host = Host(tmp_path, "front", "left")
    host.put("front", 0)
    host.put("left", 0)
    sent, _ = host.ask(WantedCaptures(device="front"), WantedCaptures(device="left"))
    assert numbers(sent) == [("front", 1)]
    assert [(ring.upto, ring.newest) for ring in sent.rings] == [(1, 1), (0, 1)]


@pytest.mark.parametrize("name", ["..", "../front", "/etc/passwd", "", "a\0b", "con", "none"])
def test_a_name_that_leads_elsewhere_or_nowhere_has_no_ring(tmp_path: Path, name: str) -> None:
    host = Host(tmp_path, "front")
    host.put("front", 0)
    sent, _ = host.ask(WantedCaptures(device=name), front())
    assert [each.device for each in sent.rings] == ["front"]


@pytest.mark.skipif(sys.platform == "win32", reason="removes a file that is mapped")
def test_the_last_captures_of_a_worker_that_ended_are_sent_and_no_other_ring_is_taken_for_its(
    tmp_path: Path,
) -> None:
    host = Host(tmp_path, "front")
    host.put("front", 0)
    sent, _ = host.ask(front(ring=None))
    host.put("front", 1)
    host.rings["front"].close()
    host.paths.pop("front").unlink()
    other = tmp_path / "ksync-rig-2"
    other.mkdir()
    host.paths["front"] = other / ring_name("front")
    host.rings["front"] = host.ring(host.paths["front"])
    host.put("front", 0)
    last, _ = host.ask(front(after=sent.rings[0].upto))
    assert pulses(last.captures) == [1]
    new, _ = host.ask(front(ring=None))
    assert (new.rings[0].ring, pulses(new.captures)) == ("ksync-rig-2", [0])
    assert host.ask(front(ring="ksync-rig-3"))[0].rings == ()


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells what a process has mapped")
def test_rings_that_nobody_asks_for_are_let_go_of(tmp_path: Path) -> None:
    names = [f"left-{number}" for number in range(MOST_DEVICES + 2)]
    host = Host(tmp_path, *names, color_resolution="off")
    for name in host.paths:
        host.ask(WantedCaptures(device=name))
    kept = [path for path in host.paths.values() if MAPS.read_text().count(str(path)) > 1]
    assert len(kept) == MOST_DEVICES, "beside what their writers have mapped"
    host.rest(KEPT_S + 1)
    host.captures.tick()
    assert not [path for path in host.paths.values() if MAPS.read_text().count(str(path)) > 1]


# --- through the agent -----------------------------------------------------------------------------------


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    hosted.close()


def test_whoever_takes_captures_commands_nobody(hosted: Hosted, tmp_path: Path) -> None:
    hosted.lead()
    worker = hosted.launch()
    hosted.ask(Tell(worker="walk", number=1, command=Open(settings=settings(name="front"), index=0)))
    worker.hear_told()
    memory = tmp_path / "memory"
    memory.mkdir()
    worker.place.rings.write_bytes(os.fsencode(memory))
    writer = RingWriter(memory / ring_name("front"), settings(name="front"), captures=2)
    writer.put(take(settings(), 1)[0], 0, None)
    request = SendCaptures(wanted=(WantedCaptures(device="front"),), within_ms=60_000)

    def asked() -> SentCaptures:
        sent = hosted.agent.answer(Envelope(request=request)).answer
        assert isinstance(sent, SentCaptures), sent
        return sent

    wait_until(lambda: pulses(asked().captures) == [0], "its worker has named where they are")
