"""What hosts send of captures is bounded as it is in memory: one reckons with it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kinect_sync.wire.hosts import read_answer
from kinect_sync.wire.sent_captures import SentCapture, SentCaptures, SentImage, SentRing

IMAGE = SentImage(nbytes=4, device_us=7, system_ns=8, exposure_us=None)
SENT = SentCaptures(
    rings=(SentRing(device="front", ring="ksync-rig-1", captures=4, newest=9, upto=9),),
    captures=(
        SentCapture(
            device="front", number=9, pulse=8, hole=None, host_time_ns=5, color=IMAGE, depth=None, ir=None
        ),
    ),
)


def test_what_is_sent_is_what_is_read() -> None:
    assert read_answer(SENT.model_dump_json().encode()) == SENT


@pytest.mark.parametrize("value", [10**400, -(10**400), 2**63, 1.5, None])
@pytest.mark.parametrize("path", ["number", "host_time_ns", "color.device_us", "color.nbytes"])
def test_a_number_that_is_none_of_a_capture_is_refused(path: str, value: object) -> None:
    said = json.loads(SENT.model_dump_json())
    told: dict[str, Any] = said["captures"][0]
    *way, last = path.split(".")
    for step in way:
        told = told[step]
    told[last] = value
    with pytest.raises(ValueError, match=r"validation|protocol"):
        read_answer(json.dumps(said).encode())
