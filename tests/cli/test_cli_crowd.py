"""The crowd itself: what is spoilt is run again, once for all who ask, and no more often than that."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.commands import PATIENCE_S, wait_until
from tests.cli.crowd import ATTEMPTS, Crowd, Runs


@dataclass(frozen=True)
class Case:
    key: str = "bias"
    weight: int = 3


BIAS, DRIFT = Case(), Case("drift")
Start = Callable[..., Runs[Case, str]]


def run(case: Case, directory: Path) -> str:
    """Like a run of the command: it takes a folder that is not there yet."""
    directory.mkdir()
    return directory.name


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started = []

    def begin(
        strained: Callable[[Case, str], bool], run: Callable[[Case, Path], str] = run
    ) -> Runs[Case, str]:
        started.append(Runs([BIAS, DRIFT], run, strained, tmp_path))
        return started[-1]

    yield begin
    for runs in started:
        runs.close()


def test_a_case_that_is_not_spoilt_is_run_once(start: Start, tmp_path: Path) -> None:
    runs = start(lambda case, outcome: False)
    assert [runs.outcome(each) for each in (BIAS, DRIFT, BIAS)] == ["bias-0", "drift-0", "bias-0"]
    runs.close()
    assert {path.name for path in tmp_path.iterdir()} == {"bias-0", "drift-0"}


def test_whoever_asks_again_for_a_spoilt_case_gets_what_its_repetition_gave(
    start: Start, tmp_path: Path
) -> None:
    runs = start(lambda case, outcome: outcome == "bias-0")
    assert [runs.outcome(each) for each in (BIAS, BIAS, DRIFT, BIAS)] == [
        "bias-1",
        "bias-1",
        "drift-0",
        "bias-1",
    ]
    runs.close()
    assert {path.name for path in tmp_path.iterdir()} == {"bias-0", "bias-1", "drift-0"}


def test_a_case_that_stays_spoilt_is_run_no_more_than_allowed(start: Start, tmp_path: Path) -> None:
    runs = start(lambda case, outcome: True)
    last = f"bias-{ATTEMPTS - 1}"
    assert [runs.outcome(BIAS), runs.outcome(BIAS)] == [last, last]
    runs.close()
    assert {path.name for path in tmp_path.glob("bias-*")} == {f"bias-{n}" for n in range(ATTEMPTS)}


def test_a_repetition_that_fails_is_what_everybody_is_told(start: Start, tmp_path: Path) -> None:
    def fail_again(case: Case, directory: Path) -> str:
        if directory.name == "bias-1":
            raise ValueError("no rows")
        return run(case, directory)

    runs = start(lambda case, outcome: case is BIAS, fail_again)
    for _ in range(2):
        with pytest.raises(ValueError, match="no rows"):
            runs.outcome(BIAS)
    assert not (tmp_path / "bias-2").exists()


def test_what_has_to_be_alone_runs_next_and_lets_the_rest_wait() -> None:
    crowd, begun, release, told = Crowd(), threading.Event(), threading.Event(), []

    def first() -> None:
        begun.set()
        release.wait(PATIENCE_S)
        told.append("first")

    crowd.submit(first, 5)
    assert begun.wait(PATIENCE_S)
    last = crowd.submit(lambda: told.append("last"), 5)
    alone = threading.Thread(target=lambda: crowd.alone(lambda: told.append("alone")).result())
    alone.start()
    wait_until(lambda: crowd.waiting() == 2, "the one that has to be alone waits too")
    assert (told, last.done()) == ([], False)
    release.set()
    alone.join(PATIENCE_S)
    last.result(PATIENCE_S)
    crowd.close()
    assert told == ["first", "alone", "last"]
