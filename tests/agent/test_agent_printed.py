"""What a worker that lodges prints is told, but for what was told before, and does not fill the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.agent.printed import MOST_BYTES, Printed
from kinect_sync.wire.messages import END_OF_TALK


def sdk(text: str) -> str:
    """A line of the SDK's log."""
    return f"[2026-11-26 07:00:00.000] [error] [t=7] {text}\n"


class Output:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.said: list[str] = []

    def watched(self, *, begun: bool = False) -> Printed:
        return Printed(self.path, self.said.append, begun=begun)

    def print(self, text: str) -> None:
        with self.path.open("a") as stream:
            stream.write(text)


@pytest.fixture
def output(tmp_path: Path) -> Output:
    return Output(tmp_path / "output")


def test_a_line_is_told_when_it_is_whole(output: Output) -> None:
    printed = output.watched()
    line = sdk("no USB")
    output.print(line[:-5])
    printed.look()
    assert output.said == []
    output.print(line[-5:])
    printed.look()
    printed.look()
    assert output.said == ["no USB"]


def test_the_last_words_may_be_half_a_line_and_no_mark_of_ours_is_among_them(output: Output) -> None:
    printed = output.watched()
    output.print(f"first\n{END_OF_TALK}\nSegmentation")
    printed.look()
    assert printed.last_words == ("first",)
    printed.look(ended=True)
    assert printed.last_words == ("first", "Segmentation")


def test_of_a_worker_that_was_found_only_what_is_new_is_told(output: Output) -> None:
    output.print(sdk("an old matter") + "and more\n")
    printed = output.watched(begun=True)
    assert printed.last_words[-1] == "and more"
    output.print(sdk("no USB"))
    printed.look()
    assert output.said == ["no USB"]


def test_it_keeps_the_end_of_what_fills_the_disk(output: Output) -> None:
    printed = output.watched()
    output.print("noise\n" * (MOST_BYTES // 6 + 1))
    printed.look()
    assert output.path.stat().st_size == 0
    output.print(sdk("no USB"))
    printed.look()
    assert output.said == ["no USB"]


def test_output_that_is_gone_says_nothing(output: Output) -> None:
    printed = output.watched()
    output.path.unlink()
    printed.look(ended=True)
    assert printed.last_words == ()
