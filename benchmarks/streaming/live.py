"""Starts the program that takes live rows, and says how old each row was when it was given."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.streaming.stage import FPS, Stage
from tests.cli.commands import Command, ksync

PROGRAM = ("-m", "benchmarks.streaming.live_program")


@contextmanager
def live(stage: Stage, seconds: float, takes: Path | None = None) -> Iterator[Command]:
    """Have a program that takes live rows for so many seconds, and records where `takes` is a folder."""
    arguments = [stage.rig, seconds, *([] if takes is None else [takes])]
    with ksync(*arguments, program=PROGRAM, environment=stage.bench.environment()) as command:
        yield command


def taken_by(command: Command) -> dict[str, Any]:
    """Wait for the program's end, and return what it took."""
    ended = command.finish()
    if ended.code:
        raise ValueError(f"the program ended with {ended.code}: {ended.err}")
    return ended.report


def numbers_in(taken: dict[str, Any]) -> list[list[int | None]]:
    """Return the rows that a program took, as the numbers of their captures."""
    return [row["numbers"] for row in taken["rows"]]


def first_in(taken: dict[str, Any]) -> int:
    """Return which capture of the devices the first pulse was."""
    return min(number for row in taken["rows"][:1] for number in row["numbers"] if number is not None)


def ages_ms(stage: Stage, taken: dict[str, Any]) -> list[float]:
    """Return for each whole row how long before it was given its last capture had been delivered.

    That is when the SDK returned it to the worker, by the devices' own journal. Rows of the first second do
    not count: a stream begins with what was held until the first common pulse was known.
    """
    delivered_ns = stage.delivered_ns()
    return [
        (row["given_ns"] - delivered_ns[row["numbers"][0]]) / 1e6
        for row in taken["rows"][FPS:]
        if None not in row["numbers"]
    ]
