"""What a walk with the board lacks while it goes on: judged as a calibration is, enough where that is good.

The corners are synthetic, each place held for two pulses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cache

import pytest

from kinect_sync.calibration.solving.judging import judge
from kinect_sync.calibration.solving.solver import solve
from kinect_sync.calibration.views import BoardView, Camera
from kinect_sync.review.calibrating.so_far import WalkSoFar, judge_so_far
from kinect_sync.review.calibrating.told import findings_of, verdict_of
from tests.calibration.walks import TYPICAL, Walk, Wrong, film_arc, film_ring

FPS = 30


@cache
def filmed() -> Walk:
    """Four devices, and no more places than are enough."""
    return film_arc(4, poses=26, wrong=TYPICAL)


def so_far(walk: Walk, views: Iterable[BoardView] | None = None) -> WalkSoFar:
    """Judge what the color cameras saw, each place for two pulses."""
    seen = [view for view in (walk.views if views is None else views) if view.camera is Camera.COLOR]
    held = [replace(view, pulse=view.pulse + after) for view in seen for after in (0, 1)]
    return judge_so_far(walk.board, walk.devices, held, FPS)


def missing(walk: WalkSoFar) -> tuple[str | None, str]:
    assert walk.missing is not None
    return walk.missing.device, walk.missing.what


def test_what_is_enough_is_called_good_by_calibrate() -> None:
    walk, judged = filmed(), so_far(filmed())
    assert (judged.is_enough, judged.missing, judged.spoiled) == (True, None, ())
    assert min(each.places for each in judged.devices) >= 10
    solution = solve(walk.board, walk.devices, walk.views, walk.patches)
    judgement = judge(walk.board, walk.devices, walk.views, walk.patches, solution)
    told = findings_of(walk.board, walk.devices, solution, judgement, lambda pulse: pulse / FPS)
    assert (verdict_of(told, solution), [each.code for each in told]) == ("good", [])


def test_a_walk_that_has_begun_is_not_enough_and_says_how_far_it_is() -> None:
    judged = so_far(filmed(), [view for view in filmed().views if view.pulse < 80])
    assert not judged.is_enough
    assert judged.words == "8 places of 20 at least"
    (first, second) = judged.devices[:2]
    assert first.shares[second.name] == second.shares[first.name] <= min(first.places, second.places)


def test_before_anybody_has_seen_the_board_its_name_is_told() -> None:
    device, what = missing(so_far(filmed(), []))
    assert device is None
    assert what.startswith("no camera has seen the board yet")
    assert filmed().board.id in what


def test_a_board_that_is_carried_about_counts_only_where_it_is_held() -> None:
    walk = filmed()
    judged = judge_so_far(walk.board, walk.devices, [v for v in walk.views if v.camera is Camera.COLOR], FPS)
    assert judged.places == 0
    assert missing(judged)[1].startswith("hold the board still where it and")


def test_a_device_that_never_sees_the_board_is_told() -> None:
    judged = so_far(filmed(), [view for view in filmed().views if view.device != "d3"])
    assert missing(judged) == ("d3", "carry the board to where it sees it")
    assert (judged.devices[3].places, judged.devices[3].coverage, judged.devices[3].shares) == (0, 0.0, {})


def test_a_device_that_nobody_shares_with_is_told_with_the_nearest_in_time() -> None:
    lonely = [
        replace(view, pulse=view.pulse + 4) if view.device == "d3" else view
        for view in filmed().views
        if view.device != "d2" or view.pulse < 200
    ]
    assert missing(so_far(filmed(), lonely))[0] == "d3"
    assert missing(so_far(filmed(), lonely))[1].startswith("carry the board between it and d")


@pytest.mark.parametrize("places", [2, 5])
def test_a_device_that_saw_little_is_told_with_whom_it_shares_most(places: int) -> None:
    judged = so_far(filmed().with_few_sights("d3", places))
    device, what = missing(judged)
    shares = judged.devices[3].shares
    assert device == "d3"
    assert what == f"hold the board still where it and {max(shares, key=lambda name: shares[name])} see it"


def test_a_device_that_saw_the_board_in_one_part_of_its_image_is_told_where_it_did_not() -> None:
    def in_part(view: BoardView) -> BoardView:
        """Leave it the corners in a part of the image, as if something stood before the rest."""
        kept = (view.pixels[:, 0] < 530) if view.device == "d1" else view.ids >= 0
        return replace(view, ids=view.ids[kept], pixels=view.pixels[kept])

    walk = film_arc(4, poses=60, wrong=TYPICAL)
    judged = so_far(walk, [view for view in map(in_part, walk.views) if len(view.ids) >= 6])
    assert judged.devices[1].places >= 10
    assert missing(judged) == ("d1", "hold the board still at the right of its image")
    cells = next(each.covered for each in judged.devices if each.name == "d1")
    assert cells.shape == (4, 8)
    assert not cells[:, -2:].any()
    assert judged.devices[1].coverage == cells.mean() < 0.2


def test_a_camera_that_is_bumped_on_the_way_is_told_at_once() -> None:
    judged = so_far(film_ring(4, poses=100, wrong=Wrong(bump_deg=0.3, bump_mm=6.0)))
    assert [(each.code, each.device) for each in judged.spoiled] == [("camera-bumped", "d2")]
    assert not judged.is_enough
