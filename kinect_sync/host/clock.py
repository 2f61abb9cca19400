"""Whether the host's clock is synchronised.

Captures are aligned by the devices' own clocks, so that no take breaks by this. But the time of day in a take
is the host's, and takes of several hosts, or audio recorded elsewhere, can only be laid beside it by a clock
that all of them share.
"""

from __future__ import annotations

import re

from kinect_sync.findings.host import HOST_CLOCK
from kinect_sync.host.checks import CheckResult, ok, unknown, warning
from kinect_sync.host.view import Host

TIMESYNCD = "/run/systemd/timesync/synchronized"


def check_clock(host: Host) -> CheckResult:
    """Judge the host's clock by whoever can tell: the kernel, systemd-timesyncd, chrony."""
    if not host.is_linux:
        where = "`w32tm /query /status`" if host.system == "win32" else "the settings for date and time"
        return unknown(HOST_CLOCK, f"ksync cannot ask {host.system} about its clock", f"look at {where}")
    kernel = host.kernel_clock()
    if kernel:
        return ok(HOST_CLOCK, "the kernel's clock is synchronised")
    if host.exists(TIMESYNCD):
        return ok(HOST_CLOCK, "systemd-timesyncd has synchronised the clock")
    chrony = _ask_chrony(host)
    if chrony is not None:
        return _judge_chrony(chrony)
    systemd = (host.run(("timedatectl", "show", "-p", "NTPSynchronized", "--value")) or "").strip()
    if systemd == "yes":
        return ok(HOST_CLOCK, "systemd says that the clock is synchronised")
    if kernel is None and systemd != "no":
        return unknown(
            HOST_CLOCK,
            "neither the kernel nor chrony nor systemd tells whether the clock is synchronised",
            "look with `timedatectl` or `chronyc tracking`, outside of any container",
        )
    return warning(HOST_CLOCK, "nothing synchronises the clock: times of day in takes are its own")


def _ask_chrony(host: Host) -> str | None:
    """Return chrony's leap status; without its `rtcsync` the kernel does not learn of it."""
    found = re.search(r"^Leap status\s*: (.+)$", host.run(("chronyc", "-n", "tracking")) or "", re.MULTILINE)
    return found[1].strip() if found else None


def _judge_chrony(status: str) -> CheckResult:
    if status.lower() == "not synchronised":
        return warning(
            HOST_CLOCK, "chrony runs, but has not synchronised the clock", "look at `chronyc sources`"
        )
    return ok(HOST_CLOCK, "chrony has synchronised the clock")
