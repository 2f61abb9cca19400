"""How a take stands while it is recorded, and what an operator is shown large when something is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.host.disk import RESERVE_BYTES
from kinect_sync.takes.names import INDEX, LOAD
from kinect_sync.verdicts import Verdict
from kinect_sync.viewer import measuring
from kinect_sync.viewer.bundle import Bundle, Wanted, make_bundle
from kinect_sync.viewer.head import DeviceHead, ViewState
from kinect_sync.viewer.recorded_take import TakeSource
from tests.review.small_takes import START_US, make_take, small_rig
from tests.viewer.growing import FAR_NBYTES, GrowingTake, SpoiledFilm


@pytest.fixture
def take(tmp_path: Path) -> Iterator[GrowingTake]:
    growing = GrowingTake(tmp_path / "monday")
    yield growing
    growing.end()


def look(take: GrowingTake, source: TakeSource | None = None, **wanted: object) -> Bundle:
    return make_bundle(source or TakeSource(take.folder, take.surroundings), Wanted(**wanted))


def device(bundle: Bundle, name: str) -> DeviceHead:
    return next(each for each in bundle.head.devices if each.name == name)


def codes(bundle: Bundle) -> list[tuple[str | None, str | None]]:
    return [(sign.code, sign.device) for sign in bundle.head.whole.signs]


def test_a_good_take_is_in_sync_so_far(take: GrowingTake) -> None:
    source = TakeSource(take.folder, take.surroundings)
    begun = look(take, source)
    assert begun.head.state is ViewState.RECORDING
    assert begun.head.whole.verdict is None
    assert begun.head.span is None
    take.record(60)
    look(take, source)
    take.record(60)
    bundle = look(take, source)
    whole = bundle.head.whole
    assert (whole.verdict, whole.words) == (Verdict.IN_SYNC, "in sync so far")
    assert (whole.rows, whole.complete) == (120, 120)
    assert bundle.head.span == (0, 119)
    assert codes(bundle) == []
    assert whole.mb_s == pytest.approx(sum(rate(take)), rel=0.05)
    assert whole.disk_minutes == pytest.approx(10**12 / sum(rate(take)) / 1e6 / 60, rel=0.05)
    for each in bundle.head.devices:
        assert each.pulse == 119
        assert each.age_s == pytest.approx(1 / 30, abs=0.002)
        assert (each.drops, each.holes) == (0, {})
        assert each.residuals_us == (0.0,) * 120
        assert each.tolerance_us == 110
        assert (each.queue_bytes, each.queue_limit_bytes) == (0, 256_000_000)
    assert [each.role for each in bundle.head.devices] == ["master", "subordinate", "subordinate"]


def rate(take: GrowingTake) -> Iterator[float]:
    """MB/s of each device, by its file."""
    return (each.bytes_written / 1e6 / (take.pulse / 30) for each in take.writers.values())


def test_a_device_that_is_off_the_pulse_makes_the_take_out_of_sync(take: GrowingTake) -> None:
    take.lateness_us["left"] = 400.0
    take.record(60)
    bundle = look(take)
    assert bundle.head.whole.verdict is Verdict.OUT_OF_SYNC
    assert bundle.head.whole.words == "out of sync so far"
    assert ("constant-bias", "left") in codes(bundle)
    assert bundle.head.whole.signs[0].severity.value == "error"
    assert device(bundle, "left").residuals_us[-1] == pytest.approx(400, abs=20)
    assert device(bundle, "right").residuals_us[-1] == 0.0


def test_drift_is_taken_from_the_residuals_and_a_step_is_not(take: GrowingTake) -> None:
    for pulse in range(120):
        take.lateness_us["left"] = (START_US + 33_333 * pulse) * 400e-6  # since the clocks' zero
        take.lateness_us["right"] = 300.0 if pulse >= 90 else 0.0
        take.record()
    bundle = look(take)
    assert max(abs(value or 0) for value in device(bundle, "left").residuals_us) < 30
    right = device(bundle, "right").residuals_us
    assert right[-1] is not None
    assert right[0] is not None
    assert right[-1] - right[0] == pytest.approx(300, abs=1)


def test_holes_are_counted_by_their_reason_and_told(take: GrowingTake) -> None:
    take.record(30)
    take.record(3, holes={"left": "sensor_dropped"})
    take.record(2, holes={"left": "queue_full"})
    take.record(5)
    bundle = look(take)
    left = device(bundle, "left")
    assert (left.drops, left.holes) == (5, {"sensor_dropped": 3, "queue_full": 2})
    assert left.residuals_us[30:35] == (None,) * 5
    assert bundle.head.whole.verdict is Verdict.INCOMPLETE
    assert {("captures-sensor-dropped", "left"), ("captures-queue-full", "left")} <= set(codes(bundle))
    assert (bundle.head.whole.rows, bundle.head.whole.complete) == (40, 35)


def test_a_device_that_stands_still_is_told_by_its_file_long_before_the_index_does(take: GrowingTake) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(60)
    look(take, source)
    for _ in range(10):  # rows wait for it
        take.record(14, holes={"left": "late"}, aligned=False, written=False)
        take.record(1, holes={"left": "late"}, aligned=False)
        bundle = look(take, source)
    assert device(bundle, "left").age_s == pytest.approx(5.03, abs=0.02)
    assert device(bundle, "left").pulse == 59
    assert device(bundle, "right").age_s == pytest.approx(0.03, abs=0.02)
    assert device(bundle, "right").pulse == 209
    (stalled,) = [sign for sign in bundle.head.whole.signs if sign.code == "device-stalled"]
    assert stalled.device == "left"
    assert "5 s" in stalled.text


def test_a_viewer_that_comes_late_knows_the_age_by_the_time_of_the_file(take: GrowingTake) -> None:
    take.record(40)
    take.record(150, holes={"left": "late"}, aligned=False, written=False)
    assert device(look(take), "left").age_s == pytest.approx(5.03, abs=0.1)


def test_on_a_slow_disk_the_age_is_that_of_the_picture(take: GrowingTake) -> None:
    """A second long it waited for the disk: its file was written to just now."""
    source = TakeSource(take.folder, take.surroundings)
    take.record(60)
    look(take, source)
    take.record(1, aligned=False)
    take.wait(1.0)
    for name in take.writers:
        take.date(take.folder / f"{name}.mkv")
    (front, *_) = look(take, source).head.devices
    assert front.pulse == 60
    assert front.age_s == pytest.approx(1.03, abs=0.01)


def test_a_disk_that_does_not_keep_up_is_told_by_the_queue(take: GrowingTake) -> None:
    take.queue_bytes["left"] = 100_000_000
    take.record(31)
    bundle = look(take)
    assert device(bundle, "left").queue_bytes == 100_000_000
    (sign,) = bundle.head.whole.signs
    assert (sign.severity.value, sign.device) == ("warning", "left")
    assert "disk does not keep up" in sign.text


@pytest.mark.parametrize(("minutes", "severity"), [(12, None), (5, "warning"), (1, "error")])
def test_a_disk_that_is_nearly_full_is_told(take: GrowingTake, minutes: int, severity: str | None) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(31)
    look(take, source)
    take.record(59)
    take.free_bytes = RESERVE_BYTES + int(minutes * 60 * sum(rate(take)) * 1e6)
    take.record(1)
    bundle = look(take, source)
    assert bundle.head.whole.disk_minutes == pytest.approx(minutes, rel=0.05)
    assert [sign.severity.value for sign in bundle.head.whole.signs] == ([severity] if severity else [])


def test_what_other_hosts_write_counts_and_so_does_the_fullest_disk(tmp_path: Path) -> None:
    take = GrowingTake(tmp_path / "far", hosts={"left": "beta", "right": "beta"})
    source = TakeSource(take.folder, replace(take.surroundings, free_bytes=lambda _: 10**15))
    take.free_bytes = RESERVE_BYTES + 12 * 10**9
    take.record(31)
    look(take, source)
    take.record(60)
    whole = look(take, source).head.whole
    take.end()
    expected = sum(rate(take)) + 2 * 30 * FAR_NBYTES / 1e6
    assert whole.mb_s == pytest.approx(expected, rel=0.05)
    assert whole.disk_minutes == pytest.approx(12_000 / expected / 60, rel=0.05)


def test_a_take_without_a_load_is_measured_by_its_files_here(take: GrowingTake) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(31)
    (take.folder / LOAD).write_bytes(b"nonsense\n")
    look(take, source)
    take.record(60)
    whole = look(take, source).head.whole
    assert whole.mb_s == pytest.approx(sum(rate(take)), rel=0.05)
    assert whole.disk_minutes == pytest.approx(10**12 / sum(rate(take)) / 1e6 / 60, rel=0.05)


def test_a_take_that_nobody_ended_has_ended_badly(take: GrowingTake) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(60)
    look(take, source)
    take.wait(30)
    bundle = look(take, source)
    assert bundle.head.state is ViewState.ENDED
    assert bundle.head.whole.words == "in sync as far as it goes"
    assert codes(bundle) == [("take-unfinished", None)]
    assert device(bundle, "left").age_s is None
    assert device(bundle, "left").color is not None


def test_a_take_that_has_ended_says_itself_how_it_went(tmp_path: Path) -> None:
    holes = {"left": {2: "queue_full", 3: "half_capture"}}
    path = make_take(tmp_path / "ended", pulses=6, holes=holes)
    bundle = make_bundle(TakeSource(path), Wanted())
    assert bundle.head.state is ViewState.ENDED
    assert bundle.head.whole.verdict is Verdict.INCOMPLETE
    assert bundle.head.whole.words == "incomplete"
    assert (bundle.head.whole.rows, bundle.head.whole.complete) == (6, 4)
    assert bundle.head.whole.mb_s is None
    assert bundle.head.span == (0, 5)
    assert device(bundle, "left").drops == 2


def test_any_pulse_of_it_is_shown_and_holes_are_explained(tmp_path: Path) -> None:
    holes = {"left": {2: "queue_full", 3: "half_capture"}}
    source = TakeSource(make_take(tmp_path / "ended", pulses=6, holes=holes))
    for pulse in (0, 5, 2, 3, 1):
        bundle = make_bundle(source, Wanted(small=True, pulse=pulse))
        left, right = device(bundle, "left"), device(bundle, "right")
        assert (left.pulse, right.pulse) == (pulse, pulse)
        assert left.hole == holes["left"].get(pulse)
        assert right.hole is None
        assert right.stamp == START_US + pulse * 33_333
        assert (left.color is not None) is (pulse not in (2, 3))
        assert (left.depth is not None) is (pulse != 2)
        assert len(right.residuals_us) == pulse + 1
    beyond = make_bundle(source, Wanted(pulse=77))
    assert all(each.color is None for each in beyond.head.devices)


def test_a_recording_that_is_missing_is_told_when_the_take_has_ended(tmp_path: Path) -> None:
    path = make_take(tmp_path / "ended", pulses=2)
    (path / "left.mkv").unlink()
    bundle = make_bundle(TakeSource(path), Wanted())
    left = device(bundle, "left")
    assert left.problem is not None
    assert "left.mkv" in left.problem
    assert not left.elsewhere
    assert [sign.device for sign in bundle.head.whole.signs] == ["left"]


def test_a_device_on_another_host_is_elsewhere(tmp_path: Path) -> None:
    take = GrowingTake(tmp_path / "far", hosts={"left": "beta"})
    take.record(40)
    left = device(look(take), "left")
    take.end()
    assert (left.host, left.elsewhere, left.problem) == ("beta", True, None)
    assert left.drops == 0
    assert len(left.residuals_us) == 40


def test_an_index_that_is_damaged_costs_the_verdict_and_no_picture(take: GrowingTake) -> None:
    take.record(40)
    (take.folder / INDEX).write_bytes(b"nonsense\n" * 5)
    (take.folder / LOAD).write_bytes(b"nonsense\n")
    bundle = look(take)
    assert bundle.head.whole.verdict is None
    assert codes(bundle) == [("index-broken", None)]
    assert all(each.color is not None and each.color.nbytes for each in bundle.head.devices)


def test_an_index_that_was_there_before_is_read_piece_by_piece(
    take: GrowingTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kinect_sync.takes.following import index

    monkeypatch.setattr(index, "STRETCH_NBYTES", 20_000)
    take.record(1)
    take.record(1199, written=False)
    source = TakeSource(take.folder, take.surroundings)
    first = look(take, source)
    assert first.head.whole.words.startswith("the index is being read:")
    assert first.head.span == (0, 1199)
    for _ in range(20):
        take.wait(0.11)
        last = look(take, source)
    assert last.head.whole.rows == 1200
    assert last.head.whole.words == "in sync so far"


def test_an_index_that_is_put_back_counts_once(take: GrowingTake, tmp_path: Path) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(60)
    assert look(take, source).head.whole.rows == 60
    for path in (tmp_path / "aside", take.folder / INDEX):
        (take.folder / INDEX if path.name == "aside" else tmp_path / "aside").rename(path)
        take.wait(1.1)
        whole = look(take, source).head.whole
        assert (whole.rows, whole.complete) == (60, 60)


def test_the_lasers_are_hinted_at_where_plan_and_picture_agree(tmp_path: Path) -> None:
    together = small_rig(
        devices=[each.model_dump() | {"depth_delay_off_color_usec": 0} for each in small_rig().devices]
    )
    take = GrowingTake(tmp_path / "meeting", together)
    take.films["left"] = SpoiledFilm(take.films["left"], lacking=0.25)
    take.record(2)
    bundle = look(take)
    take.end()
    left, right = device(bundle, "left"), device(bundle, "right")
    assert left.hint is not None
    assert "front, right" in left.hint
    assert left.depth is not None
    assert f"{left.depth.other:.0%}" in left.hint
    assert right.hint is None


def test_without_the_plan_it_is_no_hint(tmp_path: Path) -> None:
    take = GrowingTake(tmp_path / "apart")
    take.films["left"] = SpoiledFilm(take.films["left"], lacking=0.25)
    take.record(2)
    assert device(look(take), "left").hint is None
    take.end()


def test_a_covered_camera_is_told_and_a_dark_room_is_not(take: GrowingTake) -> None:
    take.films["left"] = SpoiledFilm(take.films["left"], brightness=3, lacking=1.0)
    take.films["right"] = SpoiledFilm(take.films["right"], brightness=3)
    take.record(2)
    bundle = look(take)
    (sign,) = bundle.head.whole.signs
    assert (sign.severity.value, sign.device) == ("error", "left")
    assert "sees nothing" in sign.text


def test_a_camera_that_gets_too_much_light_is_told(take: GrowingTake) -> None:
    take.films["left"] = SpoiledFilm(take.films["left"], brightness=255)
    take.record(2)
    bundle = look(take)
    (sign,) = bundle.head.whole.signs
    assert (sign.severity.value, sign.device) == ("warning", "left")
    assert "100% of color is over-exposed" in sign.text


def test_color_is_measured_now_and_then(take: GrowingTake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes ten times as long as a picture; of a pulse that is asked for, it is measured always."""
    measured: list[object] = []
    original = measuring.color_health
    monkeypatch.setattr(measuring, "color_health", lambda *each: measured.append(1) or original(*each))
    source = TakeSource(take.folder, take.surroundings)
    take.record(12)
    for _ in range(27):
        look(take, source)
        take.wait(0.4)
    assert len(measured) == 3 * 2  # at once, and after 10 s
    look(take, source, pulse=5)
    assert len(measured) == 3 * 3


