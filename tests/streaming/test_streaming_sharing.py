"""Rows for several takers: each at its own pace, and none in another's way."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

from kinect_sync.streaming.sharing import SharedRow, SharedRows
from tests.streaming.stand_in_rows import StandInRow, never


def put(rows: SharedRows, *pulses: int) -> list[StandInRow]:
    made = list(map(StandInRow, pulses))
    for row in made:
        rows.put(row, never)  # type: ignore[arg-type]  # a stand-in
    return made


def pulses(taken: Iterator[SharedRow]) -> list[int]:
    return [shared.row.pulse for shared in taken]


def test_each_takes_rows_from_when_it_came_at_its_own_pace() -> None:
    rows = SharedRows(3)
    with rows.taking() as early:
        put(rows, 0, 1)
        assert next(early).row.pulse == 0
        with rows.taking() as late:
            put(rows, 2, 3, 4)
            rows.end()
            assert pulses(late) == [2, 3, 4]
        assert pulses(early) == [2, 3, 4], "1 is kept no more"


def test_in_mode_newest_each_takes_the_newest_there_is() -> None:
    rows = SharedRows(3, newest=True)
    with rows.taking() as taken:
        put(rows, 0, 1, 2)
        assert next(taken).row.pulse == 2
        put(rows, 3)
        assert next(taken).row.pulse == 3
        rows.end()
        assert pulses(taken) == []


def test_a_row_is_copied_once_for_all_who_send_it_and_let_go_of_by_the_last() -> None:
    rows = SharedRows(4)
    with rows.taking() as one, rows.taking() as other:
        (row,) = put(rows, 0)
        first, second = next(one), next(other)
        held = first.held()
        assert second.held() is held
        assert row.held == 1
        gone = weakref.ref(held)  # type: ignore[type-var]  # a stand-in
        del held
        gc.collect()
        assert gone() is None


def test_a_row_that_can_not_be_copied_any_more_is_none() -> None:
    rows = SharedRows(4)
    with rows.taking() as taken:
        (row,) = put(rows, 0)
        row.is_overwritten = True
        assert next(taken).held() is None


def test_rows_that_wait_are_for_whoever_comes_and_none_is_lost() -> None:
    """As of a recording that is played fast: the recording waits for the slowest client."""
    rows = SharedRows(2, waits=True)
    putting = threading.Thread(target=put, args=(rows, *range(6)), daemon=True)
    putting.start()
    with rows.taking() as one:
        assert next(one).row.pulse == 0
        with rows.taking() as other:
            assert next(other).row.pulse == 0
        assert [next(one).row.pulse for _ in range(5)] == [1, 2, 3, 4, 5]
        assert putting.is_alive()
    with rows.taking() as last:
        assert next(last).row.pulse == 5, "nobody was done with it"
        rows.end()
        assert pulses(last) == []
    putting.join()


def test_rows_that_wait_for_nobody_end_when_they_are_stopped() -> None:
    rows = SharedRows(2, waits=True)
    rows.put(StandInRow(0), lambda: True)  # type: ignore[arg-type]  # a stand-in
    assert rows.takers == 0
