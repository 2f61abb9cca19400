"""`ksync calibrate --live` and `--board` of the viewer: what is refused, and what is said during a walk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from kinect_sync.cli.walking import follow, line_of
from kinect_sync.findings.calibration import CAMERA_BUMPED
from kinect_sync.review.calibrating.so_far import DeviceSoFar, Missing, WalkSoFar
from kinect_sync.viewer.launching import LaunchedViewer, ViewerNotStarted
from tests.cli.commands import CONFIGS
from tests.cli.in_process import Run
from tests.review.small_takes import make_take

RIG = CONFIGS / "daisy_chain_3.yaml"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("calibrate", "walk", "--live", "--check"), "--live watches the whole take"),
        (("calibrate", "walk", "--live", "--every", 5), "--live watches the whole take"),
        (("calibrate", "walk", "--live", "--board", "B7"), "B7"),
        (("calibrate", "walk", "--live", "-o", "x/c.json"), "there is no folder"),
        (("calibrate", "walk", "--live"), "nobody records walk; start `ksync start` in another shell first"),
        (("view", "walk", "--board", "B7"), "B7"),
        (("view", RIG, "--board", "A1"), "--board is for a take"),
        (("start", RIG, "--simulate", "--board", "A1"), "give it with --view"),
        (("start", RIG, "--simulate", "--view", "--board", "B7"), "B7"),
    ],
)
def test_what_cannot_be_watched_is_refused_before_anything_begins(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[object, ...], told: str
) -> None:
    pytest.importorskip("cv2", reason="OpenCV is not installed")
    monkeypatch.chdir(tmp_path)
    make_take(tmp_path / "walk", pulses=3)
    done = run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert told in " ".join(done.err.split())
    assert [path.name for path in tmp_path.iterdir()] == ["walk"]


# --- what is said ---------------------------------------------------------------------------------------


def walk(missing: Missing | None = None, places: int = 24) -> WalkSoFar:
    cells = np.zeros((4, 8), bool)
    cells[:2] = True
    front, left = DeviceSoFar("front", 12, cells, {"left": 9}), DeviceSoFar("left", 9, cells, {"front": 9})
    return WalkSoFar(places, (front, left), missing)


def test_a_line_says_how_far_it_is_and_what_to_do_next() -> None:
    seen = "(front 12, 50 %, left 9, 50 %)"
    assert line_of(walk()) == f"enough: 24 places {seen}"
    missing = Missing("hold the board still where it and front see it", "left")
    assert line_of(walk(missing, 5)) == f"5 places of 20 at least {seen}: left: {missing.what}"
    assert line_of(walk(Missing("hold it"))) == f"24 places {seen}: hold it"


def test_what_spoils_a_walk_is_said_before_what_is_missing() -> None:
    bumped = CAMERA_BUMPED.found("it was moved at 3.0 s", device="left")
    spoiled = WalkSoFar(24, walk().devices, None, (bumped,))
    assert not spoiled.is_enough
    assert line_of(spoiled).endswith(f": left: it was moved at 3.0 s; {bumped.remedy}")


class Scripted(LaunchedViewer):
    """A viewer that no process is behind: it says one thing at each look."""

    def __init__(self, *said: str, address: str | None = "http://x", ends: bool = False) -> None:
        self._said, self._address, self._ends = list(said), address, ends

    @property
    def address(self) -> str | None:
        return self._address

    def more_words(self) -> str:
        return self._said.pop(0) if self._said else ""

    @property
    def has_ended(self) -> bool:
        return self._ends and not self._said


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Callable[[], bool]]:
    """Return what tells that a take is recorded for so many looks, between which no time passes."""
    monkeypatch.setattr("kinect_sync.cli.walking.time.sleep", lambda _: None)

    def for_looks(count: int) -> Callable[[], bool]:
        left = iter([True] * count)
        return lambda: next(left, False)

    return for_looks


def test_what_the_viewer_says_is_handed_on_until_the_take_has_ended(
    recorded: Callable[[int], Callable[[], bool]], capsys: pytest.CaptureFixture[str]
) -> None:
    follow(Scripted("1 place", "", "2 places\n3 places", "never"), recorded(3))
    assert capsys.readouterr().err == "view: http://x\n1 place\n2 places\n3 places\n"


def test_a_viewer_that_ends_before_the_take_is_told(recorded: Callable[[int], Callable[[], bool]]) -> None:
    with pytest.raises(ViewerNotStarted, match="it has ended"):
        follow(Scripted("1 place", ends=True), recorded(5))
