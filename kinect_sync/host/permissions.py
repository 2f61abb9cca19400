"""Whether this user may open the Kinects: the SDK opens raw USB nodes, which only root may by default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kinect_sync.findings.host import UDEV_RULE, USB_NODE
from kinect_sync.host.checks import CheckResult, ok, problem, unknown, warning
from kinect_sync.host.usb import KinectLink
from kinect_sync.host.view import Host, read_text

RULE_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")


def check_permissions(host: Host, kinects: Sequence[KinectLink]) -> tuple[CheckResult, ...]:
    """Judge the udev rule, and the node of every camera that is plugged in."""
    if not host.is_linux:
        return (ok(UDEV_RULE, "only Linux needs a udev rule for the cameras"),)
    return tuple(_check(host, tuple(node for kinect in kinects for node in kinect.nodes)))


def _check(host: Host, nodes: Sequence[str]) -> Iterator[CheckResult]:
    rule = find_rule(host)
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


def find_rule(host: Host) -> str | None:
    """Return the first file with a udev rule for the depth camera's vendor and product."""
    for folder in RULE_FOLDERS:
        for path in _files(host.path(folder)):
            if any(_is_rule(line) for line in _lines(path)):
                return f"{folder}/{path.name}"
    return None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.rules"))
    except OSError:
        return []


def _lines(path: Path) -> Iterable[str]:
    try:
        return read_text(path).lower().splitlines()
    except OSError:
        return ()


def _is_rule(line: str) -> bool:
    line = line.strip()
    return not line.startswith("#") and "045e" in line and "097" in line
