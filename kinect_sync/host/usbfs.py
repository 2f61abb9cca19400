"""The kernel's memory for USB transfers of programs, which is too small by default for two Kinects.

Linux grants 16 MB to all programs together; beyond it transfers fail with errno 12 (SDK issues 485, 850,
1316). libk4a asks for 10 MB per device for depth alone (`usb_cmd_priv.h`), and for color besides. The 32 MB
per device that ksync asks for are a rule of thumb.
"""

from __future__ import annotations

import re

from kinect_sync.findings.host import USB_MEMORY
from kinect_sync.host.checks import CheckResult, count_of, ok, problem, unknown, warning
from kinect_sync.host.view import Host, reason

PARAMETER = "/sys/module/usbcore/parameters/usbfs_memory_mb"
GRUB = "/etc/default/grub"
DEFAULT_MB = 16
DEPTH_POOL_MB = 10
RECOMMENDED_MB = 32
_LINE = re.compile(
    r"^\s*GRUB_CMDLINE_LINUX_DEFAULT=(?P<quote>[\"'])(?P<words>.*)(?P=quote)\s*$", re.MULTILINE
)
_SETTING = "usbcore.usbfs_memory_mb"


def check_usb_memory(host: Host, devices: int) -> CheckResult:
    """Compare `usbfs_memory_mb` with the number of devices."""
    if not host.is_linux:
        return ok(USB_MEMORY, "only Linux limits the memory for USB transfers")
    try:
        text = host.read(PARAMETER)
    except OSError as error:
        return unknown(
            USB_MEMORY,
            f"{PARAMETER} can't be read: {reason(error)}",
            "look at it on the computer that the cameras are plugged into, outside of any container",
        )
    if not re.fullmatch(r"[0-9]{1,9}", text):
        return unknown(
            USB_MEMORY, f"{PARAMETER} holds {text[:20]!r}, which is no number", "look at it yourself"
        )
    return _judge(int(text), devices, host)


def _judge(megabytes: int, devices: int, host: Host) -> CheckResult:
    wanted = RECOMMENDED_MB * devices
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
    line = f'GRUB_CMDLINE_LINUX_DEFAULT="{_words(host, megabytes)}"'
    return (
        f"{now} -- for every boot: write {line} into {GRUB}, then sudo update-grub, and reboot "
        "(without GRUB: add that last word to the kernel's command line)"
    )


def _words(host: Host, megabytes: int) -> str:
    try:
        found = _LINE.search(host.read(GRUB))
    except OSError:
        found = None
    words = found["words"].split() if found else ["quiet", "splash"]
    kept = [word for word in words if not word.startswith(f"{_SETTING}=")]
    return " ".join([*kept, f"{_SETTING}={megabytes}"])
