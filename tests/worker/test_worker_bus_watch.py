"""Whether a device is still connected, as far as its host tells."""

from __future__ import annotations

import pytest

from kinect_sync.wire.messages import OnBus
from kinect_sync.worker.bus_watch import BusWatch
from tests.cli.commands import wait_until


@pytest.mark.parametrize(
    ("case", "before", "after", "listed", "missing"),
    [
        ("the bus lists it", ({"A"}, 3), ({"A"}, 3), True, 0),
        ("the bus lists it no more", ({"A"}, 3), ({"B"}, 2), False, 0),
        ("another was unplugged", ({"A"}, 3), ({"A"}, 2), True, 0),
        ("the bus tells no numbers", (set(), 3), (set(), 2), None, 1),
        ("one was plugged in", (set(), 3), (set(), 4), None, 0),
        ("nobody can count", (set(), None), (set(), None), None, 0),
        ("nobody can count any more", (set(), 3), (set(), None), None, 0),
    ],
)
def test_a_device_is_looked_for(
    case: str, before: tuple, after: tuple, listed: bool | None, missing: int
) -> None:
    now = {"serials": before[0], "count": before[1]}
    watch = BusWatch("A", lambda: now["serials"], lambda: now["count"], lambda: 0)
    now.update(serials=after[0], count=after[1])
    seen = watch.look()
    assert (seen.listed, seen.missing) == (listed, missing), case


@pytest.mark.parametrize(
    ("case", "looks", "missing"),
    [
        ("another left before, and it went on delivering", [(2, 10), (2, 50)], 0),
        ("another left before, and then it did", [(2, 10), (1, 50)], 1),
        ("another left together with it", [(1, 10), (1, 10)], 2),
        ("the last capture was on its way when another left", [(2, 10), (2, 11)], 1),
        ("it was the other that left, before it was counted again", [(2, 50)], 1),
        ("nobody could count in between", [(None, 10), (2, 50)], 1),
    ],
)
def test_who_left_while_a_device_delivered_is_not_held_against_it(
    case: str, looks: list[tuple[int | None, int]], missing: int
) -> None:
    now: dict[str, int | None] = {"count": 3, "captures": 0}
    watch = BusWatch("A", set, lambda: now["count"], lambda: now["captures"] or 0)
    for count, captures in looks:
        now.update(count=count, captures=captures)
        seen = watch.look()
    assert (seen.listed, seen.missing) == (None, missing), case


def test_a_bus_that_cannot_be_asked_tells_nothing_and_may_be_asked_again() -> None:
    tells = [{"A"}, OSError("no bus"), {"A"}]

    def serials() -> set[str]:
        told = tells.pop(0)
        if isinstance(told, OSError):
            raise told
        return told

    watch = BusWatch("A", serials, lambda: 1, lambda: 0)
    for listed in (None, True):
        answers: list[OnBus] = []
        watch.ask()
        wait_until(lambda answers=answers: bool(take(watch, answers)), "the bus was looked at")
        assert answers[0].listed is listed


def take(watch: BusWatch, answers: list[OnBus]) -> list[OnBus]:
    """Take an answer where there is one."""
    answers.extend(filter(None, [watch.answer()]))
    return answers
