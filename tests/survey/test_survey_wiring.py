"""Which wiring explains the plugs of a bench, and why none does; over the simulated bench and by hand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.cli.exit_codes import exit_code
from kinect_sync.devices.port import Discovered
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.faults import Faults
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.findings import Finding, Severity
from kinect_sync.readings import Jacks
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.modes import Topology
from kinect_sync.survey.jack_check import report_jacks
from kinect_sync.survey.wiring import Place, explain_wiring, place_of
from kinect_sync.verdicts import Verdict, verdict_of

CONFIGS = Path(__file__).parents[2] / "configs"
A, B, C, D = "000000000011", "000000000022", "000000000033", "000000000044"
OUT, BOTH, IN, NONE = (False, True), (True, True), (True, False), (False, False)


def bench(**jacks: tuple[bool, bool] | None) -> list[Discovered]:
    serials = {"a": A, "b": B, "c": C, "d": D}
    return [
        Discovered(
            index=index,
            serial=serials[name],
            jacks=Jacks(sync_in=seen[0], sync_out=seen[1]) if seen else Jacks(sync_in=None, sync_out=None),
        )
        for index, (name, seen) in enumerate(jacks.items())
    ]


@pytest.mark.parametrize(
    ("jacks", "place"),
    [(OUT, Place.MASTER), (BOTH, Place.MIDDLE), (IN, Place.END), (NONE, Place.UNWIRED)],
)
def test_plugs_put_a_device_into_its_place(jacks: tuple[bool, bool], place: Place) -> None:
    assert place_of(Jacks(sync_in=jacks[0], sync_out=jacks[1])) is place


def test_jacks_that_cannot_tell_put_it_nowhere() -> None:
    assert place_of(Jacks(sync_in=None, sync_out=None)) is Place.UNKNOWN
    assert place_of(None) is Place.UNKNOWN


EXPLAINED = [
    # (sentence, plugs, the wiring as a line)
    ("a chain of three", bench(c=IN, a=OUT, b=BOTH), f"daisy chain: {A} -> {B} -> {C}"),
    ("a chain of two, which is a star of two as well", bench(a=OUT, b=IN), f"daisy chain: {A} -> {B}"),
    ("the order of the middle cannot be told", bench(a=OUT, b=BOTH, c=BOTH, d=IN),
     f"daisy chain: {A} -> ({B}, {C} in some order) -> {D}"),
    ("a star", bench(a=OUT, b=IN, c=IN), f"star: {A} -> {B}, {C}"),
    ("one device alone", bench(a=NONE), f"standalone: {A}"),
    ("a chain behind a trigger", bench(a=BOTH, b=IN), f"daisy chain: external trigger -> {A} -> {B}"),
    ("a star behind a trigger", bench(a=BOTH, b=IN, c=IN), f"star: external trigger -> {A} -> {B}, {C}"),
    ("two chains behind a trigger", bench(a=BOTH, b=BOTH, c=IN, d=IN),
     f"2 daisy chains: external trigger -> ({A}, {B} in some order) -> one of {C}, {D} each"),
    ("Femtos tell nothing", bench(a=None, b=None), "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "found", "line"), EXPLAINED, ids=[row[0] for row in EXPLAINED])
def test_plugs_are_explained(sentence: str, found: list[Discovered], line: str) -> None:
    wiring, findings = explain_wiring(found)
    assert str(wiring) == line
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]
    assert wiring.triggered == ("trigger" in line)
    assert bool(findings) == wiring.triggered, "an explanation that needs a trigger is told as such"


UNEXPLAINED = [
    ("no cable at all", bench(a=NONE, b=NONE), "cable-absent", None),
    ("one device is left out", bench(a=OUT, b=IN, c=NONE), "device-not-wired", C),
    ("two masters", bench(a=OUT, b=OUT, c=IN), "several-masters", None),
    ("a ring", bench(a=BOTH, b=BOTH, c=BOTH), "wiring-ring", None),
    ("a chain without an end", bench(a=OUT, b=BOTH), "cable-leads-nowhere", None),
    ("a master that feeds nobody", bench(a=OUT), "cable-leads-nowhere", None),
    ("a splitter on a chain", bench(a=OUT, b=BOTH, c=IN, d=IN), "splitter-on-chain", None),
    ("nothing there", [], "no-devices", None),
]


@pytest.mark.parametrize(
    ("sentence", "found", "code", "device"), UNEXPLAINED, ids=[row[0] for row in UNEXPLAINED]
)
def test_why_no_wiring_explains_the_plugs(
    sentence: str, found: list[Discovered], code: str, device: str | None
) -> None:
    report = report_jacks(found, None)
    assert report.verdict is Verdict.BAD
    (finding,) = report.findings
    assert (finding.code, finding.device) == (code, device)
    assert finding.remedy
    assert report.wiring == "no wiring explains these plugs"


SIMULATED = [
    # (sentence, rig, faults, exit code, code of the first error, the wiring)
    ("a good chain", "daisy_chain_3", {}, 0, None, "daisy chain"),
    ("a good star", "star_3", {}, 0, None, "star"),
    ("one device", "standalone", {}, 0, None, "standalone"),
    ("a splitter on a chain of three looks like a star", "daisy_chain_3",
     {"devices": {"right": {"fed_by": "front"}}}, 0, None, "star"),
    ("the cable to the end is missing", "daisy_chain_3",
     {"devices": {"right": {"cable": "absent"}}}, 1, "device-not-wired", "no wiring"),
    ("the end's plug is in the wrong jack", "daisy_chain_3",
     {"devices": {"right": {"cable": "wrong_jack"}}}, 1, "several-masters", "no wiring"),
    ("the loose plug makes a second master", "daisy_chain_3",
     {"devices": {"left": {"cable": "unplugged"}}}, 1, "several-masters", "no wiring"),
    ("a ring", "daisy_chain_3", {"devices": {"front": {"fed_by": "right"}}}, 1, "wiring-ring", "no wiring"),
    ("the end of the chain has no power", "daisy_chain_3",
     {"devices": {"right": {"missing": True}}}, 1, "cable-leads-nowhere", "no wiring"),
    ("an extra device without cables", "daisy_chain_3",
     {"extra": [{"serial": "000777777777"}]}, 1, "device-not-wired", "no wiring"),
    ("a busy device", "daisy_chain_3", {"devices": {"left": {"busy": True}}}, 3, "device-busy", ""),
    ("jacks that cannot be read", "daisy_chain_3",
     {"devices": {"left": {"jacks_fail": True}}}, 3, "jacks-unreadable", ""),
    ("four chains of nine", "chains_36", {}, 0, None, "4 daisy chains: external trigger"),
    ("Femtos", "femto_star", {}, 0, None, "unknown"),
]  # fmt: skip


@dataclass(frozen=True)
class Row:
    sentence: str
    rig: str
    faults: dict[str, Any]
    exit_code: int
    code: str | None
    wiring: str


@pytest.mark.parametrize("row", [Row(*each) for each in SIMULATED], ids=lambda row: row.sentence)
def test_the_simulated_bench_without_a_rig(row: Row, tmp_path: Path) -> None:
    rig = load_rig(CONFIGS / f"{row.rig}.yaml").rig
    world = build_world(rig, tmp_path / "world", Faults.model_validate(row.faults))
    report = report_jacks(SimulatedBench(world).discover(), None)
    errors = [finding.code for finding in report.findings if finding.severity is Severity.ERROR]
    assert exit_code(report.verdict) == row.exit_code
    assert errors[:1] == ([row.code] if row.code else [])
    assert (report.wiring or "").startswith(row.wiring)
    assert (report.wiring is None) == (row.exit_code == 3)


def test_a_star_that_is_too_large_for_a_splitter_is_worth_a_look() -> None:
    wiring, (finding,) = explain_wiring(bench(a=OUT, b=IN, c=IN, d=IN))
    assert wiring.topology is Topology.STAR
    assert (finding.code, finding.severity) == ("too-many-devices", Severity.WARNING)


def test_an_answer_needs_every_error_to_be_one() -> None:
    no, failure = Finding(code="jack-wrong", what="x"), Finding(code="device-busy", what="x")
    doubt = Finding(code="device-busy", what="x", severity=Severity.WARNING)
    assert verdict_of([]) is Verdict.GOOD
    assert verdict_of([doubt]) is Verdict.GOOD
    assert verdict_of([no, doubt]) is Verdict.BAD
    assert verdict_of([no, failure]) is Verdict.FAILED
    assert verdict_of([Finding(code="captures-sensor-dropped", what="x")]) is Verdict.BAD
