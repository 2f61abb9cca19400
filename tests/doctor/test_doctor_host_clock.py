"""Whether anything synchronises the clock, by whoever can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.clock import TIMESYNCD
from tests.doctor.examining import OK, UNKNOWN, WARNING, Row, expect
from tests.host.made_up import Change, both, good, has, holds, nothing

CHRONY = "Reference ID    : C0A80101\nLeap status     : {}\n"


def unsynchronised(**more: object) -> Change:
    return has(kernel_clock=False, **more)


ROWS = [
    Row("the kernel's clock", nothing, OK, "kernel"),
    Row("unsynchronised", unsynchronised(), WARNING, "nothing synchronises", "set-ntp"),
    Row("timesyncd", both(unsynchronised(), holds(TIMESYNCD, "")), OK, "timesyncd"),
    Row(
        "chrony without rtcsync", unsynchronised(commands={"chronyc": CHRONY.format("Normal")}), OK, "chrony"
    ),
    Row(
        "chrony at a loss",
        unsynchronised(commands={"chronyc": CHRONY.format("Not synchronised")}),
        WARNING,
        "has not",
        "chronyc sources",
    ),
    Row("systemd says yes", has(kernel_clock=None, commands={"timedatectl": "yes\n"}), OK, "systemd"),
    Row("systemd says no", has(kernel_clock=None, commands={"timedatectl": "no\n"}), WARNING, "own", "set"),
    Row("nobody can tell", has(kernel_clock=None), UNKNOWN, "neither", "timedatectl"),
    Row("Windows' clock", has(system="win32"), UNKNOWN, "win32", "w32tm"),
    Row("a Mac's clock", has(system="darwin"), UNKNOWN, "darwin", "settings"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "host-clock", good(tmp_path))
