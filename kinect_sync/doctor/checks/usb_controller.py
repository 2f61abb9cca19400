"""What each USB host controller has to serve, and whether its maker's are known for trouble.

Microsoft recommends one host controller per device; its engineers saw three devices at 30 fps on one.
ASMedia's controllers make trouble (SDK issues 397, 936, 1035). The limit for one is a rule of thumb.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.plugged import named, plugged_kinects, rate_text, sent_by, sharing
from kinect_sync.doctor.results import CheckResult, ok, warning
from kinect_sync.findings import model as declare
from kinect_sync.rig.facts import Rate

CONTROLLER_BYTES_PER_S = 400_000_000
"""What one controller takes in without trouble: a rule of thumb."""
_TROUBLESOME = "ASMedia"

USB_CONTROLLER = declare.warning(
    "usb-controller",
    "One host controller serves several devices.",
    "spread the devices over host controllers: other ports, or a PCIe card with a controller for each port",
)
USB_CONTROLLER_MAKER = declare.warning(
    "usb-controller-maker",
    "The host controller is of a maker whose controllers are known for lost streams.",
    "prefer a controller of Intel, Texas Instruments or Renesas",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Judge each controller that a Kinect hangs on."""
    for _, kinects in sharing(plugged_kinects(it), lambda kinect: kinect.link.controller):
        first, rate = kinects[0], sent_by(kinects)
        told = f"controller {first.controller} serves {named(kinects)}"
        told += f", which send {rate_text(rate)}" if rate else ""
        yield ok(USB_CONTROLLER, told) if len(kinects) == 1 else _shared(told, rate)
        if first.link.maker == _TROUBLESOME:
            yield warning(USB_CONTROLLER_MAKER, f"{told}; ASMedia's are known for lost streams")


def _shared(told: str, rate: Rate | None) -> CheckResult:
    if rate is None:
        return warning(USB_CONTROLLER, f"{told}; what they send is unknown without the rig")
    limit = f"{CONTROLLER_BYTES_PER_S / 1e6:.0f} MB/s"
    if rate.high > CONTROLLER_BYTES_PER_S:
        return warning(USB_CONTROLLER, f"{told}: more than the {limit} that one takes safely")
    return warning(USB_CONTROLLER, f"{told}: within {limit}, yet one each is recommended")


CHECK = check.Check("usb-controller", check.USB, 30, run)
