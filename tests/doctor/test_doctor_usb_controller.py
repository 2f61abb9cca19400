"""What each host controller has to serve."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.doctor.examining import OK, WARNING, Row, expect, told
from tests.host.made_up import ASMEDIA, INTEL, MadeUp, good
from tests.host.plugging import one_controller, single

ROWS = [
    Row("a controller of its own is well", single(), OK, "send 160 to 168 MB/s"),
    Row(
        "two on one controller", one_controller(INTEL, 2), WARNING,
        "`front`, `left`, which send 321 to 335 MB/s: within 400 MB/s", "PCIe card",
    ),
    Row(
        "three on one controller", one_controller(INTEL, 3), WARNING,
        "`front`, `left`, `right`, which send 481 to 503 MB/s: more than the 400 MB/s", "PCIe card",
    ),
    Row(
        "a controller that makes trouble", one_controller(ASMEDIA, 1), WARNING, "ASMedia", "Intel",
        "usb-controller-maker",
    ),
    Row(
        "faster links help no shared controller", one_controller(INTEL, 3, speed="10000"), WARNING,
        "481 to 503", "PCIe",
    ),
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_controller_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "usb-controller", MadeUp(tmp_path))


def test_a_good_computer_has_a_controller_for_each(tmp_path: Path) -> None:
    assert [each.status for each in told("usb-controller", good(tmp_path))] == [OK] * 3


def test_without_a_rig_rates_are_unknown(tmp_path: Path) -> None:
    computer = MadeUp(tmp_path)
    one_controller(INTEL, 2)(computer)
    (shared,) = told("usb-controller", computer, rig=None)
    assert "unknown without the rig" in shared.what
