"""The self-test over virtual Kinects beneath the real SDK: a good rig, faults, a light and a replay.

All of it runs side by side, as most of a run is waiting.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.benches.choice import Kinects
from kinect_sync.benches.launching import Assignment, assignment_text, worker_environment
from kinect_sync.director.link import Launch, Link, Post, ProcessLink
from kinect_sync.director.start_sequence import Patience
from kinect_sync.host.disk import Disk
from kinect_sync.host.view import Host
from kinect_sync.rig.loading import load_rig
from kinect_sync.selftest.notebook import Notebook
from kinect_sync.selftest.plan import Amounts, SelftestPlan
from kinect_sync.selftest.registry import find_steps
from kinect_sync.selftest.report import Outcome, SelftestReport, StepResult
from kinect_sync.selftest.selftesting import run_selftest
from kinect_sync.selftest.stand import Hand, Surroundings
from tests.cli.commands import CONFIGS, SLOW
from tests.cli.crowd import Runs, asked_for, fresh_folders
from tests.virtual_k4a.bench import VirtualBench, VirtualDevice, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a
from tests.virtual_k4a.replay import replayed

FRONT, LEFT = "000123456712", "000234567812"
SHORT = Amounts(
    rounds=1, restarts=2, alone_s=1, silence_s=0.5, run_s=1.2, together_s=1.5, clocks_s=1.5, hand_s=5
)
RIG = load_rig(str(CONFIGS / "daisy_chain_3.yaml")).rig
PLAN = SelftestPlan(
    rig=RIG.model_copy(update={"devices": RIG.devices[:2]}),
    amounts=SHORT,
    patience=Patience(silence_s=0.2, delivery_s=4.0),
)
GOOD = {"drift_ppm": 50.0}

MakeHand = Callable[[VirtualBench], Hand]


@dataclass(frozen=True)
class Case:
    """Steps of one self-test, what is special about the second device, and what the first step finds."""

    key: str
    steps: tuple[str, ...]
    left: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    """None where it is a fact, and no fault."""
    told: str = ""
    weight: int = 2


def flashing(bench: VirtualBench) -> Hand:
    """Somebody who flashes a light twice when told to."""
    return Hand(ask=lambda _: True, tell=lambda _: bench.flash(0.3, 0.9, lasting_s=0.3))


def pulling(_: VirtualBench) -> Hand:
    """Somebody who does what the device does by itself at that moment."""
    return Hand(ask=lambda _: True, tell=lambda _: None)


def hand_of(case: Case) -> MakeHand | None:
    return {"flash": flashing, "sync-plug": pulling, "usb-plug": pulling}.get(case.steps[0])


BY_HAND = {step.name for step in find_steps() if step.hand is not None}
ALL = [step.name for step in find_steps() if step.hand is None]
GOOD_CASES = [Case(f"good-{place}", tuple(ALL[place::4]), GOOD) for place in range(4)]
CASES = [
    Case("bench-jack", ("bench",), {"sync_in": False}, "jack-unplugged"),
    Case("open-close-slow", ("open-close",), {"close_us": 16_000_000}, "selftest-slow", weight=3),
    Case("depth-delays-coarse", ("depth-delays",), {"delay_grid_us": 400}, "selftest-delay"),
    Case("restarts-move", ("restarts",), {"bias_moves_us": 400}, "selftest-bias-moves"),
    Case("delays-coarse", ("delays",), {"delay_grid_us": 400}, "selftest-delay", "delay 400 µs is 4"),
    Case("rates-off", ("rates",), {"drift_ppm": 900.0}, "selftest-rate"),
    Case("controls-fail", ("controls",), {"control_write_fails": (0,)}, "control-refused"),
    Case("alone-drops", ("alone",), {"drop": tuple(range(12, 60, 3))}, "selftest-drops"),
    Case("silence-free", ("silence",), {"free_running": True}, "free-running"),
    Case("pairs-late", ("pairs",), {"late_us": (600,) * 12}, "selftest-unsettled", "settled after 12 of"),
    Case("together-bias", ("together",), {"bias_us": 433}, "constant-bias", "bias +42"),
    Case("clocks-trained", ("clocks",), {"drift_ppm": 390.0, "trained": True}, None, "trained by the pulses"),
    Case("clocks-drift", ("clocks",), {"drift_ppm": 390.0}, None, "not trained"),
    Case("master-first-deaf", ("master-first",), {"cut": True}, "device-silent"),
    Case("alone-no-transfers", ("alone",), {"no_transfers": "NO_MEM"}, "transfers-refused"),
    Case("master-first-no-transfers", ("master-first",), {"no_transfers": "NO_MEM"}, "transfers-refused"),
    Case("killed-master-no-transfers", ("killed-master",), {"no_transfers": "NO_MEM"}, "transfers-refused"),
    Case("unplugged", ("rates",), {"unplug_after": 5}, "device-missing"),
    Case("killed-master-runs-on", ("killed-master",), {"runs_on": True}, None, "left: it goes on"),
    Case("flash", ("flash",)),
    Case("sync-plug-silent", ("sync-plug",), {"stall_after": 60}, None, "ksync says of left"),
    Case("sync-plug-unnoticed", ("sync-plug",), {}, "selftest-unnoticed"),
    Case("usb-plug-gone", ("usb-plug",), {"unplug_after": 60}, "selftest-not-freed", "ksync says of left"),
]


FAST_DISK = Disk(free=lambda _: 1 << 40, write=lambda _: 1e9)
"""As this computer's is, while nothing else is tested on it."""


