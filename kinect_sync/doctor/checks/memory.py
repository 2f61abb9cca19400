"""Whether there is memory enough for the devices: a rule of thumb, so never a problem.

Microsoft's minimum for one device is 4 GB (SDK system requirements). Half a gigabyte of free memory per
device (queues of the SDK and of ksync, Python) is a rule of thumb.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, count_of, ok, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.computer import MEMINFO, available_bytes
from kinect_sync.host.view import reason

BYTES_PER_DEVICE = 500_000_000
_LOOK = "look it up: half a gigabyte per device should be free"

MEMORY = declare.warning(
    "memory",
    "Less memory is available than the devices need.",
    "close other programs, record fewer devices here, or lower fps and resolution",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Compare the memory that is available with the number of devices."""
    if not it.host.is_linux:
        yield unknown(MEMORY, f"ksync cannot read the free memory on {it.host.system}", _LOOK)
        return
    try:
        free = available_bytes(it.host)
    except OSError as error:
        yield unknown(MEMORY, f"{MEMINFO} can't be read: {reason(error)}", _LOOK)
        return
    if free is None:
        yield unknown(MEMORY, f"{MEMINFO} does not tell what is available", _LOOK)
    else:
        yield _judge(free, it.number)


def _judge(free: float, devices: int) -> CheckResult:
    told = f"{free / 1e9:.1f} GB of memory available for {count_of(devices, 'device')}"
    if free < BYTES_PER_DEVICE * devices:
        return warning(MEMORY, f"{told}: the rule of thumb is 0.5 GB each")
    return ok(MEMORY, told)


CHECK = check.Check("memory", check.COMPUTER, 20, run)
