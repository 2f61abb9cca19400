"""The kernel's memory for USB transfers of programs, and where it is set for every boot."""

from __future__ import annotations

import re

from kinect_sync.host.view import Host

PARAMETER = "/sys/module/usbcore/parameters/usbfs_memory_mb"
MEGABYTES_EACH = 32
"""Per device; a rule of thumb, as libk4a asks for 10 MB for depth alone (`usb_cmd_priv.h`)."""
GRUB = "/etc/default/grub"
SETTING = "usbcore.usbfs_memory_mb"
_LINE = re.compile(
    r"^\s*GRUB_CMDLINE_LINUX_DEFAULT=(?P<quote>[\"'])(?P<words>.*)(?P=quote)\s*$", re.MULTILINE
)
_USUAL_WORDS = ("quiet", "splash")


def usb_memory_mb(host: Host) -> int | str:
    """Return the limit in MB, 0 for none, or the text that stands there and is no number; OSError."""
    text = host.read(PARAMETER)
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else text


def boot_words(host: Host, megabytes: int) -> str:
    """Return the words of GRUB's kernel command line as they are, but for this limit."""
    try:
        found = _LINE.search(host.read(GRUB))
    except OSError:
        found = None
    words = found["words"].split() if found else _USUAL_WORDS
    kept = [word for word in words if not word.startswith(f"{SETTING}=")]
    return " ".join([*kept, f"{SETTING}={megabytes}"])