def devices(**left: Any) -> list[VirtualDevice]:
    """A chain of two that start fast; `left` is what is special about the second."""
    fast: dict[str, Any] = {"start_us": 0, "first_us": 20_000, "skip_first": 0, "queue": 600}
    front, second = (replace(device, **fast) for device in chain(FRONT, LEFT))
    return [front, replace(second, **left)]


def run_steps(
    there: list[VirtualDevice],
    steps: tuple[str, ...],
    folder: Path,
    make_hand: MakeHand | None = None,
    *,
    plan: SelftestPlan = PLAN,
) -> SelftestReport:
    """Do steps over virtual devices: the director in this process, each worker in one of its own."""
    bench = VirtualBench(folder, there)
    around = Surroundings(
        launch=lambda takes: launcher(bench, takes),
        stopping=lambda: False,
        simulated=plan.rig.external_trigger is None,  # the computer that tests run on has no graphics
        hand=make_hand(bench) if make_hand is not None else None,
        host=Host(disk=FAST_DISK),
    )
    return run_selftest(plan, around, Notebook(folder / "day", plan), only=steps)


def launcher(bench: VirtualBench, takes: Path | None) -> Launch:
    assignment = assignment_text(Assignment(bench=Kinects(), takes=takes))
    command = [sys.executable, "-m", "kinect_sync.benches.worker", assignment]
    environment = bench.environment(**dict(worker_environment().items() - os.environ.items()))

    def launch(name: str, post: Post) -> Link:
        return ProcessLink(name, command, post, environment)

    return launch


def run_case(case: Case, folder: Path) -> SelftestReport:
    return run_steps(devices(**case.left), case.steps, folder, hand_of(case))


def strained(case: Case, report: SelftestReport) -> bool:
    """Whether the machine was too slow: what ends a start or loses captures is no virtual device's doing."""
    told = {finding.code for finding in report.findings}
    return bool(told & SLOW) and case.code not in told


def in_time(run: Callable[[Path], SelftestReport], directory: Path) -> SelftestReport:
    """Run once more, in a fresh folder, while the machine was too slow."""
    for folder in fresh_folders(directory):
        report = run(folder)
        if not SLOW & {finding.code for finding in report.findings}:
            break
    return report


@pytest.fixture(scope="module")
def done(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runs[Case, SelftestReport]]:
    require_virtual_k4a()
    wanted = asked_for(request, __file__, "case")
    runs = Runs(wanted, run_case, strained, tmp_path_factory.mktemp("selftests"))
    yield runs
    runs.close()


