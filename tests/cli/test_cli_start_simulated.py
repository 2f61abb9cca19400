"""`ksync start --simulate` as the operator runs it: every rig of configs/, every fault of configs/faults/.

A run takes seconds of real time, most of them waiting, so several run side by side and each test looks at
its own. A machine that is too slow for that loses captures in the cameras' queues of seven; what is then
said must still be right. A run that lost captures which its fault does not explain is repeated alone. A rig
that is refused before any camera starts needs neither time nor processes, and its workers run in the test's.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.cli.commands import CONFIGS, Ended, run_ksync, tells_of_slowness
from tests.cli.crowd import Runs, asked_for
from tests.cli.in_process import make_run
from tests.cli.read_back import Take, check_bookkeeping, read_take

pytestmark = pytest.mark.realtime

SECONDS = 2
"""How long the rigs of configs/ are recorded."""
DIES_AT = 60
"""The pulse at which the faults of configs/faults/ strike in the middle of a take."""


@dataclass(frozen=True)
class Case:
    """One run, and what must come out of it."""

    name: str
    sentence: str
    exit_code: int = 0
    verdict: str = "in_sync"
    findings: tuple[tuple[str, str | None], ...] = ()
    """(code, device) of every finding that is no note, in order."""
    rig: str = "daisy_chain_3"
    faults: str | None = None
    options: tuple[str, ...] = ("--captures", "60")
    weight: int = 3
    lost: dict[str, range] = field(default_factory=dict)
    """Devices that end early, and the pulses one of which is their last."""
    dropped: dict[str, set[int]] = field(default_factory=dict)
    """Pulses whose captures the device never gives."""

    @property
    def records(self) -> bool:
        return self.verdict != "failed"

    @property
    def key(self) -> str:
        return f"{self.name}-{self.faults}"


def config(rig: str, sentence: str, weight: int) -> Case:
    options = ("--duration", str(SECONDS))
    return Case(rig, sentence, rig=rig, options=options, weight=weight)


CONFIG_CASES = [
    config("daisy_chain_9", "nine devices, the longest chain there is", 9),
    config("star_3", "1080p and WFOV behind a splitter", 4),
    config("femto_star", "five Femtos: epoch timestamps, jacks that tell nothing", 5),
    config("wfov_15fps", "the largest depth images, at 15 fps", 4),
    config("external_trigger", "no master: the pulses come from outside", 2),
    config("daisy_chain_3", "the rig to start from", 3),
    config("depth_only_subordinate", "a subordinate without color is aligned by its depth", 2),
    config("standalone", "one device, with its IMU", 1),
]
ELSEWHERE = {"chains_36", "several_hosts", "daisy_chain_4"}
"""36 devices are more than a computer of tests has room for, and agents are more than a command: both are
tried elsewhere, the one with injected time, the other over agents. The rig of four is recorded by the manual,
with a board in a room."""


SEEN = {"covered", "overexposed"}
"""They change what pictures show, and nothing of a take: tried where pictures are looked at."""


def refused(faults: str, *findings: tuple[str, str | None], sentence: str, **changes: Any) -> Case:
    """A rig that must not start: exit code 3, and nothing on the disk."""
    fields = {"faults": faults, "weight": 1, **changes}
    return Case(faults, sentence, 3, "failed", findings, **fields)


def cut_short(faults: str, *findings: tuple[str, str | None], sentence: str, **changes: Any) -> Case:
    """A take in which a device ends early: exit code 1, incomplete."""
    fields = {"faults": faults, "options": ("--captures", "105"), **changes}
    return Case(faults, sentence, 1, "incomplete", findings, **fields)


LOST = "captures-device-lost"
DROPPED = "captures-sensor-dropped"
EXACTLY = range(DIES_AT - 1, DIES_AT)
KILLED = range(DIES_AT - 15, DIES_AT)
"""A killed process takes along what still waits in its queue for the disk."""

FAULT_CASES = [
    # Those that wait longest come first.
    refused(
        "cable-dead",
        ("device-silent", "left"),
        sentence="left and right hear nothing: in a chain the first silent device stands next to the cause",
    ),
    refused(
        "cable-swapped",
        ("device-silent", "left"),
        sentence="both plugs of left are seen, and no pulse comes through",
    ),
    refused(
        "jack-lies-plugged",
        ("device-silent", "right"),
        sentence="a detector that claims a plug does not hide a device that hears nothing",
    ),
    refused(
        "clock-not-reset",
        ("clock-unrelated", "left"),
        sentence="timestamps that count from another moment are never aligned",
        weight=3,
    ),
    refused(
        "pulses-missed",
        ("clock-unrelated", "left"),
        sentence="timestamps that are exactly seven periods off look right and are found all the same",
        weight=3,
    ),
    refused(
        "trigger-silent",
        ("trigger-silent", None),
        sentence="a trigger that gives no pulse is named when --trigger-timeout is over",
        rig="external_trigger",
        options=("--captures", "45", "--trigger-timeout", "4"),
    ),
    Case(
        "trigger-late",
        "ksync waits for the trigger however late it comes",
        rig="external_trigger",
        faults="trigger-late",
        options=("--captures", "30"),
        weight=2,
    ),
    cut_short(
        "trigger-stops",
        ("pulses-ended", None),
        sentence="every file ends at the trigger's last pulse; no device is blamed",
        rig="external_trigger",
        options=("--captures", "60"),
        weight=2,
    ),
    cut_short(
        "cable-breaks",
        ("device-stalled", "left"),
        ("device-stalled", "right"),
        (LOST, "left"),
        (LOST, "right"),
        sentence="the broken cable silences left, and right behind it",
        lost={"left": EXACTLY, "right": EXACTLY},
    ),
    cut_short(
        "hang",
        ("device-hangs", "left"),
        (LOST, "left"),
        sentence="a call into the SDK that never returns costs one device",
        lost={"left": EXACTLY},
    ),
    cut_short(
        "stall",
        ("device-stalled", "left"),
        (LOST, "left"),
        sentence="a device that gives timeouts only has stalled",
        lost={"left": EXACTLY},
    ),
    cut_short(
        "unplugged",
        ("device-unplugged", "left"),
        (LOST, "left"),
        sentence="a pulled USB cable gives timeouts only, and the SDK counts a device less",
        lost={"left": EXACTLY},
    ),
    cut_short(
        "stall-master",
        ("device-stalled", "front"),
        ("source-lost", "front"),
        (LOST, "front"),
        sentence="a master that delivers nothing ends the take: nobody knows what the others follow",
        lost={"front": EXACTLY},
        options=("--captures", "900"),
    ),
    cut_short(
        "crash",
        ("worker-died", "left"),
        (LOST, "left"),
        sentence="a killed process costs one device, and its file holds what was written",
        lost={"left": KILLED},
        options=("--captures", "60"),
    ),
    cut_short(
        "crash-master",
        ("worker-died", "front"),
        ("pulses-ended", None),
        (LOST, "front"),
        sentence="without the master's pulses the others starve: its death is the cause, they are not blamed",
        lost={"front": KILLED},
    ),
    cut_short(
        "stream-error",
        ("stream-ended", "left"),
        (LOST, "left"),
        sentence="a stream that ends with an error, as when a USB cable is pulled, costs one device",
        lost={"left": EXACTLY},
        options=("--captures", "60"),
    ),
    cut_short(
        "stream-error-master",
        ("stream-ended", "front"),
        ("source-lost", "front"),
        (LOST, "front"),
        sentence="the master's USB stream has ended: the take ends, though the others still deliver",
        lost={"front": EXACTLY},
    ),
    Case(
        "drops",
        "two lost captures are holes of left with a reason, one of right",
        1,
        "incomplete",
        ((DROPPED, "left"), (DROPPED, "right")),
        faults="drops",
        dropped={"left": {40, 41}, "right": {50}},
    ),
    Case(
        "half-captures",
        "the SDK drops half captures whole, as synchronized_images_only asks",
        1,
        "incomplete",
        ((DROPPED, "left"), (DROPPED, "right")),
        faults="half-captures",
        dropped={"left": {40, 41}, "right": {50}},
    ),
    Case("bias", "1.7 ms late on every pulse", 1, "out_of_sync", (("constant-bias", "left"),), faults="bias"),
    Case("unsettled", "the first captures of an exposure that settles judge nothing", faults="unsettled"),
    Case(
        "jitter",
        "300 µs of scatter, in color against the master and in depth against color",
        1,
        "out_of_sync",
        (("timing-jitter", "left"), ("color-depth-apart", "left")),
        faults="jitter",
    ),
    Case(
        "free-runs",
        "devices that go on at their own pace deliver every capture, and seconds are too short to tell",
        faults="free-runs",
        options=("--captures", "105"),
    ),
    Case("drift", "clocks 800 ppm apart are in sync: the pulses keep the images together", faults="drift"),
    Case(
        "trigger-off-frequency",
        "a trigger 0.1 % off the frame rate keeps all devices in sync with one another",
        rig="external_trigger",
        faults="trigger-off-frequency",
        options=("--captures", "30"),
        weight=2,
    ),
    refused(
        "free-running",
        ("free-running", "left"),
        sentence="a subordinate that delivers before the master runs does not follow pulses",
    ),
    refused(
        "trigger-early",
        ("trigger-running", None),
        sentence="a trigger that runs already proves nothing about cables, and nobody is blamed",
        rig="external_trigger",
    ),
    refused(
        "start-fails-master",
        ("start-refused", "front"),
        sentence="the master is started last; its refusal ends the armed subordinates too",
    ),
    refused(
        "start-fails", ("start-refused", "left"), sentence="the SDK refuses to start one device's cameras"
    ),
    refused(
        "device-deaf",
        ("device-silent", "left"),
        sentence="left alone hears nothing, though right behind it does",
    ),
    Case(
        "firmware-mixed",
        "other firmware is told before it shows in the images",
        findings=(("firmware-differs", None),),
        faults="firmware-mixed",
    ),
    refused(
        "device-busy",
        ("device-missing", "left"),
        ("device-busy", None),
        sentence="the SDK names a busy device by index only, next to the serial that is missing",
    ),
    refused(
        "open-fails",
        ("device-missing", "left"),
        ("open-failed", None),
        sentence="a device that does not open does not tell its serial",
    ),
]
REFUSED_AT_ONCE = [
    refused("device-missing", ("device-missing", "left"), sentence="a device of the rig is not connected"),
    refused(
        "cable-absent",
        ("jack-unplugged", "front"),
        ("jack-unplugged", "left"),
        sentence="both ends of the missing cable are seen before a camera starts",
    ),
    refused(
        "cable-unplugged", ("jack-unplugged", "left"), sentence="a loose plug is seen where it is missing"
    ),
    refused(
        "cable-wrong-jack",
        ("jack-wrong", "right"),
        sentence="a plug in sync out and none in sync in is one mistake: it is in the wrong jack",
    ),
    refused(
        "cable-split",
        ("jack-unplugged", "left"),
        sentence="a splitter on a chain leaves sync out of the middle empty",
    ),
    refused(
        "cable-loop",
        ("jack-plugged", "front"),
        ("jack-plugged", "right"),
        sentence="a plug in the master's sync in stops the start",
    ),
    refused(
        "jacks-fail",
        ("jacks-unreadable", "left"),
        sentence="a device whose jacks can't be read is not started",
    ),
    refused(
        "jack-lies",
        ("jack-unplugged", "front"),
        sentence="a detector that denies a plug stops the start, as the SDK would refuse it anyway",
    ),
    refused("control-fails", ("control-refused", "left"), sentence="color controls that cannot be set"),
    refused(
        "device-exchanged",
        ("device-missing", "left"),
        ("device-unexpected", None),
        sentence="another serial in its place: the inventory is compared both ways",
    ),
    refused(
        "device-unexpected",
        ("device-unexpected", None),
        sentence="a connected device that the rig does not name",
    ),
]
"""Rigs of which no camera is started."""
CASES = [*CONFIG_CASES, *FAULT_CASES]


@dataclass(frozen=True)
class Outcome:
    """A run that has ended, and the take that it left; None where it left nothing."""

    ended: Ended
    take: Take | None
    complete: set[str] = field(default_factory=set)
    """Devices whose file was closed properly."""


def arguments_of(case: Case, directory: Path) -> list[object]:
    arguments = ["start", CONFIGS / f"{case.rig}.yaml", "-o", directory / "takes", "--name", "take", "--json"]
    faults = [CONFIGS / "faults" / f"{case.faults}.yaml"] if case.faults else []
    return [*arguments, "--quiet", *case.options, "--simulate", *faults]


def run(case: Case, directory: Path) -> Outcome:
    """Run the command, read what it left, and take that off the disk again."""
    ended = run_ksync(*arguments_of(case, directory))
    folder = directory / "takes" / "take"
    if not folder.exists():
        return Outcome(ended, None)
    try:
        return Outcome(ended, read_take(folder), _complete_files(folder))
    finally:
        shutil.rmtree(folder)


def _complete_files(folder: Path) -> set[str]:
    from kinect_sync.takes.mkv.reader import read_recording

    return {path.stem for path in folder.glob("*.mkv") if read_recording(path).complete}


def strained(case: Case, outcome: Outcome) -> bool:
    """Whether something is told or missing that the fault does not explain: this machine was too slow."""
    take = outcome.take
    slow = tells_of_slowness(outcome.ended.report, (code for code, _ in case.findings))
    if take is None:
        return slow or case.records
    if not slow and not any(lacks_more(case, take, name) for name in take.files):
        return False
    check_bookkeeping(take)  # what was lost must be told, whoever lost it
    return True


def lacks_more(case: Case, take: Take, name: str) -> bool:
    """Whether the camera's queue of seven was too small, or lost what was in it when its device ended."""
    if take.dropped_by_sensor(name) - case.dropped.get(name, set()):
        return True
    return name in case.lost and 0 < case.lost[name].start - take.files[name].pulses[-1] <= 7


