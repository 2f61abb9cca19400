"""What the fields of a rig must be to one another: the rules of the SDK, of the wiring and of good sync.

A rule is a small function that yields problems. A rig rule sees the whole rig; a device rule sees one
device in it, a host rule one host. Rules never depend on one another's outcome, and none opens a device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from kinect_sync.rig.draft import UnreadableField
from kinect_sync.rig.model import DeviceSpec, HostSpec, RigFields
from kinect_sync.rig.problem import Problem
from kinect_sync.rig.rules import (
    cables,
    camera,
    chains,
    exposure,
    hosts,
    images,
    names,
    overlaps,
    roles,
    sameness,
    trigger,
)

RigRule = Callable[[RigFields], Iterable[Problem]]
DeviceRule = Callable[[RigFields, int, DeviceSpec], Iterable[Problem]]
HostRule = Callable[[str, HostSpec], Iterable[Problem]]

RIG_RULES: tuple[RigRule, ...] = (
    *roles.RIG_RULES,
    *names.RIG_RULES,
    *hosts.RIG_RULES,
    *trigger.RIG_RULES,
    *chains.RIG_RULES,
    *cables.RIG_RULES,
    *overlaps.RIG_RULES,
    *exposure.RIG_RULES,
    *camera.RIG_RULES,
    *images.RIG_RULES,
    *sameness.RIG_RULES,
)
DEVICE_RULES: tuple[DeviceRule, ...] = (
    *roles.DEVICE_RULES,
    *names.DEVICE_RULES,
    *hosts.DEVICE_RULES,
    *camera.DEVICE_RULES,
    *images.DEVICE_RULES,
)
HOST_RULES: tuple[HostRule, ...] = hosts.HOST_RULES


def judge(rig: RigFields) -> list[Problem]:
    """Apply every rule; on a draft, a rule that needs an unreadable field says nothing."""
    problems = [problem for rule in RIG_RULES for problem in _readable(lambda: rule(rig))]  # noqa: B023
    for rule in DEVICE_RULES:
        for index, device in enumerate(_devices(rig)):
            problems += _readable(lambda: rule(rig, index, device))  # noqa: B023
    for host_rule in HOST_RULES:
        for name, host in _hosts(rig).items():
            problems += _readable(lambda: host_rule(name, host))  # noqa: B023
    return list(dict.fromkeys(problems))


def _devices(rig: RigFields) -> tuple[DeviceSpec, ...]:
    try:
        return rig.devices
    except UnreadableField:
        return ()


def _hosts(rig: RigFields) -> Mapping[str, HostSpec]:
    try:
        return rig.hosts
    except UnreadableField:
        return {}


def _readable(rule: Callable[[], Iterable[Problem]]) -> Iterator[Problem]:
    """Yield a rule's problems, or as many as the readable fields allow."""
    try:
        yield from rule()
    except UnreadableField:
        return
