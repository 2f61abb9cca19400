"""Several chains behind one trigger, recorded in no time: 36 columns, and the cable that silence blames."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.director.start_sequence import StartSequence
from kinect_sync.errors import BenchError
from kinect_sync.findings import Finding
from kinect_sync.takes.index_reader import index_devices
from kinect_sync.verdicts import Verdict
from tests.director.scripted import Script, ScriptedRig
from tests.director.takes import record
from tests.rig.chains import tiny_36

RIG = tiny_36()
NAMES = [device.name for device in RIG.devices]


def refusal(silent: list[str]) -> tuple[Finding, ...]:
    rig = ScriptedRig(RIG, {name: Script(held=()) for name in silent})
    with pytest.raises(BenchError) as refused:
        StartSequence(rig.rig, rig.fleet).run()
    return refused.value.findings


def test_a_chain_that_hears_nothing_is_the_cable_from_the_distributor() -> None:
    silent = [f"east-{n}" for n in range(1, 10)]
    (finding,) = refusal(silent)
    assert (finding.code, finding.device) == ("device-silent", "east-1")
    assert finding.remedy == (
        "check the cable from the external trigger through the pulse distributor to `east-1` sync in"
    )
    assert finding.what.endswith(f"(silent: {', '.join(silent)})")


def test_two_faults_are_two_findings_and_each_names_its_own_devices() -> None:
    south, west = ["south-8", "south-9"], [f"west-{n}" for n in range(1, 10)]
    findings = refusal([*south, *west])
    assert [finding.device for finding in findings] == ["south-8", "west-1"]
    assert findings[0].what.endswith("(silent: south-8, south-9)")
    assert "from `south-7` sync out to `south-8` sync in" in (findings[0].remedy or "")


def test_where_no_chain_hears_anything_it_is_what_they_share() -> None:
    (finding,) = refusal(NAMES)
    assert finding.code == "trigger-silent"
    assert "check the trigger and its pulse distributor" in (finding.remedy or "")


def test_all_of_them_are_recorded_and_aligned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = record(tmp_path, monkeypatch, fields=RIG)
    assert (report.verdict, report.pulses, report.complete) == (Verdict.IN_SYNC, 60, 60)
    assert [device.name for device in report.devices] == NAMES
    assert index_devices(tmp_path / "take" / "alignment.csv") == tuple(NAMES)