Session = Runs[Case, Outcome]


@pytest.fixture(scope="session")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    asked = asked_for(request, __file__, "case")
    cases = [case for case in CASES if case in asked]
    runs = Runs(cases, run, strained, tmp_path_factory.mktemp("simulated"))
    yield runs
    runs.close()


def by_name(case: Case) -> str:
    return case.name


def test_every_config_and_every_fault_is_in_the_tables() -> None:
    assert {case.name for case in CONFIG_CASES} | ELSEWHERE == {path.stem for path in CONFIGS.glob("*.yaml")}
    assert {case.name for case in (*FAULT_CASES, *REFUSED_AT_ONCE)} | SEEN == {
        path.stem for path in (CONFIGS / "faults").glob("*.yaml")
    }


@pytest.mark.parametrize("case", CONFIG_CASES, ids=by_name)
def test_a_rig_records_in_sync(case: Case, runs: Session) -> None:
    outcome = runs.outcome(case)
    ended, take = outcome.ended, outcome.take
    assert (ended.code, ended.report["verdict"]) == (0, "in_sync"), (case.sentence, ended.report, ended.err)
    assert take is not None
    check_bookkeeping(take)
    fps = take.manifest["rig"]["camera"]["fps"]
    serials = {device["name"]: device["serial"] for device in take.manifest["rig"]["devices"]}
    assert list(take.files) == list(serials)
    assert len(take.rows) == SECONDS * fps
    for name, recorded in take.files.items():
        assert recorded.pulses == list(range(take.begin, take.begin + SECONDS * fps)), name
        assert recorded.serials <= {serials[name], "0" * 12}, name
        assert serials[name] in recorded.calibration, name
        assert not take.holes(name)
    assert take.printed == ended.report
    assert outcome.complete == set(take.files)
    assert {name: take.load[-1][f"{name}.written_bytes"] for name in take.files} == take.sizes
    assert len(take.load) >= SECONDS + 1, "a row at the beginning, one per second, one at the end"
    assert ended.left == []


