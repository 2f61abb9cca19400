"""How each step judges what was measured: good and bad measurements that nobody made."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.findings import Severity
from kinect_sync.readings import Controls, Firmware, Jacks
from kinect_sync.rig.loading import load_rig
from kinect_sync.selftest.brightness import Brightness
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord
from kinect_sync.selftest.registry import find_steps
from kinect_sync.selftest.steps.bench import SeenBench
from kinect_sync.selftest.steps.flash import SeenFlashes, flashes_in
from kinect_sync.selftest.steps.take import SeenTake
from kinect_sync.timing.measures import Divergence
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict
from tests.cli.commands import CONFIGS
from tests.selftest.invented import (
    ALONE,
    NAMES,
    PLAN,
    captures,
    codes,
    device,
    found,
    moments,
    noise,
    run,
    runs,
    seconds,
    verified,
)

STEPS = {step.name: step for step in find_steps()}
FIRMWARE = Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")
LATER = FIRMWARE.model_copy(update={"depth": "1.6.81"})


class Case(NamedTuple):
    """A measurement, and what it comes to."""

    sentence: str
    step: str
    measured: Value
    codes: tuple[tuple[str, str | None], ...] = ()
    seen: str = ""
    """What is told, among other things."""
    plan: SelftestPlan = PLAN


def listed(*, sync_in: bool = True, firmware: Firmware | None = FIRMWARE) -> SeenBench:
    jacks = {
        "front": Jacks(sync_in=False, sync_out=True),
        "left": Jacks(sync_in=sync_in, sync_out=True),
        "right": Jacks(sync_in=True, sync_out=False),
    }
    return SeenBench(
        devices=tuple(
            Discovered(index=place, serial=each.serial, jacks=jacks[each.name], firmware=firmware)
            for place, each in enumerate(PLAN.rig.devices)
        )
    )


def rounds(**told: Any) -> Value:
    return runs(*(run(f"round {number}", [device("left", **told)], ()) for number in (1, 2)))


def exposed(shown_us: int, read_us: int = 8330) -> Value:
    controls = Controls(exposure_us=read_us, powerline_hz=60, gain=128)
    first = captures(count=10, exposure_us=2500) + captures(exposure_us=shown_us)
    return runs(run("exposure 8330 µs", [device("front", controls=controls, first=first)], ()))


def pair(**first: Any) -> Value:
    return runs(run("front with left", [device("front"), device("left", first=captures(**first))], ()))


def delays(made_us: float, *, depth: bool = False) -> Value:
    """The subordinates make this of a delay of 160 µs, on top of a bias of 20 µs without any."""
    field = "depth_delay_off_color_usec" if depth else "subordinate_delay_off_master_usec"
    off = "pairing_error_us" if depth else "bias_us"

    def part(name: str, delay: int, bias: float) -> Any:
        record = device(name)
        plain = {"depth_delay_off_color_usec": 0, "subordinate_delay_off_master_usec": 0, field: delay}
        return record.model_copy(update={"settings": record.settings.model_copy(update=plain)}), bias

    made = []
    for delay, bias in ((0, 20.0), (160, 20.0 + made_us - 14 / 0.09)):
        parts = [part(name, delay, bias) for name in NAMES]
        made.append(
            run(
                f"delay {delay} µs",
                [record for record, _ in parts],
                [verified(record.name, **{off: bias}) for record, bias in parts],
            )
        )
    return runs(*made)


def flashes(**pulses: list[int]) -> SeenFlashes:
    """Each device sees light go on at these pulses, for ten pulses each."""
    told = []
    for name, starts in pulses.items():
        levels = 60 + noise(0.4, 120)
        for start in starts:
            levels[start : start + 10] += 50
        told.append(Brightness(device=name, levels=tuple(levels.tolist())))
    return SeenFlashes(runs=(run(),), brightness=tuple(told))


def taken(verdict: Verdict, *findings: Any) -> SeenTake:
    return SeenTake(
        runs=(run(),),
        verdict=Verdict.IN_SYNC,
        written_bytes=300_000_000,
        read_verdict=verdict,
        read_pulses=180,
        findings=findings,
    )


PLAYS = tuple(range(0, 180, 15))


def silent_pair(name: str) -> RunRecord:
    """The master with one subordinate that it waited for in vain."""
    parts = [device("front"), device(name, first=())]
    return run(f"front with {name}", parts, (), pulses=0, findings=(found("device-silent", name),))


def killed_master(after: tuple[int, ...], plays: tuple[int, ...] = PLAYS) -> Value:
    """Pulses for six seconds, and then these counts of a subordinate every half second."""
    front = device("front", moments=moments(*PLAYS), exit_code=-9)
    left = device("left", moments=moments(*plays, *after))
    return runs(run("killed", [front, left], (), pulses=0), run("again", [device("front")], ()))


GONE = run(
    "pulled", [device("right", moments=moments(0, 90, 90))], (), findings=(found("device-stalled", "right"),)
)
LEFT_ALONE = run("left alone", [device("left")], [verified("left")])
SILENT = (180,) * 12
GOES_ON = tuple(range(180, 360, 15))

CASES = [
    Case("all is there", "bench", listed(), (), "left: serial 000234567812, color 1.6.110"),
    Case("a plug is missing", "bench", listed(sync_in=False), (("jack-unplugged", "left"),)),
    Case(
        "firmware is old",
        "bench",
        listed(firmware=Firmware(color="1.6.102", depth="1.6.80", audio="1.6.14")),
        tuple(("firmware-old", name) for name in NAMES),
    ),
    Case(
        "firmware differs",
        "bench",
        SeenBench(devices=(*listed().devices[:2], *listed(firmware=LATER).devices[2:])),
        (("firmware-differs", None),),
    ),
    Case("quick", "open-close", rounds(), (), "left: opened in 1.50 s, closed in 0.50 s, 2 of 2 rounds"),
    Case("slow to close", "open-close", rounds(close_s=16.0), (("selftest-slow", "left"),)),
    Case(
        "it did not open",
        "open-close",
        runs(run("round 1", [device("left", open_s=None)], (), findings=(found("device-busy", "left"),))),
        (("device-busy", "left"),),
    ),
    Case("well alone", "alone", runs(LEFT_ALONE), (), "0 of 180"),
    Case(
        "drops alone",
        "alone",
        runs(run("left alone", [device("left")], [verified("left", dropped=5)], complete=175)),
        (("selftest-drops", "left"),),
        "5 of 180 dropped",
    ),
    Case(
        "grows",
        "alone",
        runs(run("left alone", [device("left", memory_end_bytes=91_000_000)], [verified("left")])),
        (("selftest-memory", "left"),),
        "+1.0 MB in 30 s",
    ),
    Case("in the images", "controls", exposed(8330), (), "its images say 8330 µs from capture 11 on"),
    Case("not in the images", "controls", exposed(16670), (("selftest-control", "front"),)),
    Case(
        "silent",
        "silence",
        runs(run("alone", [device("left", first=(), moments=moments(0, 0))], (), pulses=0)),
        (),
        "left: 0 captures in 20 s",
    ),
    Case(
        "runs free",
        "silence",
        runs(run("alone", [device("left", moments=moments(0, 30))], (), pulses=0)),
        (("free-running", "left"),),
        "left: 30 captures",
    ),
    Case(
        "settles",
        "pairs",
        pair(late_us=lambda n: 400.0 if n < 8 else 0.0, ppm=200.0),
        (),
        "left: settled after 8 of 60 captures; the first are 400 µs off, then bias",
    ),
    Case(
        "settles late",
        "pairs",
        pair(late_us=lambda n: 400.0 if n < 20 else 0.0),
        (("selftest-unsettled", "left"),),
    ),
    Case("never", "pairs", pair(late_us=lambda n: 400.0 * (-1) ** n), (("selftest-unsettled", "left"),)),
    Case("a bias of 1.7 ms that stays", "pairs", pair(late_us=lambda _: 1730.0), (), "bias +1730 µs"),
    Case(
        "repeats",
        "restarts",
        runs(*(run(measured=[verified("left", bias_us=us)]) for us in (1730, 1745))),
        (),
        "left: bias 1730 to 1745 µs in 2 starts; its first capture shows 219.6 ms",
    ),
    Case(
        "moves",
        "restarts",
        runs(*(run(measured=[verified("left", bias_us=us)]) for us in (-70, 50))),
        (("selftest-bias-moves", "left"),),
    ),
    Case("in time", "rates", runs(run("30 fps")), (), "30 fps: front 3000.00 ticks (+0 ppm)"),
    Case(
        "too slow",
        "rates",
        runs(run("30 fps", [device("front", period_us=33_400.0)])),
        (("selftest-rate", "front"),),
        "3006.00 ticks (+2000 ppm)",
    ),
    Case("on the grid", "delays", delays(155.6), (), "left: delay 160 µs is 155.6 µs, 14.0 ticks"),
    Case("no delay", "delays", delays(0.0), (("selftest-delay", "left"), ("selftest-delay", "right"))),
    Case("on the grid", "depth-delays", delays(155.6, depth=True), (), "front: delay 160 µs is 155.6 µs"),
    Case(
        "a coarser grid",
        "depth-delays",
        delays(0.0, depth=True),
        tuple(("selftest-delay", name) for name in NAMES),
    ),
    Case("in sync", "together", runs(run()), (), "180 of 180 pulses complete"),
    Case(
        "a constant bias",
        "together",
        runs(run(measured=[verified("left", bias_us=433.0)])),
        (("constant-bias", "left"),),
        "bias +433.0 µs",
    ),
    Case(
        "trained",
        "clocks",
        runs(run("long", [device(name, seconds=seconds(60, 12.5)) for name in NAMES])),
        (),
        "left: +12.5 ppm against the computer's clock, +0.10 ppm against front's: trained by the pulses",
    ),
    Case(
        "runs free for certain",
        "clocks",
        runs(
            run(
                "long",
                [device(name, seconds=seconds(400, 117.0 if name == "left" else 68.0)) for name in NAMES],
                [
                    verified("front"),
                    verified("left", divergence=Divergence(us=-18400, ppm=-48, from_pulse=165, certain=True)),
                    verified("right"),
                ],
            )
        ),
        (("timing-free-running", "left"),),
        "left: +117.0 ppm against the computer's clock, +0.10 ppm against front's: at its own pace",
    ),
    Case(
        "runs free",
        "clocks",
        runs(
            run(
                "long",
                [device(name, seconds=seconds(90, 67.0 if name == "front" else 118.0)) for name in NAMES],
            )
        ),
        (),
        "front's: trained by the pulses, or it does not follow them, as the computer's clock sees +51 ppm",
    ),
    Case(
        "drifts",
        "clocks",
        runs(
            run(
                "long",
                [device(name, seconds=seconds(60, 390.0)) for name in NAMES],
                [verified(name, drift_ppm=-45.0) for name in NAMES],
            )
        ),
        (),
        "-45.00 ppm against front's: not trained",
    ),
    Case("a bias is another question", "clocks", runs(run(measured=[verified("front", bias_us=1730.0)]))),
    Case(
        "a step",
        "clocks",
        runs(run(measured=[verified("front", step_us=900.0)])),
        (("timing-step", "front"),),
    ),
    Case(
        "leaks",
        "clocks",
        runs(run("long", [device("front", memory_end_bytes=99_000_000, memory_s=600.0)])),
        (("selftest-memory", "front"),),
        "too short to compare with the computer's clock",
    ),
    Case("read as recorded", "take", taken(Verdict.IN_SYNC), (), "in sync: 180 of 180 pulses complete, 50"),
    Case(
        "not as recorded",
        "take",
        taken(Verdict.OUT_OF_SYNC, found("constant-bias", "left")),
        (("constant-bias", "left"),),
        "read again: out of sync",
    ),
    Case(
        "a file that is not there any more is not to be repaired",
        "take",
        taken(Verdict.INCOMPLETE, found("file-unfinished", "left")),
    ),
    Case(
        "late, and told by its clock",
        "master-first",
        runs(
            run(
                "master first",
                [
                    device("front"),
                    device("left", first=captures(lambda _: -2e6)),
                    device("right", first=captures(lambda _: 40.0)),
                ],
                (),
            )
        ),
        (),
        "left: its clock began 2.000 s after the master's (60.0 periods)",
    ),
    Case(
        "deaf when late",
        "master-first",
        runs(run("master first", [device("front"), device("left", first=())], ())),
        (("device-silent", "left"),),
    ),
    Case(
        "a chain that is cut before the first",
        "pairs",
        runs(
            silent_pair("left"),
            silent_pair("right"),
        ),
        (("chain-broken", "left"),),
    ),
    Case(
        "one is deaf, and passes pulses on",
        "pairs",
        runs(silent_pair("left"), run("front with right", [device("front"), device("right")], ())),
        (("device-deaf", "left"),),
    ),
    Case(
        "no pulse has set it",
        "master-first",
        runs(
            run("master first", [device("front"), device("left", first=captures(lambda _: 7.2e9))], ())
        ),
        (("clock-unrelated", "left"),),
    ),
    Case(
        "silent behind a dead master",
        "master-first",
        runs(
            run(
                "master first",
                [device("front"), device("left", first=())],
                (),
                findings=(found("worker-died", "front"),),
            )
        ),
        (("worker-died", "front"),),
    ),
    Case(
        "another ended it, before this one could deliver",
        "master-first",
        runs(
            run(
                "master first",
                [device("front"), device("left", start_s=None, first=()), device("right", first=())],
                (),
                findings=(found("start-refused", "left"),),
            )
        ),
        (("start-refused", "left"),),
    ),
    Case(
        "a master that is silent itself",
        "master-first",
        runs(run("master first", [device("front", first=()), device("left")], ())),
        (("device-silent", "front"),),
    ),
    Case(
        "silent together",
        "master-first",
        runs(
            run(
                "master first",
                [device("front"), device("left", first=()), device("right", first=())],
                (),
            )
        ),
        (("device-silent", "left"),),
    ),
    Case(
        "nothing was killed",
        "killed-worker",
        runs(
            run("killed", (), (), pulses=0, findings=(found("device-silent", "left"),)),
            run("again", [device("right")], ()),
        ),
        (("device-silent", "left"),),
    ),
    Case(
        "never heard its master",
        "killed-master",
        killed_master((0,) * 12, plays=(0,) * 12),
        (("device-silent", "left"),),
    ),
    Case(
        "no master to be killed",
        "killed-master",
        runs(
            run(
                "killed",
                [device("front", start_s=None), device("left", moments=moments(0, 0))],
                (),
                pulses=0,
                findings=(found("start-refused", "front"),),
            ),
            run("again", [device("front")], ()),
        ),
        (("start-refused", "front"),),
    ),
    Case(
        "the others go on",
        "killed-worker",
        runs(run("killed", findings=(found("worker-died", "right"),)), run("again", [device("right")], ())),
        (),
        "captures lost of 180: front 0, left 0",
    ),
    Case(
        "another ends meanwhile",
        "killed-worker",
        runs(
            run(
                "killed",
                measured=[
                    verified(name, holes={"device_lost": 60} if name != "front" else {}, lost=name != "front")
                    for name in NAMES
                ],
                findings=(found("stream-ended", "left"), found("worker-died", "right")),
            ),
            run("again", [device("right")], ()),
        ),
        (("stream-ended", "left"),),
        "captures lost of 180: front 0, left 0 until it ended itself",
    ),
    Case(
        "the others starve, and it is stuck",
        "killed-worker",
        runs(
            run("killed", measured=[verified(name, holes={"sensor_dropped": 9}) for name in NAMES]),
            run("again", [device("right", open_s=None)], (), findings=(found("device-busy", "right"),)),
        ),
        (
            ("device-busy", "right"),
            ("selftest-starves-others", "front"),
            ("selftest-starves-others", "left"),
            ("selftest-not-freed", "right"),
        ),
    ),
    Case("falls silent", "killed-master", killed_master(SILENT), (), "it fell silent after 180 captures"),
    Case("goes on", "killed-master", killed_master(GOES_ON), (), "left: it goes on without a master: "),
    Case(
        "noticed",
        "sync-plug",
        runs(GONE),
        (),
        "ksync says of right: it is as it is",
    ),
    Case(
        "unnoticed",
        "sync-plug",
        runs(run("pulled", [device("right", moments=moments(0, 90, 180))], ())),
        (("selftest-unnoticed", "right"),),
        "right: 180 captures",
    ),
    Case(
        "gone, and back",
        "usb-plug",
        runs(
            GONE,
            run("again", [device("right")], ()),
        ),
        (),
        "right opened again in 1.50 s",
    ),
    Case(
        "gone for good",
        "usb-plug",
        runs(
            GONE,
            run("again", [device("right", open_s=None)], ()),
        ),
        (("selftest-not-freed", "right"),),
    ),
    Case("at once", "flash", flashes(front=[30, 70], left=[30, 71]), (), "left: light goes on at pulse 30,"),
    Case("apart", "flash", flashes(front=[30, 70], left=[33, 73]), (("selftest-flash-apart", "left"),)),
    Case("unseen by one", "flash", flashes(front=[30], left=[]), (("selftest-flash-apart", "left"),)),
    Case("in the dark", "flash", flashes(front=[], left=[]), (), "front: light goes on at pulse none"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.step}: {case.sentence}")
def test_a_measurement_is_judged(case: Case) -> None:
    step = STEPS[case.step]
    again = step.measured.model_validate_json(case.measured.model_dump_json(by_alias=True))
    judged = step.judge(again, case.plan)
    assert codes(judged) == list(case.codes), judged.seen
    assert any(case.seen in each for each in judged.seen) or not case.seen, judged.seen
    if step.draw is not None:
        step.draw(again)


def test_a_rate_that_is_off_is_the_trigger_s_where_there_is_one() -> None:
    plan = SelftestPlan(rig=load_rig(str(CONFIGS / "external_trigger.yaml")).rig)
    off = runs(run("30 fps", [device("front", period_us=33_400.0)]))
    (told,) = STEPS["rates"].judge(off, plan).findings
    assert told.remedy == "set the external trigger to 15 Hz"


def test_firmware_that_differs_is_told_by_name() -> None:
    seen = SeenBench(devices=(*listed().devices[:2], *listed(firmware=LATER).devices[2:]))
    told = [each.what for each in STEPS["bench"].judge(seen, PLAN).findings]
    assert any("right color 1.6.110 depth 1.6.81" in each for each in told)


def test_nobody_says_that_a_device_opened_again_which_was_never_killed() -> None:
    refused = run("killed", (), (), pulses=0, findings=(found("device-silent", "left"),))
    judged = STEPS["killed-worker"].judge(runs(refused, run("again", [device("right")], ())), PLAN)
    assert judged.seen == ()


def test_every_step_has_a_case() -> None:
    judged = {case.step for case in CASES}
    assert set(STEPS) - judged == {"computer"}, "the doctor's own tests judge that"


def test_a_run_that_did_not_begin_is_told_whatever_the_step() -> None:
    silent = run(pulses=0, complete=0, measured=(), findings=(found("device-silent", "left"),))
    for name in ("alone", "controls", "restarts", "rates", "delays", "depth-delays", "together", "clocks"):
        one = silent if name != "alone" else silent.model_copy(update={"devices": silent.devices[1:2]})
        judged = STEPS[name].judge(runs(one), PLAN)
        assert ("device-silent", "left") in codes(judged), name
        assert any(each.severity is Severity.ERROR for each in judged.findings)


def test_there_are_twenty_steps_and_each_says_what_it_expects_and_why() -> None:
    steps = find_steps()
    assert len(steps) == 20
    assert len({step.name for step in steps}) == len({step.place for step in steps}) == 20
    for step in steps:
        assert step.expected, step.name
        assert step.source, step.name
        assert step.question.endswith("?"), step.name
        assert step.takes_s(PLAN) > 0


def test_what_a_rig_lacks_is_said() -> None:
    lacking = {step.name: reason for step in find_steps() if (reason := step.lacks(ALONE)) is not None}
    assert lacking == {
        **dict.fromkeys(
            ("silence", "pairs", "restarts", "delays", "master-first", "killed-master", "sync-plug"),
            "the rig has no master",
        ),
        "flash": "fewer than two devices of the rig run their color cameras",
    }


def test_a_slow_change_of_light_is_no_flash() -> None:
    dusk = 100 - np.arange(300) * 0.2 + noise(0.4, 300)
    assert flashes_in(dusk) == []
    dusk[50:80] += 20
    dusk[200] = np.nan
    assert flashes_in(dusk) == [50]
