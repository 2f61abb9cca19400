"""Rigs of programs: from files, texts and mappings, judged as the command line judges them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import kinect_sync as ks
from kinect_sync.findings.rig import OFFSETS_DO_NOT_FIT
from kinect_sync.findings.rig_file import RIG_NOT_FOUND, SERIAL_NOT_QUOTED
from tests.cli.commands import CONFIGS, run_ksync

OVERLAPPING = """
name: three
topology: daisy_chain
devices:
  - {name: front, serial: "000123456712", role: master}   # kept
  - {name: left, serial: "000234567812", role: subordinate}
  - {name: right, serial: "000345678912", role: subordinate}
"""
RIGS = sorted(CONFIGS.glob("*.yaml"))


@pytest.mark.parametrize("path", RIGS, ids=lambda path: path.stem)
def test_a_rig_is_the_same_from_its_file_its_text_and_a_mapping(path: Path) -> None:
    rig = ks.load_rig(path)
    mapping = YAML(typ="safe").load(path.read_text())
    assert ks.load_rig(str(path)) == rig == ks.parse_rig(path.read_text()) == ks.parse_rig(mapping)
    assert ks.parse_rig(rig.model_dump(mode="json", by_alias=True, exclude_none=True)) == rig


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(ks.RigError) as refused:
        ks.parse_rig(
            {
                "name": "studio",
                "topology": "ring",
                "devices": [{"name": "front", "serial": 123456712, "role": "master"}],
            }
        )
    found = {finding.field: finding.kind for finding in refused.value.findings}
    assert found["devices[0].serial"] is SERIAL_NOT_QUOTED
    assert "topology" in found
    assert all(finding.where and finding.where.startswith("<mapping>:") for finding in refused.value.findings)


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(ks.RigError) as refused:
        ks.load_rig(tmp_path / "rig.yaml")
    assert [finding.kind for finding in refused.value.findings] == [RIG_NOT_FOUND]
    assert ks.validate(tmp_path / "rig.yaml").verdict == "not_valid"


def test_planned_offsets_are_those_of_the_command_and_can_be_recorded(tmp_path: Path) -> None:
    path = tmp_path / "rig.yaml"
    path.write_text(OVERLAPPING)
    planned = ks.plan_offsets(ks.load_rig(path), strategy="shift")
    ended = run_ksync("plan-offsets", path, "--strategy", "shift", "--json")
    same = {"min_gap_us", "devices", "capacity", "verdict"}
    report = json.loads(planned.report.model_dump_json())
    assert {key: report[key] for key in same} == {key: ended.report[key] for key in same}
    text = ks.plan_offsets(path, strategy="shift").report.text
    assert text == ended.report["text"]
    assert "# kept" in text
    assert ks.parse_rig(text).model_dump() == planned.rig.model_dump()


def test_lasers_that_do_not_fit_are_told_with_what_would_help() -> None:
    with pytest.raises(ks.UsageError) as refused:
        ks.plan_offsets(ks.parse_rig(OVERLAPPING), max_delay_us=10)
    assert [finding.kind for finding in refused.value.findings] == [OFFSETS_DO_NOT_FIT]
    assert "--max-delay-us" in str(refused.value)


def test_a_validation_is_that_of_the_command() -> None:
    path = CONFIGS / "wfov_15fps.yaml"
    report = ks.validate(path)
    assert json.loads(report.model_dump_json()) == run_ksync("validate", path, "--json").report
    assert report.facts is not None
    assert report.facts.cables_to_buy == len(report.facts.cables)
