"""Cables and jacks of each topology, against what one would plug by hand."""

from __future__ import annotations

import pytest

from kinect_sync.rig.rig import Rig
from kinect_sync.rig.topology import TRIGGER, cables, expected_jacks, feeding_cable, suspect_cables


def rig(
    topology: str, *names: str, trigger: bool = False, hardware: str = "azure_kinect", master: int = 0
) -> Rig:
    def role(index: int) -> str:
        if topology == "standalone":
            return "standalone"
        return "master" if index == master and not trigger else "subordinate"

    devices = [
        {"name": name, "serial": f"{index:012d}", "role": role(index)} for index, name in enumerate(names)
    ]
    fields = {"name": "r", "topology": topology, "hardware": hardware, "devices": devices}
    if trigger:
        fields["external_trigger"] = {"fps": 30, "pulse_width_us": 100, "drive_current_ma": 10}
    return Rig.model_validate(fields)


CHAIN = rig("daisy_chain", "front", "left", "right")
TRIGGERED_CHAIN = rig("daisy_chain", "front", "left", "right", trigger=True)
STAR = rig("star", "left", "center", "right", master=1)
TRIGGERED_STAR = rig("star", "center", "left", "right", trigger=True)
FEMTO_STAR = rig("star", "a", "b", "c", hardware="femto")
TRIGGERED_FEMTO_STAR = rig("star", "a", "b", "c", hardware="femto", trigger=True)
LONE = rig("standalone", "only")

IN, OUT, BOTH, NEITHER = (True, False), (False, True), (True, True), (False, False)


@pytest.mark.parametrize(
    ("described", "links", "jacks"),
    [
        (CHAIN, ["front>left", "left>right"], [OUT, BOTH, IN]),
        (TRIGGERED_CHAIN, ["trigger>front", "front>left", "left>right"], [BOTH, BOTH, IN]),
        (STAR, ["center>left", "center>right"], [IN, OUT, IN]),
        (TRIGGERED_STAR, ["trigger>center", "center>left", "center>right"], [BOTH, IN, IN]),
        (FEMTO_STAR, ["a>b", "a>c"], [OUT, IN, IN]),
        (TRIGGERED_FEMTO_STAR, ["trigger>a", "trigger>b", "trigger>c"], [IN, IN, IN]),
        (rig("daisy_chain", "one", trigger=True), ["trigger>one"], [IN]),
        (LONE, [], [NEITHER]),
    ],
)
def test_cables_and_jacks(described: Rig, links: list[str], jacks: list[tuple[bool, bool]]) -> None:
    assert [f"{cable.from_device}>{cable.to_device}" for cable in cables(described)] == links
    assert list(expected_jacks(described).values()) == jacks


def test_a_cable_is_told_as_an_operator_tells_it() -> None:
    assert str(feeding_cable(CHAIN, "left")) == "from `front` sync out to `left` sync in"
    assert str(feeding_cable(TRIGGERED_CHAIN, "front")) == "from the external trigger to `front` sync in"
    assert str(feeding_cable(STAR, "left")) == "from `center` sync out through the splitter to `left` sync in"
    assert str(feeding_cable(FEMTO_STAR, "b")) == "from `a` sync out through the sync hub to `b` sync in"


def test_nothing_feeds_a_master_or_a_lone_device() -> None:
    assert feeding_cable(CHAIN, "front") is None
    assert feeding_cable(LONE, "only") is None


def test_a_star_of_two_needs_no_splitter() -> None:
    assert str(feeding_cable(rig("star", "a", "b"), "b")) == "from `a` sync out to `b` sync in"


@pytest.mark.parametrize(
    ("described", "silent", "suspects"),
    [
        (CHAIN, {"right"}, ["left>right"]),
        (CHAIN, {"left", "right"}, ["front>left"]),
        (TRIGGERED_CHAIN, {"front", "left", "right"}, [f"{TRIGGER}>front"]),
        (STAR, {"left"}, ["center>left"]),
        (STAR, {"left", "right"}, ["center>left", "center>right"]),
        (TRIGGERED_STAR, {"center", "left", "right"}, ["trigger>center"]),
        (CHAIN, {"front"}, []),
        (CHAIN, set(), []),
    ],
)
def test_silence_is_explained_by_the_cable_to_the_first_silent_device(
    described: Rig, silent: set[str], suspects: list[str]
) -> None:
    assert [f"{c.from_device}>{c.to_device}" for c in suspect_cables(described, silent)] == suspects
