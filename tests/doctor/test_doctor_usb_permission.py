"""The udev rule, and the nodes of the cameras that are plugged in."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kinect_sync.doctor.registry import run_checks
from tests.doctor.examining import OK, PROBLEM, UNKNOWN, WARNING, Row, examination, expect, told
from tests.host.made_up import (
    SERIALS,
    Change,
    both,
    closed,
    good,
    has,
    holds,
    lacks,
    no_nodes,
    nothing,
    unplugged,
    unreadable,
)

RULE = "/etc/udev/rules.d/99-k4a.rules"
ROWS = [
    Row("the SDK's rule", nothing, OK, RULE, code="udev-rule"),
    Row(
        "no rule, and closed", both(lacks(RULE), closed), PROBLEM, "no udev rule", "99-k4a", code="udev-rule"
    ),
    Row("a closed node", both(lacks(RULE), closed), PROBLEM, "/dev/bus/usb/002/", "udevadm", code="usb-node"),
    Row("a rule, and still closed", closed, PROBLEM, "may not use", "from then on", code="usb-node"),
    Row("no rule, and open", lacks(RULE), OK, "may anyhow", code="udev-rule"),
    Row("no rule, and root", both(lacks(RULE), has(user=0), unplugged), OK, "root may", code="udev-rule"),
    Row(
        "no rule, and nothing to try",
        both(lacks(RULE), unplugged),
        WARNING,
        "can't be tried",
        "udevadm",
        code="udev-rule",
    ),
    Row(
        "a rule that is a comment",
        both(holds(RULE, '# ATTRS{idVendor}=="045e", ATTRS{idProduct}=="097c"\n'), unplugged),
        WARNING,
        "no udev rule",
        "rules.d",
        code="udev-rule",
    ),
    Row(
        "a rule of another name",
        both(lacks(RULE), holds("/lib/udev/rules.d/50-x.rules", '"045E" "097[a-e]"\n'), unplugged),
        OK,
        "/lib/udev/rules.d/50-x.rules",
        code="udev-rule",
    ),
    Row(
        "an unreadable rule",
        both(unreadable(RULE), unplugged),
        WARNING,
        "no udev rule",
        "udevadm",
        code="udev-rule",
    ),
    Row("no nodes in a container", no_nodes, UNKNOWN, "not here", "container", code="usb-node"),
]


@pytest.mark.parametrize("row", ROWS, ids=[row.sentence for row in ROWS])
def test_a_computer_and_what_there_is_to_say(row: Row, tmp_path: Path) -> None:
    expect(row, "usb-permission", good(tmp_path))


def test_every_node_of_every_camera_is_tried(tmp_path: Path) -> None:
    it = good(tmp_path)
    tried: list[str] = []

    def note(path: Path) -> bool:
        tried.append(f"/{path.relative_to(it.root)}")
        return True

    examined = replace(examination(it), host=replace(it.host, may_use=note))
    run_checks(examined, ["usb-permission"])
    assert tried == [node for kinect in examined.bus.kinects for node in kinect.nodes]
    assert len(tried) == 2 * len(SERIALS)


@pytest.mark.parametrize("change", [has(system="win32"), has(system="darwin")])
def test_elsewhere_no_rule_is_needed(change: Change, tmp_path: Path) -> None:
    it = good(tmp_path)
    change(it)
    assert told("usb-permission", it) == []
