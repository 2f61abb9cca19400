"""A take in which a board is carried about as a source of the view: with how far the walk has come."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.findings import Severity
from kinect_sync.review.calibrating.so_far import DeviceSoFar, WalkSoFar
from kinect_sync.viewer.head import BoardHead, Head, Sign, ViewState
from kinect_sync.viewer.signs import ordered, sign_of
from kinect_sync.viewer.sources import Sight, Sighted, Source
from kinect_sync.viewer.walk.watched import WatchedWalk

_SHARES = 4
"""So many other devices are told of, those that share most: a line has room for no more."""


class WalkedTake(Source):
    """Adds to what a take looks like what its walk lacks, for as long as it is watched."""

    def __init__(self, take: Source, walk: WatchedWalk) -> None:
        """Look at a take, and at the watched walk in it."""
        self.darkroom = take.darkroom
        self._take, self._walk = take, walk

    def look(self, pulse: int | None) -> Sight:
        """Look at the take as it is, and say what is missing."""
        sight, so_far = self._take.look(pulse), self._walk.so_far
        return sight if so_far is None else _with_walk(sight, so_far)


def _with_walk(sight: Sight, so_far: WalkSoFar) -> Sight:
    whole = sight.head.whole
    update: dict[str, object] = {
        "signs": ordered((*whole.signs, *_signs(so_far))),
        "board": f"{so_far.words}, {'enough' if so_far.is_enough else 'not enough'}",
    }
    if so_far.is_enough:
        update["words"] = _enough(sight.head)
    head = sight.head.model_copy(update={"whole": whole.model_copy(update=update)})
    boards = {each.name: _board(each) for each in so_far.devices}
    return Sight(head, tuple(_with_board(each, boards.get(each.head.name)) for each in sight.devices))


def _enough(head: Head) -> str:
    if head.state is ViewState.RECORDING:
        return "enough; end the take, and calibrate"
    return f"enough to calibrate; {head.whole.words}"


def _signs(so_far: WalkSoFar) -> Iterator[Sign]:
    yield from map(sign_of, so_far.spoiled)
    if so_far.missing is not None:
        text = f"{so_far.missing.what}; {so_far.words}"
        yield Sign(severity=Severity.WARNING, text=text, device=so_far.missing.device)


def _with_board(seen: Sighted, board: BoardHead | None) -> Sighted:
    return seen._replace(head=seen.head.model_copy(update={"board": board}))


def _board(device: DeviceSoFar) -> BoardHead:
    most = sorted(device.shares.items(), key=lambda each: -each[1])[:_SHARES]
    shares = ", ".join(f"{name} {count}" for name, count in most)
    words = f"{device.places} places · {100 * device.coverage:.0f} % of its image"
    rows = tuple("".join("01"[int(cell)] for cell in row) for row in device.covered)
    return BoardHead(words=f"{words} · with {shares}" if shares else words, covered=rows)
