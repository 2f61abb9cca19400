"""Whether the kernel's memory for USB transfers of programs suffices: by default not for two Kinects.

Linux grants 16 MB to all programs together; beyond it transfers fail with errno 12 (SDK issues 485, 850,
1316). libk4a asks for 10 MB per device for depth alone (`usb_cmd_priv.h`), and for color besides. The 32 MB
per device that ksync asks for are a rule of thumb.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, count_of, ok, problem, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.usbfs import GRUB, MEGABYTES_EACH, PARAMETER, boot_words, usb_memory_mb
from kinect_sync.host.view import Host, reason

DEFAULT_MB = 16
DEPTH_POOL_MB = 10

USB_MEMORY = declare.warning(
    "usb-memory",
    "The kernel's memory for USB transfers is too small for the number of devices.",
    "raise usbfs_memory_mb to 32 per device",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Compare `usbfs_memory_mb` with the number of devices."""
    if not it.host.is_linux:
        yield ok(USB_MEMORY, "only Linux limits the memory for USB transfers")
        return
    try:
        limit = usb_memory_mb(it.host)
    except OSError as error:
        look = "look at it on the computer that the cameras are plugged into, outside of any container"
        yield unknown(USB_MEMORY, f"{PARAMETER} can't be read: {reason(error)}", look)
        return
    if isinstance(limit, str):
        told = f"{PARAMETER} holds {limit[:20]!r}, which is no number"
        yield unknown(USB_MEMORY, told, "look at it yourself")
    else:
        yield _judge(limit, it.number, it.host)


def _judge(megabytes: int, devices: int, host: Host) -> CheckResult:
    wanted = MEGABYTES_EACH * devices
    told = f"usbfs_memory_mb is {megabytes} for {count_of(devices, 'device')}"
    if megabytes == 0:
        return ok(USB_MEMORY, "usbfs_memory_mb is 0: no limit")
    if megabytes >= wanted or (devices < 2 and megabytes >= DEFAULT_MB):
        return ok(USB_MEMORY, told)
    remedy = _remedy(host, wanted)
    if megabytes < DEPTH_POOL_MB * devices:
        return problem(USB_MEMORY, f"{told}: too little, transfers will fail with errno 12", remedy)
    return warning(USB_MEMORY, f"{told}: {wanted} is the rule of thumb", remedy)


def _remedy(host: Host, megabytes: int) -> str:
    """Write the command for now, and the line for every boot, with what GRUB's line holds today."""
    now = f"now: echo {megabytes} | sudo tee {PARAMETER}"
    line = f'GRUB_CMDLINE_LINUX_DEFAULT="{boot_words(host, megabytes)}"'
    return (
        f"{now} -- for every boot: write {line} into {GRUB}, then sudo update-grub, and reboot "
        "(without GRUB: add that last word to the kernel's command line)"
    )


CHECK = check.Check("usb-memory", check.USB, 60, run)
