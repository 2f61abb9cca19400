"""Whether several Kinects share the link of one port, behind a hub.

A 5 Gbit/s link carries at most 500 MB/s (8b/10b code), a 10 Gbit/s link 1212 (128b/132b).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.plugged import Plugged, named, plugged_kinects, rate_text, sent_by, sharing
from kinect_sync.doctor.results import CheckResult, problem, warning
from kinect_sync.findings import model as declare

LINK_BYTES_PER_S = {5_000: 500_000_000, 10_000: 1_212_000_000, 20_000: 2_424_000_000}
"""What a link can carry after line coding, by its speed in Mbit/s."""

USB_LINK_SHARED = declare.warning(
    "usb-link-shared",
    "Several devices share the link of one port, behind a hub.",
    "give each its own port of the computer",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Judge each port that serves more than one."""
    for (_, port), kinects in sharing(plugged_kinects(it), _root_port):
        if len(kinects) > 1:
            yield _judge(port, kinects)


def _root_port(kinect: Plugged) -> tuple[str, str]:
    return kinect.link.controller, kinect.link.root_port


def _judge(port: str, kinects: Sequence[Plugged]) -> CheckResult:
    told = f"{named(kinects)} hang on one port, {port}, behind a hub"
    rate = sent_by(kinects)
    limit = LINK_BYTES_PER_S.get(max(kinect.link.speed_mbps or 0 for kinect in kinects))
    if rate and limit and rate.low > limit:
        needed = f"they send {rate_text(rate)}, and the link carries {limit / 1e6:.0f}"
        return problem(USB_LINK_SHARED, f"{told}: {needed}")
    return warning(USB_LINK_SHARED, told)


CHECK = check.Check("usb-link-shared", check.USB, 20, run)