def test_color_that_could_not_be_measured_is_measured_soon(
    take: GrowingTake, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = TakeSource(take.folder, take.surroundings)
    with monkeypatch.context() as stumbling:
        stumbling.setattr(measuring, "color_health", lambda *_: int("none"))
        take.record(31)
        assert clipped(look(take, source), "left") is None
    take.record(31)
    assert clipped(look(take, source), "left") == 0.0


def clipped(bundle: Bundle, name: str) -> float | None:
    color = device(bundle, name).color
    assert color is not None
    return color.clipped


def test_color_is_measured_soon_where_its_jpeg_became_another_one(take: GrowingTake) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(30)
    assert look(take, source).head.whole.signs == ()
    take.films["left"] = SpoiledFilm(take.films["left"], brightness=255)
    take.record(31)
    assert [each.device for each in look(take, source).head.whole.signs] == ["left"]


def test_a_take_whose_folder_goes_away_is_told_and_may_come_back(take: GrowingTake, tmp_path: Path) -> None:
    source = TakeSource(take.folder, take.surroundings)
    take.record(31)
    look(take, source)
    take.wait(0.1)
    take.folder.rename(tmp_path / "aside")
    gone = look(take, source)
    assert gone.head.state is ViewState.UNREADABLE
    assert codes(gone) == [("take-gone", None)]
    take.wait(0.1)
    (tmp_path / "aside").rename(take.folder)
    assert look(take, source).head.state is ViewState.RECORDING
