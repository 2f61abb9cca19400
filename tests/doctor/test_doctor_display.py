"""A display for the depth engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, PROBLEM, WARNING, Row, expect
from tests.host.made_up import both, environment, good, holds, lacks, nothing

X_SOCKET = "/tmp/.X11-unix/X0"
ROWS = [
    Row("a display", nothing, OK, ":0"),
    Row("headless", environment(DISPLAY=""), PROBLEM, "204", "DISPLAY=:0"),
    Row("a display far away", environment(DISPLAY="localhost:10.0"), WARNING, "else", "ssh"),
    Row("no server there", lacks(X_SOCKET), WARNING, "no X server", "DISPLAY"),
    Row(
        "a server with a name alone",
        both(lacks(X_SOCKET), holds("/proc/net/unix", f"0: 2 3 @{X_SOCKET}\n")),
        OK,
        ":0",
    ),
    Row("another server", environment(DISPLAY=":1"), WARNING, ":1", "DISPLAY"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "display", good(tmp_path))
