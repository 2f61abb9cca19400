"""What pairs of master and one subordinate say together about a chain and a star."""

from __future__ import annotations

import pytest

from kinect_sync.errors import UsageError
from kinect_sync.rig.model import RigFields
from kinect_sync.survey.pairwise import conclude, verify_pairs
from kinect_sync.survey.verify import VerifyPlan

NAMES = ("front", "a", "b", "c", "d")


def rig(topology: str = "daisy_chain", count: int = 5) -> RigFields:
    devices = [
        {"name": name, "serial": f"{i:012d}", "role": "subordinate" if i else "master"}
        for i, name in enumerate(NAMES[:count])
    ]
    return RigFields.model_validate({"name": "lab", "topology": topology, "devices": devices})


CHAINS = [
    # (sentence, who hears: + yes, - no, ? not tried; the conclusions; words of the first remedy)
    ("all hear", "++++", [], ""),
    ("nobody hears", "----", [("chain-broken", "a")], "from `front` sync out to `a` sync in"),
    ("the chain breaks in the middle", "++--", [("chain-broken", "c")], "from `b` sync out to `c` sync in"),
    ("only the end is silent", "+++-", [("chain-broken", "d")], "from `c` sync out to `d` sync in"),
    ("one is deaf, as those behind it hear", "+-++", [("device-deaf", "b")], "exchange the device"),
    ("two are deaf", "-+-+", [("device-deaf", "a"), ("device-deaf", "c")], "exchange the device"),
    ("one is deaf, and further on it breaks", "-+--", [("device-deaf", "a"), ("chain-broken", "c")], ""),
    ("a device that could not be tried says nothing", "+?--", [("chain-broken", "c")], "`b` sync out"),
]  # fmt: skip


def outcome(rig: RigFields, pattern: str) -> dict[str, bool]:
    names = [device.name for device in rig.devices[1:]]
    return {name: sign == "+" for name, sign in zip(names, pattern, strict=True) if sign != "?"}


@pytest.mark.parametrize(("sentence", "pattern", "codes", "remedy"), CHAINS, ids=[row[0] for row in CHAINS])
def test_a_chain_is_broken_at_the_first_device_from_which_on_nobody_hears(
    sentence: str, pattern: str, codes: list, remedy: str
) -> None:
    found = conclude(rig(), outcome(rig(), pattern))
    assert [(each.code, each.device) for each in found] == codes
    assert all(each.remedy for each in found)
    if found:
        assert remedy in (found[0].remedy or "")


def test_what_is_silent_behind_a_break_is_named_with_it() -> None:
    (finding,) = conclude(rig(), outcome(rig(), "+---"))
    assert "pulses reach `a`" in finding.what
    assert "(c, d)" in finding.what


def test_no_cable_is_blamed_behind_a_device_that_could_not_be_tried() -> None:
    (finding,) = conclude(rig(), outcome(rig(), "+?--"))
    assert "whether pulses reach `b`, through which they come, could not be tried" in finding.what
    assert (finding.remedy or "").startswith("see what is said of `b` first")


STARS = [
    ("all hear", "++", []),
    ("one hears nothing: its own cable", "+-", [("device-silent", "b")]),
    ("nobody hears: what they share", "--", [("star-broken", "front")]),
]


@pytest.mark.parametrize(("sentence", "pattern", "codes"), STARS, ids=[row[0] for row in STARS])
def test_a_star_is_broken_where_its_branches_meet_or_in_a_branch(
    sentence: str, pattern: str, codes: list
) -> None:
    star = rig("star", 3)
    found = conclude(star, outcome(star, pattern))
    assert [(each.code, each.device) for each in found] == codes
    assert all("splitter" in (each.remedy or "") for each in found)


def test_a_rig_without_a_master_has_no_pairs() -> None:
    trigger = {"fps": 30, "pulse_width_us": 100, "drive_current_ma": 10}
    fields = rig(count=2).model_dump(mode="json") | {"external_trigger": trigger}
    fields["devices"][0]["role"] = "subordinate"
    plan = VerifyPlan(rig=RigFields.model_validate(fields))
    with pytest.raises(UsageError, match="no master"):
        verify_pairs(plan, lambda name, inbox: None, stopping=lambda: False)
