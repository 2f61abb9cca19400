"""How far it is with drawing is told on stderr, and nothing where there is nothing to draw."""

from __future__ import annotations

import pytest

from kinect_sync.cli.drawing import progress_of_drawing


def test_it_is_told_in_lines_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of_drawing(quiet=False) as progress:
        for done in (0, 1, 2, 4):
            progress(done, 4)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "drawing the room: 0 of 4 images\ndrawing the room: 4 of 4 images\n"


def test_nothing_is_told_where_nobody_wants_to_know(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_of_drawing(quiet=True) as progress:
        progress(4, 4)
    with progress_of_drawing(quiet=False):
        pass
    assert capsys.readouterr().err == ""
