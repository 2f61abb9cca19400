"""What an agent shows of its devices: small pictures, a few in a second, of takes and its own workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest
from pydantic import ValidationError

from kinect_sync.agent.pictures import BYTES_PER_S, KEPT_S, MOST_TAKES, PULLS_PER_S, HostPictures
from kinect_sync.viewer.bundle import Bundle
from kinect_sync.viewer.head import DeviceHead
from kinect_sync.wire.capture_ring import RingWriter, ring_name
from kinect_sync.wire.hosts import Envelope, Tell
from kinect_sync.wire.messages import Open
from kinect_sync.wire.pictures import MOST_DEVICES, Pictures, ShowPictures
from tests.agent.asking import record
from tests.agent.scripted import Hosted
from tests.cli.commands import wait_until
from tests.review.small_takes import make_take
from tests.takes.recorded import settings, take

MAPS = Path("/proc/self/maps")
SHOW = ShowPictures(take="walk", devices=("front", "left"))
PACE_S = 1 / PULLS_PER_S


class Host:
    """What a host shows, by a clock that the test lets pass."""

    def __init__(self, takes: Path) -> None:
        self.takes = takes
        self.now_s = 100.0
        self.published: dict[str, Path] = {}
        self.pictures = HostPictures(takes, self.published.get, lambda: self.now_s)

    def ask(self, request: ShowPictures = SHOW) -> tuple[float, Bundle | None]:
        answered = self.pictures.answer(request)
        assert isinstance(answered.answer, Pictures)
        return answered.answer.wait_s, Bundle.from_bytes(answered.payload) if answered.payload else None

    def show(self, request: ShowPictures = SHOW) -> dict[str, DeviceHead]:
        """What it shows as soon as it may."""
        self.now_s += 10.0
        _, bundle = self.ask(request)
        assert bundle is not None
        return {each.name: each for each in bundle.head.devices}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings of a take; what else there is of it is with the director."""
    take = make_take(tmp_path_factory.mktemp("recorded") / "walk")
    (take / "take.json").unlink()
    (take / "alignment.csv").unlink()
    return take


@pytest.fixture
def host(tmp_path: Path, recorded: Path) -> Host:
    copytree(recorded, tmp_path / "walk")
    return Host(tmp_path)


def test_recordings_are_shown_in_small_pictures_and_what_is_not_there_is_not(host: Host) -> None:
    shown = host.show(ShowPictures(take="walk", devices=("front", "none")))
    front, none = shown["front"], shown["none"]
    assert front.color is not None
    assert front.depth is not None
    assert (front.color.width, front.color.height) == (320, 180)
    assert (front.depth.width, front.depth.height) == (160, 144)
    assert front.ir is None, "nobody asked for it"
    assert front.stamp is not None
    assert (none.color, none.stamp) == (None, None)


def test_pictures_that_are_known_are_not_sent_again(host: Host) -> None:
    first = host.show()["front"]
    assert first.stamp is not None
    again = host.show(SHOW.model_copy(update={"since": {"front": first.stamp}, "ir": ("left",)}))
    assert again["front"].color is not None
    assert again["front"].color.same
    assert again["left"].ir is not None
    assert again["left"].ir.nbytes > 0


def test_whoever_asks_too_soon_is_told_when_to_ask_again(host: Host) -> None:
    wait_s, bundle = host.ask()
    assert (wait_s, bundle is None) == (PACE_S, False)
    host.now_s += PACE_S / 4
    wait_s, bundle = host.ask()
    assert (wait_s, bundle) == (pytest.approx(PACE_S * 3 / 4), None)
    host.now_s += wait_s
    assert host.ask()[1] is not None


def test_no_more_is_sent_in_a_second_than_a_recording_can_spare(host: Host) -> None:
    """Bytes count, however they come about: here nine devices are asked for by the same name."""
    sent = 0
    for _ in range(40):
        answered = host.pictures.answer(ShowPictures(take="walk", devices=("front",) * 64, ir=("front",)))
        assert isinstance(answered.answer, Pictures)
        sent += len(answered.payload)
        host.now_s += answered.answer.wait_s
    assert sent <= BYTES_PER_S * (host.now_s - 100.0) + 1, "but for rounding"


def test_nobody_asks_for_more_devices_than_any_host_has() -> None:
    names = tuple(f"cam-{number}" for number in range(MOST_DEVICES + 1))
    assert len(ShowPictures(take="walk", devices=names[1:]).devices) == MOST_DEVICES
    for more in ({"devices": names}, {"ir": names}, {"since": dict.fromkeys(names, 1)}):
        with pytest.raises(ValidationError):
            ShowPictures.model_validate({"take": "walk", "devices": ()} | more)


