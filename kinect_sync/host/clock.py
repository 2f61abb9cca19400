"""Who says that the host's time of day is synchronised: systemd-timesyncd, chrony, systemd.

The kernel itself is asked by `Host.kernel_clock`; it does not learn of every daemon.
"""

from __future__ import annotations

import re

from kinect_sync.host.view import Host

TIMESYNCD = "/run/systemd/timesync/synchronized"


def is_set_by_timesyncd(host: Host) -> bool:
    """Tell whether systemd-timesyncd has synchronised the clock."""
    return host.exists(TIMESYNCD)


def chrony_status(host: Host) -> str | None:
    """Return chrony's leap status, which the kernel does not learn without `rtcsync`; None without chrony."""
    found = re.search(r"^Leap status\s*: (.+)$", host.run(("chronyc", "-n", "tracking")) or "", re.MULTILINE)
    return found[1].strip() if found else None


def systemd_status(host: Host) -> bool | None:
    """Return whether systemd says that the clock is synchronised; None where it does not say."""
    told = (host.run(("timedatectl", "show", "-p", "NTPSynchronized", "--value")) or "").strip()
    return {"yes": True, "no": False}.get(told)
