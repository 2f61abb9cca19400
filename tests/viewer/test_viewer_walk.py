"""A walk with the board that is watched: which pulses are looked at, what is seen there, and what is told."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from kinect_sync.calibration.board import Board
from kinect_sync.review.calibrating.so_far import DeviceSoFar, Missing, WalkSoFar
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.viewer.head import ViewState
from kinect_sync.viewer.recorded_take import TakeSource
from kinect_sync.viewer.walk.looking import Looker
from kinect_sync.viewer.walk.pace import MOST, Pace
from kinect_sync.viewer.walk.walked_take import WalkedTake
from kinect_sync.viewer.walk.watched import PATIENCE_S, WatchedWalk, watching
from tests.browser import NEEDS_BROWSER, open_in_browser
from tests.cli.commands import wait_until
from tests.review.walked_takes import (
    BOARD,
    Film,
    film_walk,
    make_walk,
    walked_rig,
    walked_world,
)
from tests.viewer.made_up import MadeUp, sign
from tests.viewer.pulling import served

STATIONS = 3


# --- which pulses ---------------------------------------------------------------------------------------


def looked_at(pace: Pace, *spans: tuple[int, int], grows: bool) -> list[tuple[int, ...]]:
    found = []
    for first, newest in spans:
        pulses = pace.next(first, newest, grows=grows)
        if pulses:
            pace.done(pulses[0])
        found.append(pulses)
    return found


@pytest.mark.parametrize(
    ("newest", "looked"),
    [
        pytest.param((3, 4, 5, 9, 10, 14, 15), [(0,), (), (5,), (), (10,), (), (15,)], id="kept up with"),
        pytest.param(
            (5, 23, 26, 90), [(5, 4), (20, 19), (25,), (90, 89)], id="passed over, and two for that"
        ),
    ],
)
def test_a_take_that_grows_is_looked_at_where_it_is_newest(
    newest: tuple[int, ...], looked: list[tuple[int, ...]]
) -> None:
    assert looked_at(Pace(5), *((0, each) for each in newest), grows=True) == looked


def test_of_a_take_that_has_ended_all_is_looked_at_that_there_was_no_time_for() -> None:
    pace = Pace(5)
    assert looked_at(pace, (2, 4), (2, 13), grows=True) == [(), (10, 9)]
    assert looked_at(pace, *[(2, 16)] * 3, grows=False) == [(5,), (15,), ()]


def test_an_index_that_names_any_pulse_is_not_gone_through_for_ever() -> None:
    pace, far, looks = Pace(1), 10**15, 0
    while pulses := pace.next(0, far, grows=False):
        pace.done(pulses[0])
        looks += 1
    assert looks == MOST
    assert pace.next(0, far, grows=True) == ()


# --- what is seen ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Walked:
    """A walk that was rendered once, and the take of it."""

    film: Film
    take: Path


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Walked:
    pytest.importorskip("cv2", reason="OpenCV is not installed")
    rig = walked_rig()
    world = walked_world(rig, walk={"stations": STATIONS, "seed": 3, "near_m": 1.2, "far_m": 1.5})
    film = film_walk(world, rig)
    return Walked(film, make_walk(tmp_path_factory.mktemp("walks") / "walk", rig, film, world))


@dataclass
class Watcher:
    """Watches a take step by step, by a clock of its own."""

    take: Path
    now_s: float = 100.0

    def __post_init__(self) -> None:
        self.told: list[WalkSoFar] = []
        self.walk = WatchedWalk(self.take, Board.from_id(BOARD), self.told.append, lambda: self.now_s)

    def steps(self, seconds: float = 0.0) -> None:
        """Step until there is nothing to do, after so much time has passed."""
        self.now_s += seconds
        while self.walk.step() == 0:
            pass


def as_recorded(take: Path) -> Path:
    """Say of a take that it goes on."""
    write_manifest(take, read_manifest(take).model_copy(update={"state": "recording", "end": None}))
    return take


def test_places_that_two_devices_saw_count_and_stand_on_the_page(walked: Walked) -> None:
    watcher = Watcher(walked.take)
    source = WalkedTake(TakeSource(walked.take), watcher.walk)
    assert source.look(None).head.whole.board is None, "nothing is known yet"
    watcher.steps()
    sight, so_far = source.look(None), watcher.told[-1]
    assert 2 <= so_far.places <= STATIONS
    assert [each.name for each in so_far.devices] == ["front", "left", "right"]
    assert so_far.devices[2].places > 0, "it has no color: IR was looked at"
    assert sight.head.whole.board == f"{so_far.words}, not enough"
    assert so_far.missing is not None
    told = [(each.device, each.text) for each in sight.head.whole.signs if each.severity == "warning"]
    assert (so_far.missing.device, f"{so_far.missing.what}; {so_far.words}") in told
    for device, seen in zip(so_far.devices, sight.devices, strict=True):
        board = seen.head.board
        assert board is not None
        assert board.words.startswith(f"{device.places} places · ")
        assert 0 < sum(row.count("1") for row in board.covered) == device.covered.sum()


def test_a_device_that_never_sees_the_board_and_one_that_is_elsewhere_are_told(
    walked: Walked, tmp_path: Path
) -> None:
    rig = walked_rig()
    blind = {**walked.film, "front": [None] * STATIONS}
    take = make_walk(tmp_path / "walk", rig, blind, walked_world(rig))
    (take / "right.mkv").unlink()
    watcher = Watcher(take)
    watcher.steps()
    assert watcher.told[-1].missing == Missing("carry the board to where it sees it", "front")
    assert [each.name for each in watcher.told[-1].devices] == ["front", "left"]
    looker = Looker(take, read_manifest(take), Board.from_id(BOARD))
    assert looker.unseen() == Missing(
        "nobody can tell whether it sees the board: its recording has no lenses", "front"
    )


def test_of_a_take_that_is_recorded_the_newest_place_is_looked_at(walked: Walked, tmp_path: Path) -> None:
    take = as_recorded(copytree(walked.take, tmp_path / "walk"))
    watcher = Watcher(take)
    watcher.steps()
    watcher.steps(seconds=60.0)
    assert watcher.told[-1].places == 1
    devices = tuple(each.model_copy(update={"captures_before": 1}) for each in read_manifest(take).devices)
    ended = {"state": "finished", "devices": devices}
    write_manifest(take, read_manifest(take).model_copy(update=ended))
    watcher.walk.step()
    assert watcher.told[-1].places == 1, "what was seen still counts"
    watcher.steps(seconds=60.0)
    assert watcher.told[-1].places > 1, "and what was passed over is looked at"


def test_a_capture_is_waited_for_while_the_disk_does_not_have_it(walked: Walked, tmp_path: Path) -> None:
    take = as_recorded(copytree(walked.take, tmp_path / "walk"))
    whole = {path: path.read_bytes() for path in take.glob("*.mkv")}
    watcher = Watcher(take)
    for path, data in whole.items():
        path.write_bytes(data[: len(data) // 3])
    watcher.steps()
    assert watcher.walk.step() > 0
    assert watcher.told[-1].places == 0
    for path, data in whole.items():
        path.write_bytes(data)
    watcher.steps(seconds=PATIENCE_S / 2)
    assert watcher.told[-1].places == 1


def test_a_walk_is_watched_in_the_background_until_the_context_ends(walked: Walked) -> None:
    watcher = Watcher(walked.take)
    with watching(watcher.walk):
        wait_until(lambda: watcher.walk.so_far is not None, "it is judged")


class Judged(WatchedWalk):
    """A walk of which is known what it came to."""

    def __init__(self, so_far: WalkSoFar) -> None:
        self._so_far = so_far

    @property
    def so_far(self) -> WalkSoFar:
        return self._so_far


def enough() -> WalkSoFar:
    cells = np.eye(4, 8, dtype=bool)
    return WalkSoFar(31, tuple(DeviceSoFar(name, 20, cells, {}) for name in ("front", "left")), None)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (ViewState.RECORDING, "enough; end the take, and calibrate"),
        (ViewState.ENDED, "enough to calibrate; in sync"),
    ],
)
def test_what_is_enough_is_said_where_the_verdict_stands(state: ViewState, words: str) -> None:
    whole = WalkedTake(MadeUp(state=state), Judged(enough())).look(None).head.whole
    assert (whole.words, whole.board, whole.signs) == (words, "31 places, enough", ())


def test_something_that_is_wrong_with_the_take_is_still_the_first_to_be_seen() -> None:
    source = WalkedTake(MadeUp(signs=(sign("unplug it", "left"),)), Judged(enough()))
    assert [each.text for each in source.look(None).head.whole.signs] == ["unplug it"]


@NEEDS_BROWSER
def test_the_page_says_that_it_is_enough_and_what_each_device_saw(tmp_path: Path) -> None:
    with served(WalkedTake(MadeUp(), Judged(enough()))) as server:
        flags = ("--dump-dom", "--virtual-time-budget=1500", "--window-size=1280,900")
        done = open_in_browser(server.address, tmp_path / "profile", *flags)
    assert re.findall(r".*CONSOLE.*", done.stderr) == []
    assert re.search(r'<body data-level="good"', done.stdout)
    assert "<span>enough</span><small>end the take, and calibrate</small>" in done.stdout
    assert "<dd>31 places, enough</dd>" in done.stdout.replace('<dd class="">', "<dd>")
    assert re.findall(r'class="role"[^>]*>(.*?)<', done.stdout)[:2] == ["20 places · 12 % of its image"] * 2


def test_where_there_is_no_take_yet_nothing_is_told(tmp_path: Path) -> None:
    watcher = Watcher(tmp_path / "nowhere")
    assert watcher.walk.step() > 0
    assert (watcher.walk.so_far, watcher.told) == (None, [])
