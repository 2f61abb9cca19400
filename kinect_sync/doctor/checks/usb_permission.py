"""Whether this user may open the Kinects: the SDK opens raw USB nodes, which only root may by default."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kinect_sync.doctor import check
from kinect_sync.doctor.examination import Examination
from kinect_sync.doctor.results import CheckResult, ok, problem, unknown, warning
from kinect_sync.findings import model as declare
from kinect_sync.host.udev import find_rule
from kinect_sync.host.view import Host

UDEV_RULE = declare.warning(
    "udev-rule",
    "No udev rule lets users open the cameras.",
    "copy scripts/99-k4a.rules of the Azure Kinect Sensor SDK's repository to /etc/udev/rules.d, run "
    "`sudo udevadm control --reload-rules && sudo udevadm trigger`, and replug the devices",
)
USB_NODE = declare.answer(
    "usb-node",
    "This user may not use a camera that is plugged in, or its node is not here.",
    "replug the devices: the udev rule holds from then on",
)


def run(it: Examination) -> Iterator[CheckResult]:
    """Judge the udev rule, and the node of every camera that is plugged in."""
    host, rule = it.host, find_rule(it.host)
    nodes = [node for kinect in it.bus.kinects for node in kinect.nodes]
    absent = [node for node in nodes if not host.exists(node)]
    closed = [node for node in nodes if node not in absent and not host.may_use(host.path(node))]
    yield _judge_rule(host, rule, has_nodes=len(nodes) > len(absent), closed=closed)
    if absent:
        yield unknown(
            USB_NODE,
            f"the kernel lists cameras whose nodes are not here: {', '.join(absent)}",
            "give the container /dev/bus/usb, or run ksync outside of it",
        )
    if closed:
        remedy = UDEV_RULE.remedy if rule is None else None
        yield problem(USB_NODE, f"this user may not use {', '.join(closed)}", remedy)


def _judge_rule(host: Host, rule: str | None, *, has_nodes: bool, closed: Sequence[str]) -> CheckResult:
    if rule is not None:
        return ok(UDEV_RULE, f"{rule} lets users open the cameras")
    told = "no udev rule lets users open the cameras (99-k4a.rules)"
    if host.is_root:
        return ok(UDEV_RULE, f"{told}, but root may anyhow")
    if closed:
        return problem(UDEV_RULE, told)
    if has_nodes:
        return ok(UDEV_RULE, f"{told}, but this user may anyhow")
    return warning(UDEV_RULE, f"{told}; without a camera plugged in that can't be tried")


CHECK = check.Check("usb-permission", check.USB, 50, run, lambda it: it.host.is_linux and it.knows_usb)
