"""Whether the host's clock is synchronised.

Captures are aligned by the devices' own clocks, so that no take breaks by this. But the time of day in a take
is the host's, and takes of several hosts, or audio recorded elsewhere, can only be laid beside it by a clock
that all of them share.
"""

from __future__ import annotations

from collections.abc import Iterator

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.clock import chrony_status, is_set_by_timesyncd, systemd_status
from kinect_sync.host.view import Host

HOST_CLOCK = declare.warning(
    "host-clock",
    "Nothing synchronises this computer's clock: times of day in takes are its own.",
    "switch it on with `sudo timedatectl set-ntp true`, or install chrony",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Ask whoever can tell: the kernel, systemd-timesyncd, chrony, systemd."""
    yield _judge(it.host) if it.host.is_linux else _elsewhere(it.host)


def _elsewhere(host: Host) -> CheckResult:
    where = "`w32tm /query /status`" if host.system == "win32" else "the settings for date and time"
    return unknown(HOST_CLOCK, f"ksync cannot ask {host.system} about its clock", f"look at {where}")


def _judge(host: Host) -> CheckResult:
    kernel = host.kernel_clock()
    if kernel:
        return ok(HOST_CLOCK, "the kernel's clock is synchronised")
    if is_set_by_timesyncd(host):
        return ok(HOST_CLOCK, "systemd-timesyncd has synchronised the clock")
    chrony = chrony_status(host)
    if chrony is not None:
        return _judge_chrony(chrony)
    systemd = systemd_status(host)
    if systemd:
        return ok(HOST_CLOCK, "systemd says that the clock is synchronised")
    if kernel is None and systemd is None:
        return unknown(
            HOST_CLOCK,
            "neither the kernel nor chrony nor systemd tells whether the clock is synchronised",
            "look with `timedatectl` or `chronyc tracking`, outside of any container",
        )
    return warning(HOST_CLOCK, "nothing synchronises the clock: times of day in takes are its own")


def _judge_chrony(status: str) -> CheckResult:
    if status.lower() == "not synchronised":
        return warning(
            HOST_CLOCK, "chrony runs, but has not synchronised the clock", "look at `chronyc sources`"
        )
    return ok(HOST_CLOCK, "chrony has synchronised the clock")


CHECK = check.Check("host-clock", check.COMPUTER, 30, run)
