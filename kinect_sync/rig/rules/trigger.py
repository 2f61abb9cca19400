"""The pulse of an external trigger, as the Azure Kinect's sync in needs it.

Figures: Azure Kinect DK documentation, external synchronization: active high, longer than 8 µs, at least
8 mA, and exactly 30, 15 or 5 fps.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from kinect_sync.findings.rig import (
    TRIGGER_CURRENT,
    TRIGGER_FPS,
    TRIGGER_FPS_NOT_THE_RIGS,
    TRIGGER_POLARITY,
    TRIGGER_PULSE_TOO_LONG,
    TRIGGER_PULSE_TOO_SHORT,
    TRIGGER_WITHOUT_SYNC,
)
from kinect_sync.rig.model import Fps, RigFields
from kinect_sync.rig.modes import Topology
from kinect_sync.rig.problem import Problem

_MIN_PULSE_US = 8
_MIN_CURRENT_MA = 8


def trigger_needs_wiring(rig: RigFields) -> Iterator[Problem]:
    """A standalone device listens to no pulse."""
    if rig.external_trigger is not None and rig.topology is Topology.STANDALONE:
        what = "an external trigger in a standalone rig: the device would not listen to it"
        yield Problem(("external_trigger",), TRIGGER_WITHOUT_SYNC, what)


def trigger_rate(rig: RigFields) -> Iterator[Problem]:
    """The devices only follow pulses at their own frame rate."""
    if rig.external_trigger is None:
        return
    fps, place = rig.external_trigger.fps, ("external_trigger", "fps")
    if fps not in get_args(Fps):
        what = f"a trigger of {fps:g} Hz; the devices follow exactly 5, 15 or 30"
        yield Problem(place, TRIGGER_FPS, what)
    elif fps != rig.camera.fps:
        what = f"the trigger gives {fps:g} pulses a second, and the cameras are set to {rig.camera.fps} fps"
        yield Problem(place, TRIGGER_FPS_NOT_THE_RIGS, what)


def trigger_pulse_width(rig: RigFields) -> Iterator[Problem]:
    """Too short a pulse is not seen; one that never ends has no edge."""
    if rig.external_trigger is None:
        return
    width, place = rig.external_trigger.pulse_width_us, ("external_trigger", "pulse_width_us")
    if width <= _MIN_PULSE_US:
        what = f"a pulse of {width:g} µs; the devices need more than {_MIN_PULSE_US} µs"
        yield Problem(place, TRIGGER_PULSE_TOO_SHORT, what)
    elif width >= 1e6 / max(rig.external_trigger.fps, 1e-9):
        what = f"a pulse of {width:g} µs is no shorter than its period, so it has no edge"
        yield Problem(place, TRIGGER_PULSE_TOO_LONG, what)


def trigger_current(rig: RigFields) -> Iterator[Problem]:
    """A generator too weak for the jack gives a pulse that the device does not see."""
    if rig.external_trigger is None:
        return
    current = rig.external_trigger.drive_current_ma
    if current < _MIN_CURRENT_MA:
        what = f"a drive current of {current:g} mA; sync in needs at least {_MIN_CURRENT_MA} mA"
        yield Problem(("external_trigger", "drive_current_ma"), TRIGGER_CURRENT, what)


def trigger_polarity(rig: RigFields) -> Iterator[Problem]:
    """The devices start at a rising edge."""
    if rig.external_trigger is not None and rig.external_trigger.polarity != "active_high":
        what = "the trigger is active low, and the devices start at a rising edge"
        yield Problem(("external_trigger", "polarity"), TRIGGER_POLARITY, what)


RIG_RULES = (trigger_needs_wiring, trigger_rate, trigger_pulse_width, trigger_current, trigger_polarity)
