"""What is to be run is a value: whoever plans and whoever runs it may be two programs."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from kinect_sync.director.run import RunPlan
from kinect_sync.director.start_sequence import Patience
from kinect_sync.director.take import TakePlan
from kinect_sync.errors import UsageError
from kinect_sync.findings.recording import TAKE_NAME_UNUSABLE, TAKE_UNWRITABLE
from kinect_sync.rig.loading import load_rig
from kinect_sync.survey.verify import VerifyPlan
from tests.cli.commands import CONFIGS

RIG = load_rig(CONFIGS / "star_3.yaml").rig
PLANS: dict[str, RunPlan] = {
    "a take as it is by default": TakePlan(rig=RIG, directory=Path("takes")),
    "a take with all that can be said": TakePlan(
        rig=RIG,
        directory=Path("takes"),
        name="monday",
        pulses=90,
        max_drop_percent=0.0,
        reserve_bytes=0,
        allow_extra=True,
        patience=Patience(trigger_s=math.inf),
    ),
    "a verification as it is by default": VerifyPlan(rig=RIG),
    "a verification with any tolerance": VerifyPlan(rig=RIG, seconds=0.5, tolerance_us=math.inf),
}


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plan_is_the_same_after_the_way_through_json(plan: RunPlan) -> None:
    assert type(plan).model_validate_json(plan.model_dump_json(by_alias=True)) == plan


@pytest.mark.parametrize(
    "wrong",
    [
        {"pulses": 0},
        {"pulses": 10**400},
        {"max_drop_percent": 101.0},
        {"max_drop_percent": -1.0},
        {"max_drop_percent": math.nan},
        {"reserve_bytes": -1},
        {"reserve_bytes": 10**400},
    ],
    ids=lambda wrong: f"{next(iter(wrong))}",
)
def test_a_take_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        TakePlan(rig=RIG, directory=Path("takes"), **wrong)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../a", "/a", "a/", "a\0"])
def test_a_take_is_named_in_one_word_of_a_path(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        TakePlan(rig=RIG, directory=Path("takes"), name=name)
    assert [each.kind for each in refused.value.findings] == [TAKE_NAME_UNUSABLE]


@pytest.mark.parametrize("seconds", [math.nan, -1.0, -math.inf])
def test_no_wait_is_without_a_number(seconds: float) -> None:
    with pytest.raises(ValidationError, match="trigger_s"):
        Patience(trigger_s=seconds)


def test_a_take_is_put_where_its_processes_can_be_told_of() -> None:
    with pytest.raises(UsageError, match="not UTF-8") as refused:
        TakePlan(rig=RIG, directory=Path("takes\udcff"))
    assert [each.kind for each in refused.value.findings] == [TAKE_UNWRITABLE]


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": 0.0},
        {"seconds": math.inf},
        {"seconds": math.nan},
        {"tolerance_us": 0.0},
        {"tolerance_us": math.nan},
    ],
)
def test_a_verification_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(wrong))):
        VerifyPlan(rig=RIG, **wrong)
