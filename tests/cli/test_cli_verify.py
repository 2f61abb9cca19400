"""`ksync verify` as the operator runs it: on simulated benches, and on virtual Kinects beneath pyk4a.

Several runs go on side by side, as most of a run is waiting. A run that lost captures because this machine
was too slow for it is repeated alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import CONFIGS, Ended, run_ksync, tells_of_slowness
from tests.cli.crowd import Runs, asked_for
from tests.cli.in_process import make_run
from tests.virtual_k4a.bench import ALWAYS, VirtualBench, VirtualDevice, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

pytestmark = pytest.mark.realtime

A, B, C = "000123456712", "000234567812", "000345678912"
CHAIN = tuple(chain(A, B, C))


@dataclass(frozen=True)
class Case:
    """One verification, and what must come out of it."""

    name: str
    sentence: str
    exit_code: int = 0
    verdict: str = "good"
    findings: tuple[tuple[str, str | None], ...] = ()
    """(code, device) of every error, in order."""
    remedy: str = ""
    """Words of the first error's remedy."""
    faults: str = ""
    """Name of a file in configs/faults, or YAML."""
    devices: tuple[VirtualDevice, ...] = ()
    """Virtual Kinects; a simulated bench where there are none."""
    rig: str = "daisy_chain_3"
    options: tuple[str, ...] = ("--seconds", "1.5")
    weight: int = 3

    @property
    def key(self) -> str:
        return self.name.replace(" ", "-")


def virtual(place: int, **faults: Any) -> tuple[VirtualDevice, ...]:
    return tuple(replace(each, **faults) if at == place else each for at, each in enumerate(CHAIN))


PAIRS = ("--pairwise", "--seconds", "1")
LOST = "captures-device-lost"

SIMULATED = [
    Case("chain", "a good chain is in sync"),
    Case("trigger", "without a master, behind an external trigger", rig="external_trigger", weight=2),
    Case("femto", "jacks tell nothing, behaviour does", rig="femto_star", weight=4),
    Case("star, pairwise", "a good star, one pair after the other", rig="star_3", options=PAIRS, weight=2),
    Case("dead cable", "a plug without a signal: left and all behind it hear nothing",
         1, "bad", (("device-silent", "left"),), "from `front` sync out to `left` sync in", "cable-dead"),
    Case("dead cable, pairwise", "the first device that hears nothing, and the cable that feeds it",
         1, "bad", (("chain-broken", "left"),), "exchange the cable from `front` sync out to `left` sync in",
         "cable-dead", options=PAIRS, weight=2),
    Case("deaf device, pairwise", "right hears the master through left, so left's cables are good",
         1, "bad", (("device-deaf", "left"),), "exchange the device", "device-deaf", options=PAIRS, weight=2),
    Case("star without a signal, pairwise", "nobody hears: what they share is broken",
         1, "bad", (("star-broken", "center"),), "the splitter",
         "devices: {left: {cable: dead}, right: {cable: dead}}", rig="star_3", options=PAIRS, weight=2),
    Case("free-running", "it delivers before there are pulses", 1, "bad", (("free-running", "left"),),
         "unplug its power and USB", "free-running"),
    Case("bias", "constant, and told as such", 1, "bad", (("constant-bias", "left"),),
         "same manual exposure_us", "bias"),
    Case("jitter", "a disturbed signal or automatic exposure", 1, "bad",
         (("timing-jitter", "left"), ("color-depth-apart", "left")), "manual exposure_us", "jitter"),
    Case("jitter within a tolerance that was given", "the operator may live with more",
         faults="jitter", options=("--seconds", "1.5", "--tolerance-us", "900")),
    Case("unrelated clock", "it counts from another moment", 1, "bad", (("clock-unrelated", "left"),),
         "start the whole rig again", "clock-not-reset"),
    Case("stalled", "it stops delivering while it is watched", 1, "bad",
         (("device-stalled", "left"), (LOST, "left")), "check its USB",
         "devices: {left: {stall_at: 120}}", options=("--seconds", "3")),
    Case("stalled while it settles", "the first two seconds are let go, and it is told all the same",
         1, "bad", (("device-stalled", "left"),), "check its USB", "stall", options=("--seconds", "3")),
    Case("crash", "a crash inside the SDK is no answer", 3, "failed",
         (("worker-died", "left"), (LOST, "left")), "replug the device",
         "devices: {left: {die_at: 120}}", options=("--seconds", "3")),
    Case("refused start", "the SDK refuses: no answer", 3, "failed", (("start-refused", "left"),),
         "replug the device", "start-fails"),
]  # fmt: skip

REFUSED_AT_ONCE = [
    Case("refused controls", "exposure cannot be set", 3, "failed", (("control-refused", "left"),),
         "replug the device", "control-fails"),
    Case("loose plug", "seen before any camera is started", 1, "bad", (("jack-unplugged", "left"),),
         "plug a cable", "cable-unplugged", weight=1),
]  # fmt: skip
"""What is told before any camera is started: neither time nor processes are needed for it."""

