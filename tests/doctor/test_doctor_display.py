"""A display for the depth engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, PROBLEM, WARNING, Row, expect
from tests.host.made_up import both, environment, good, holds, lacks, nothing

SESSION = "/run/user/1000"
SSH = environment(SSH_CONNECTION="10.0.0.1 5000 10.0.0.2 22", HOME="/home/me")
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
    Row("at the screen, without a cookie", environment(HOME="/home/me"), OK, ":0"),
    Row("a cookie that is not there", environment(XAUTHORITY="/gone"), WARNING, "names /gone", "XAUTHORITY"),
    Row("over ssh, without a cookie", SSH, WARNING, "cookie", "echo $XAUTHORITY"),
    Row(
        "over ssh, and somebody is logged in with GDM",
        both(SSH, holds(f"{SESSION}/gdm/Xauthority", "")),
        WARNING,
        "cookie",
        f"export XAUTHORITY={SESSION}/gdm/Xauthority",
    ),
    Row(
        "over ssh, and somebody is logged in with GNOME on Wayland",
        both(SSH, holds(f"{SESSION}/.mutter-Xwaylandauth.X1Y2", "")),
        WARNING,
        "cookie",
        f"export XAUTHORITY={SESSION}/.mutter-Xwaylandauth.X1Y2",
    ),
    Row("over ssh, with a cookie", both(SSH, holds("/home/me/.Xauthority", "")), OK, ":0"),
    Row(
        "over ssh, with a cookie elsewhere",
        both(SSH, environment(XAUTHORITY="/run/cookie"), holds("/run/cookie", "")),
        OK,
        ":0",
    ),
    Row("another server", environment(DISPLAY=":1"), WARNING, ":1", "DISPLAY"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "display", good(tmp_path))