@pytest.mark.parametrize("name", ["..", "../walk", "walk/../walk", "/etc", "", "a\0b", "walk/", ".occupied"])
def test_a_name_that_leads_elsewhere_shows_nothing(host: Host, name: str) -> None:
    assert host.show(ShowPictures(take=name, devices=("front",)))["front"].stamp is None
    assert host.show(ShowPictures(take="walk", devices=(name,))).get(name) in (
        None,
        DeviceHead(name=name, role=None),
    )


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_links_are_not_followed(host: Host) -> None:
    (host.takes / "linked").symlink_to(host.takes / "walk")
    (host.takes / "walk" / "far.mkv").symlink_to(host.takes / "walk" / "front.mkv")
    assert host.show(ShowPictures(take="linked", devices=("front",)))["front"].stamp is None
    assert host.show(ShowPictures(take="walk", devices=("far",)))["far"].stamp is None


def test_a_damaged_file_is_a_word_of_its_device_and_costs_no_other(host: Host) -> None:
    (host.takes / "walk" / "left.mkv").write_bytes(b"\0" * 5000)
    shown = host.show()
    assert shown["left"].problem is not None
    assert shown["front"].stamp is not None


def test_what_is_remembered_of_takes_has_a_bound(host: Host) -> None:
    for number in range(3 * MOST_TAKES):
        host.show(ShowPictures(take=f"walk-{number}", devices=("front",)))
    assert host.show()["front"].stamp is not None


def test_what_a_worker_publishes_is_shown_with_its_age(host: Host, tmp_path: Path) -> None:
    device = settings()
    path = host.published["front"] = tmp_path / ring_name("front")
    writer = RingWriter(path, device, captures=2)
    request = ShowPictures(take="ksync-view-1", devices=("front",), ir=("front",))
    assert host.show(request)["front"].stamp is None, "it gave nothing yet"
    (capture,) = take(device, 1)
    writer.put(capture, 0, None)
    shown = host.show(request)["front"]
    assert shown.stamp == capture.color_us
    assert shown.ir is not None
    assert shown.age_s is not None


@pytest.mark.skipif(not MAPS.exists(), reason="only Linux tells what a process has mapped")
@pytest.mark.parametrize("how", ["its worker ended", "nobody asks any more"])
def test_nothing_is_kept_of_what_is_over(host: Host, tmp_path: Path, how: str) -> None:
    """A file that its worker has removed takes up memory for as long as we have it mapped."""
    device = settings()
    path = host.published["front"] = tmp_path / ring_name("front")
    writer = RingWriter(path, device, captures=2)
    writer.put(take(device, 1)[0], 0, None)
    request = ShowPictures(take="ksync-view-1", devices=("front",))
    assert host.show(request)["front"].stamp is not None
    writer.close()
    host.pictures.tick()
    assert str(path) in MAPS.read_text()
    if how == "its worker ended":
        del host.published["front"]
        assert host.show(request)["front"].stamp is None
    else:
        host.now_s += KEPT_S + 1
        host.pictures.tick()
    assert str(path) not in MAPS.read_text()


# --- through the agent -----------------------------------------------------------------------------------


@pytest.fixture
def hosted(tmp_path: Path) -> Iterator[Hosted]:
    hosted = Hosted(tmp_path)
    yield hosted
    hosted.close()


def asked(hosted: Hosted, request: ShowPictures) -> DeviceHead:
    """Ask as a viewer does, which commands nobody, until it is not too soon."""
    while True:
        answered = hosted.agent.answer(Envelope(request=request))
        assert isinstance(answered.answer, Pictures), answered.answer
        if answered.payload:
            return Bundle.from_bytes(answered.payload).head.devices[0]


def test_whoever_looks_commands_nobody_and_is_answered_while_the_host_records(
    hosted: Hosted, recorded: Path
) -> None:
    copytree(recorded, hosted.takes / "walk-before")
    record(hosted)
    request = ShowPictures(take="walk-before", devices=("front",))
    assert asked(hosted, request).stamp is not None
    assert not [line for line in hosted.said if "refused" in line]


def test_a_device_that_is_looked_at_before_a_take_is_found_by_its_name(
    hosted: Hosted, tmp_path: Path
) -> None:
    hosted.lead()
    worker = hosted.launch()
    hosted.ask(Tell(worker="walk", number=1, command=Open(settings=settings(name="front"), index=0)))
    worker.hear_told()
    worker.place.rings.write_bytes(os.fsencode(tmp_path / "memory"))
    (tmp_path / "memory").mkdir()
    writer = RingWriter(tmp_path / "memory" / ring_name("front"), settings(name="front"), captures=2)
    (capture,) = take(settings(), 1)
    writer.put(capture, 0, None)
    request = ShowPictures(take="ksync-view-1", devices=("front",))
    wait_until(lambda: asked(hosted, request).stamp == capture.color_us, "it is shown")
    worker.end(0)
    wait_until(lambda: asked(hosted, request).stamp is None, "it is shown no more")
