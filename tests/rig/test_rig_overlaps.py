from __future__ import annotations

import pytest

from kinect_sync.errors import RigError
from kinect_sync.rig.loading import parse_rig
from tests.rig.rig_texts import GOOD


def test_groups_of_devices_that_see_the_same_volume():
    rig = parse_rig(GOOD + "overlaps:\n  - [front, left]\n  - [left, right]\n").rig
    assert rig.overlaps == (("front", "left"), ("left", "right"))


@pytest.mark.parametrize(
    ("overlaps", "code", "piece"),
    [
        ("[[front, lift]]", "unknown-device", "write `left`"),
        ("[[front, trigger-happy]]", "unknown-device", "write the name of a device"),
        ("[[front, left, front]]", "duplicate-name", "second time"),
        ("[[front, left], []]", "empty-group", "take it out"),
        ("[front, left]", "wrong-type", "a list"),
        ("front", "wrong-type", "a list"),
    ],
)
def test_groups_that_cannot_be(overlaps, code, piece):
    with pytest.raises(RigError) as refused:
        parse_rig(GOOD + f"overlaps: {overlaps}\n", "rig.yaml")
    finding = refused.value.findings[0]
    assert (finding.code, finding.where) == (code, f"rig.yaml:{len(GOOD.splitlines()) + 1}")
    assert piece in f"{finding.what}; {finding.remedy}"


def test_every_wrong_name_is_told():
    with pytest.raises(RigError) as refused:
        parse_rig(GOOD + "overlaps:\n  - [front, lift]\n  - [rihgt, left]\n", "rig.yaml")
    assert [finding.field for finding in refused.value.findings] == ["overlaps[0][1]", "overlaps[1][0]"]
