"""More Kinects on one computer than are always found."""

from __future__ import annotations

from pathlib import Path

from tests.doctor.examining import WARNING, Row, expect, told
from tests.host.made_up import MadeUp, good
from tests.host.plugging import many


def test_six_on_one_computer(tmp_path: Path) -> None:
    row = Row("six on one computer", many, WARNING, "6 Kinects", "ksync devices")
    expect(row, "usb-number", MadeUp(tmp_path))


def test_of_three_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert told("usb-number", good(tmp_path)) == []