def test_an_imu_is_recorded_where_the_rig_asks_for_it(runs: Session) -> None:
    case = next(case for case in CONFIG_CASES if case.name == "standalone")
    take = runs.outcome(case).take
    assert take is not None
    recorded = take.files["only"]
    assert recorded.imu_us == sorted(recorded.imu_us)
    first, last = recorded.shots[0].color_us, recorded.shots[-1].color_us
    assert first is not None
    assert last is not None
    assert first <= recorded.imu_us[0] < first + 50_000
    assert abs(recorded.imu_us[-1] - last) < 300_000
    assert len(recorded.imu_us) > 1500 * (last - first) / 1e6


@pytest.mark.parametrize("case", FAULT_CASES, ids=by_name)
def test_a_fault_has_its_verdict_and_its_cause(case: Case, runs: Session) -> None:
    outcome = runs.outcome(case)
    check_what_is_told(case, outcome.ended)
    assert outcome.ended.left == []
    if case.records:
        check_files_after_a_fault(case, outcome)
    else:
        assert outcome.take is None, "a rig that did not start leaves nothing on the disk"


@pytest.mark.parametrize("refusal", REFUSED_AT_ONCE, ids=by_name)
def test_a_rig_that_is_refused_before_a_camera_starts_leaves_nothing(
    refusal: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a process leaves behind is the same whatever refuses the rig: see those of `FAULT_CASES`."""
    done = make_run(monkeypatch, capsys)(*arguments_of(refusal, tmp_path))
    check_what_is_told(refusal, Ended(done.code, done.out, done.err, []))
    assert not (tmp_path / "takes" / "take").exists()


def check_what_is_told(case: Case, ended: Ended) -> None:
    """See that the report and stderr name the cause, each with its next step."""
    report = ended.report
    told = [(each["code"], each["device"]) for each in report["findings"] if each["severity"] != "note"]
    assert (ended.code, report["verdict"]) == (case.exit_code, case.verdict), (case.sentence, report)
    assert told == list(case.findings), case.sentence
    assert all(finding["what"] and finding["remedy"] for finding in report["findings"])
    assert all(
        finding["what"] in ended.err for finding in report["findings"] if finding["severity"] != "note"
    )
    assert "Traceback" not in ended.err
    if not case.records:
        assert (report["take"], report["pulses"], report["devices"]) == (None, 0, [])


def check_files_after_a_fault(case: Case, outcome: Outcome) -> None:
    """See that the fault has cost exactly what it must, and no other device anything."""
    take = outcome.take
    assert take is not None
    check_bookkeeping(take)
    assert take.printed == outcome.ended.report
    whole = range(take.begin, take.begin + len(take.rows))
    for name, recorded in take.files.items():
        device = next(each for each in take.report["devices"] if each["name"] == name)
        if name not in case.lost:
            assert recorded.pulses == [n for n in whole if n not in case.dropped.get(name, set())], name
            assert device["lost"] == (("pulses-ended", None) in case.findings), name
        else:
            last = recorded.pulses[-1]
            assert last in case.lost[name], name
            assert recorded.pulses == list(range(take.begin, last + 1)), name
            assert take.holes(name) == dict.fromkeys(range(last + 1, whole.stop), "device_lost"), name
            assert device["lost"]
    crashed = {name for name, last in case.lost.items() if last == KILLED}
    assert outcome.complete == set(take.files) - crashed, "only a killed process leaves a file unclosed"


def test_the_faults_of_the_table_are_read_as_they_stand() -> None:
    """The pulse at which the tables expect a device to end is the one in the file."""
    for name, key in (("hang", "hang_at"), ("stall", "stall_at"), ("crash", "die_at")):
        text = YAML(typ="safe").load((CONFIGS / "faults" / f"{name}.yaml").read_text())
        assert text["devices"]["left"][key] == DIES_AT