KINECTS = [
    Case("kinect chain", "a good chain, through pyk4a", devices=CHAIN),
    Case("kinect, cable cut, pairwise", "plugged in and broken", 1, "bad", (("chain-broken", "right"),),
         "exchange the cable from `left` sync out to `right` sync in",
         devices=virtual(2, cut=True), options=PAIRS, weight=2),
    Case("kinect, bias", "constant", 1, "bad", (("constant-bias", "left"),), "same manual exposure_us",
         devices=virtual(1, bias_us=900)),
    Case("kinect, free-running", "it does not follow pulses", 1, "bad", (("free-running", "left"),),
         "unplug its power", devices=virtual(1, free_running=True)),
    Case("kinect, exposure unreadable", "read-back is part of the proof", 3, "failed",
         (("control-unreadable", "left"),), "", devices=virtual(1, control_read_fails=(0,)), weight=1),
    Case("kinect, refused start", "the SDK says no", 3, "failed", (("start-refused", "right"),),
         "see what its own log says", devices=virtual(2, start_fails=ALWAYS), weight=2),
]  # fmt: skip


def run(case: Case, directory: Path) -> Ended:
    """Run in an empty folder, which has to stay empty."""
    empty = directory / "empty"
    empty.mkdir(parents=True)
    more: dict[str, Any] = {}
    if case.devices:
        # A machine too slow for the queue of seven would lose captures, and those are errors.
        there = [replace(device, queue=600) for device in case.devices]
        more["environment"] = VirtualBench(directory, there).environment()
    ended = run_ksync(*arguments_of(case, directory), cwd=empty, **more)
    assert list(empty.iterdir()) == [], "a verification keeps nothing"
    return ended


def arguments_of(case: Case, directory: Path) -> list[object]:
    simulation = [] if case.devices else ["--simulate", *faults_of(case, directory)]
    return ["verify", CONFIGS / f"{case.rig}.yaml", *case.options, "--json", *simulation]


def faults_of(case: Case, directory: Path) -> list[Path]:
    if ":" not in case.faults:
        return [CONFIGS / "faults" / f"{case.faults}.yaml"] if case.faults else []
    path = directory / "faults.yaml"
    path.write_text(case.faults)
    return [path]


def strained(case: Case, ended: Ended) -> bool:
    """Whether this machine was too slow, or ended a start that should have come off."""
    slow = tells_of_slowness(ended.report, (code for code, _ in case.findings), ("error",))
    return slow or (ended.report["verdict"] == "failed" != case.verdict)


Session = Runs[Case, Ended]


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    asked: list[Case] = asked_for(request, __file__, "case")
    if any(case.devices for case in asked):
        try:
            require_virtual_k4a()
        except pytest.skip.Exception:
            asked = [case for case in asked if not case.devices]
    runs = Runs(asked, run, strained, tmp_path_factory.mktemp("verify"))
    yield runs
    runs.close()


@pytest.mark.parametrize("case", [*SIMULATED, *KINECTS], ids=lambda case: case.name)
def test_a_verification_has_its_verdict_and_its_cause(case: Case, runs: Session) -> None:
    if case.devices:
        require_virtual_k4a()
    ended = runs.outcome(case)
    check_what_is_told(case, ended)
    assert ended.left == [], "no process is left"


@pytest.mark.parametrize("refusal", REFUSED_AT_ONCE, ids=lambda case: case.name)
def test_a_verification_that_starts_no_camera_has_its_cause_and_keeps_nothing(
    refusal: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    done = make_run(monkeypatch, capsys)(*arguments_of(refusal, tmp_path))
    check_what_is_told(refusal, Ended(done.code, done.out, done.err, []))
    assert list(tmp_path.iterdir()) == []


def check_what_is_told(case: Case, ended: Ended) -> None:
    report = ended.report
    errors = [finding for finding in report["findings"] if finding["severity"] == "error"]
    told = [(finding["code"], finding["device"]) for finding in errors]
    assert (ended.code, report["verdict"], told) == (case.exit_code, case.verdict, list(case.findings)), (
        case.sentence,
        ended.err,
    )
    assert all(finding["remedy"] for finding in errors)
    assert not errors or case.remedy in errors[0]["remedy"]
    assert "Traceback" not in ended.err
    if case.verdict == "good":
        check_good(case, report)


def check_good(case: Case, report: dict[str, Any]) -> None:
    groups = [pair["devices"] for pair in report["pairs"]] or [report["devices"]]
    for device in (device for devices in groups for device in devices):
        assert device["captures"] > 0
        assert device["bias_us"] is not None
        assert device["silent_before_master"] is (True if device["role"] == "subordinate" else None)
    assert len({device["exposure_us"] for devices in groups for device in devices}) == 1
    if not report["pairs"]:
        assert report["complete"] == report["pulses"]
