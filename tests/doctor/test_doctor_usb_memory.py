"""Memory for USB transfers against the number of devices, and the way to raise it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.host.usbfs import GRUB, PARAMETER
from tests.doctor.examining import OK, PROBLEM, UNKNOWN, WARNING, Row, expect
from tests.host.made_up import MadeUp, good, has, holds, lacks, nothing, unreadable


def quiet_grub(it: MadeUp) -> None:
    it.file(PARAMETER, "16")
    it.file(
        GRUB, 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet usbcore.usbfs_memory_mb=8 mitigations=off"\n'
    )


ROWS = [
    Row("enough for three", nothing, OK, "1000 for 3 devices"),
    Row("no limit", holds(PARAMETER, "0\n"), OK, "no limit", number=9),
    Row("the default is enough for one", holds(PARAMETER, "16"), OK, "1 device", number=1),
    Row(
        "16 with 4 devices: the command for now",
        holds(PARAMETER, "16"),
        PROBLEM,
        "16 for 4 devices",
        f"now: echo 128 | sudo tee {PARAMETER}",
        number=4,
    ),
    Row(
        "16 with 4 devices: the line for GRUB",
        holds(PARAMETER, "16"),
        PROBLEM,
        "errno 12",
        'GRUB_CMDLINE_LINUX_DEFAULT="quiet splash usbcore.usbfs_memory_mb=128" into /etc/',
        number=4,
    ),
    Row(
        "GRUB's words are kept, an old number is not",
        quiet_grub,
        PROBLEM,
        "16",
        '"quiet mitigations=off usbcore.usbfs_memory_mb=64"',
        number=2,
    ),
    Row("less than depth needs", holds(PARAMETER, "8"), PROBLEM, "8 for 1", "32", number=1),
    Row("32 for nine", holds(PARAMETER, "32"), PROBLEM, "32 for 9", "288", number=9),
    Row("less than the rule", holds(PARAMETER, "64"), WARNING, "128", "128", number=4),
    Row("no such file", lacks(PARAMETER), UNKNOWN, "no such file", "container", number=2),
    Row("unreadable", unreadable(PARAMETER), UNKNOWN, "is a directory", "look", number=2),
    Row("no number", holds(PARAMETER, b"\xff lots"), UNKNOWN, "no number", "look", number=2),
    Row("empty", holds(PARAMETER, ""), UNKNOWN, "no number", "look", number=2),
    Row("negative", holds(PARAMETER, "-1"), UNKNOWN, "'-1'", "look", number=2),
    Row("Windows has no limit", has(system="win32"), OK, "only Linux", number=9),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "usb-memory", good(tmp_path))
