"""How many Kinects are on one computer: more than five do not always all enumerate (SDK issue 1756)."""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, warning
from kinect_sync.findings import model as declare

ENUMERATES = 5
"""As many devices on one computer as reports find reliable: a rule of thumb."""

USB_NUMBER = declare.warning(
    "usb-number",
    "More devices are on one computer than are always found.",
    "count them with `ksync devices` before each take, and replug those that are missing",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Count them."""
    number = len(it.bus.kinects)
    if number > ENUMERATES:
        told = f"{number} Kinects on one computer: with more than {ENUMERATES} not all are always found"
        yield warning(USB_NUMBER, told)


CHECK = check.Check("usb-number", check.USB, 40, run)
