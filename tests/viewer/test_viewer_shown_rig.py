"""A rig before a take as a viewer sees it: what workers publish, and rows like those of a take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.captures import Capture
from kinect_sync.rig.model import RigFields
from kinect_sync.survey.framing import uncabled
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.names import INDEX
from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.head import DeviceHead, ViewState
from kinect_sync.viewer.shown_rig import ShownRig
from kinect_sync.wire.capture_ring import RingWriter, ring_name
from tests.review.small_takes import small_rig
from tests.takes.recorded import take as captures_of
from tests.viewer.growing import GrowingTake


class Shown:
    """A rig whose workers publish, by the clock of a take that nobody records."""

    def __init__(self, folder: Path, rig: RigFields | None = None, **options: Any) -> None:
        self.run = GrowingTake(folder, rig, **options)
        self.writers = {
            name: RingWriter(folder / ring_name(name), self.run.settings[name], captures=2)
            for name in self.run.writers
        }
        for name in self.run.writers:
            (folder / f"{name}.mkv").unlink()
        self.source = ShownRig(folder, self.run.surroundings)

    def publish(self, pulses: int = 1) -> Mapping[str, Capture]:
        """Let pulses come; return the last captures."""
        newest = {}
        for _ in range(pulses):
            for name, writer in self.writers.items():
                (capture,) = captures_of(self.run.settings[name], 1)
                newest[name] = replace(capture, host_time_ns=round(self.run.moment_s * 1e9))
                writer.put(newest[name], 0, None)
            self.run.record(written=False)
        return newest

    def look(self, **wanted: Any) -> Bundle:
        return make_bundle(self.source, Wanted(**wanted))

    def close(self) -> None:
        for writer in self.writers.values():
            writer.close()
        self.run.end()


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[Shown]:
    rig = Shown(tmp_path / "rig")
    yield rig
    rig.close()


def by_name(bundle: Bundle) -> dict[str, DeviceHead]:
    return {each.name: each for each in bundle.head.devices}


def test_each_device_shows_what_it_gave_last(shown: Shown) -> None:
    newest = shown.publish(3)
    bundle = shown.look(ir=frozenset({"left"}))
    devices = by_name(bundle)
    assert {name: each.stamp for name, each in devices.items()} == {
        name: each.color_us for name, each in newest.items()
    }
    assert bundle.head.state is ViewState.SHOWN
    left = devices["left"]
    assert left.depth is not None
    assert left.ir is not None
    assert (left.depth.width, left.ir.width) == (160, 160)


def test_rows_are_judged_as_those_of_a_take(shown: Shown) -> None:
    shown.publish()
    assert shown.look().head.whole.words == "too early to judge"
    shown.publish(40)
    whole = shown.look().head.whole
    assert (whole.words, whole.rows) == ("in sync so far", 41)
    shown.run.lateness_us["left"] = 2000.0
    shown.publish(40)
    shown.run.wait(2)
    whole = shown.look().head.whole
    assert whole.words == "out of sync so far"
    assert whole.signs


def test_the_age_of_a_picture_is_told_by_the_hosts_clock_also_of_a_worker_that_is_gone(shown: Shown) -> None:
    shown.publish()
    shown.run.wait(5.0)
    left = by_name(shown.look())["left"]
    assert left.age_s == pytest.approx(5.0 + 1 / 30, abs=0.03)
    assert shown.look().head.whole.signs[0].text == "nothing came for 5 s; check its USB and sync cables"


def test_there_are_no_pulses_to_go_back_to(shown: Shown) -> None:
    newest = shown.publish(40)
    bundle = shown.look(pulse=3)
    assert bundle.head.span is None
    assert by_name(bundle)["left"].stamp == newest["left"].color_us


def test_without_cables_nobody_judges_and_each_device_counts_for_itself(tmp_path: Path) -> None:
    shown = Shown(tmp_path / "rig", uncabled(small_rig()))
    for name, writer in shown.writers.items():
        writer.put(captures_of(shown.run.settings[name], 1)[0], 0, None)
    head = shown.look().head
    assert head.whole.words == "each device by itself: nobody judges whether they are in sync"
    assert (head.whole.rows, head.whole.complete) == (None, None)
    assert [(each.pulse, each.tolerance_us) for each in head.devices] == [(None, None)] * 3
    assert all(each.color for each in head.devices)
    shown.close()


def test_one_device_without_cables_is_not_said_to_be_judged_soon(tmp_path: Path) -> None:
    alone = small_rig().devices[0].model_dump() | {"role": "standalone"}
    single = small_rig(topology="standalone", devices=[alone])
    shown = Shown(tmp_path / "rig", uncabled(single))
    for name, writer in shown.writers.items():
        writer.put(captures_of(shown.run.settings[name], 1)[0], 0, None)
    assert shown.look().head.whole.words.startswith("each device by itself")
    shown.publish(40)
    shown.run.wait(1)
    assert shown.look().head.whole.words == "in sync so far", "one that has rows is judged"
    shown.close()


def test_rows_that_begin_anew_are_the_next_ones(shown: Shown) -> None:
    """As they do each ten minutes, so that a rig may be shown for days."""
    shown.publish(40)
    shown.look()
    path = shown.run.folder / INDEX
    shown.run.index.close()
    path.unlink()
    shown.run.index = IndexFile(path, list(shown.run.settings))
    shown.publish(31)
    assert shown.look().head.whole.rows == 71


def test_a_device_of_another_host_is_elsewhere(tmp_path: Path) -> None:
    shown = Shown(tmp_path / "rig", hosts={"left": "beta"})
    shown.publish()
    left, front = by_name(shown.look())["left"], by_name(shown.look())["front"]
    assert (left.elsewhere, left.color, front.elsewhere) == (True, None, False)
    shown.close()


def test_what_was_shown_and_is_gone_has_ended(shown: Shown, tmp_path: Path) -> None:
    waiting = ShownRig(tmp_path / "none", shown.run.surroundings)
    assert waiting.look(None).head.state is ViewState.WAITING
    shown.publish()
    shown.look()
    (tmp_path / "rig").rename(tmp_path / "removed")
    shown.run.wait(1)
    head = shown.look().head
    (tmp_path / "removed").rename(tmp_path / "rig")
    assert (head.state, head.whole.words) == (ViewState.ENDED, "the rig is not shown any more")


def test_a_run_that_was_killed_has_ended_and_lacks_nothing(tmp_path: Path) -> None:
    shown = Shown(tmp_path / "rig", hosts={"left": "beta"})
    shown.publish()
    shown.look()
    shown.run.wait(60)
    head = shown.look().head
    assert (head.state, head.whole.words, head.whole.signs) == (
        ViewState.ENDED, "the rig is not shown any more", (),
    )  # fmt: skip
    shown.close()