def result_of(report: SelftestReport, step: str) -> StepResult:
    (result,) = [each for each in report.steps if each.name == step]
    return result


@pytest.mark.realtime
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", GOOD_CASES, ids=lambda case: case.key)
def test_a_good_rig_is_as_expected_in_every_step_that_needs_no_hand(
    case: Case, done: Runs[Case, SelftestReport]
) -> None:
    report = done.outcome(case)
    outcomes = {name: result_of(report, name).outcome for name in case.steps}
    assert outcomes == dict.fromkeys(case.steps, Outcome.AS_EXPECTED), report.findings
    assert {each.name for each in report.steps if each.outcome is Outcome.NOT_DONE} >= BY_HAND
    assert all(result_of(report, name).seen for name in case.steps)


@pytest.mark.realtime
@pytest.mark.timeout(300)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.key)
def test_a_step_sees_what_is_special_about_a_device(case: Case, done: Runs[Case, SelftestReport]) -> None:
    result = result_of(done.outcome(case), case.steps[0])
    told = [each.code for each in result.findings]
    assert (case.code in told) if case.code else result.outcome is Outcome.AS_EXPECTED, result
    assert "device-silent" not in told or case.code == "device-silent", "no cable is blamed for it"
    assert any(case.told in each for each in result.seen) or not case.told, result.seen
    if case.key == "flash":
        front, left = (each.partition("pulse ")[2].split(", ") for each in result.seen)
        assert len(front) == len(left) == 2


@pytest.mark.realtime
@pytest.mark.timeout(240)
def test_somebody_starts_and_stops_an_external_trigger_for_each_run(tmp_path: Path) -> None:
    require_virtual_k4a()
    rig = load_rig(str(CONFIGS / "external_trigger.yaml")).rig
    plan = PLAN.model_copy(update={"rig": rig.model_copy(update={"devices": rig.devices[:2], "cables": ()})})
    asked: list[str] = []
    front, left = devices()
    front = replace(front, sync_in=True, fed_by="trigger")

    def beside(bench: VirtualBench) -> Hand:
        def stop(what: str) -> bool:
            if asked:
                bench.stop_trigger()
            asked.append(what)
            return True

        def start(what: str) -> None:
            asked.append(what)
            bench.start_trigger(15)

        return Hand(ask=stop, tell=start)

    def with_trigger(folder: Path) -> SelftestReport:
        asked.clear()
        return run_steps([front, left], ("together", "take"), folder, beside, plan=plan)

    report = in_time(with_trigger, tmp_path)
    assert asked == ["stop the external trigger", "start the external trigger"] * 2
    assert [result_of(report, name).outcome for name in ("together", "take")] == [Outcome.AS_EXPECTED] * 2


@pytest.mark.realtime
@pytest.mark.timeout(240)
def test_an_archive_is_replayed_by_virtual_devices(tmp_path: Path) -> None:
    """What somebody attaches to an issue can be tried on every desk."""
    require_virtual_k4a()
    slow = {"open_us": 400_000, "close_us": 300_000}
    real = devices(late_us=(400,) * 6, bias_us=250, drift_ppm=80.0, skip_first=2, **slow)
    first = in_time(lambda folder: run_steps(real, ("open-close", "together"), folder), tmp_path / "first")
    front, left = replayed(Path(first.archive or ""))
    assert (front.sync_out, left.fed_by, left.skip_first) == (True, FRONT, 2)
    assert left.bias_us == pytest.approx(250, abs=40)
    assert left.drift_ppm == pytest.approx(80.0, abs=15)
    assert list(left.late_us[:6]) == pytest.approx([400] * 6, abs=40)
    assert left.open_us >= 400_000
    assert left.close_us >= 300_000
    there = [replace(each, queue=600) for each in (front, left)]
    again = in_time(lambda folder: run_steps(there, ("pairs",), folder), tmp_path / "again")
    (told,) = result_of(again, "pairs").seen
    assert told.startswith("left: settled after 6 of"), told
