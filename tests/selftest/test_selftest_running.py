"""How steps are done: one after the other, written down at once, not twice, and none at the others' cost."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from kinect_sync.devices.port import Discovered
from kinect_sync.director.link import Link, Post
from kinect_sync.errors import BenchError, Interrupted, UsageError
from kinect_sync.findings.selftest import SELFTEST_NOT_DONE
from kinect_sync.readings import Firmware
from kinect_sync.rig.loading import load_rig
from kinect_sync.selftest import registry
from kinect_sync.selftest.notebook import NOTEBOOK, Notebook
from kinect_sync.selftest.plan import QUICK, SelftestPlan
from kinect_sync.selftest.records import Runs
from kinect_sync.selftest.report import Outcome, StepResult
from kinect_sync.selftest.selftesting import NEEDS_HAND, NEEDS_TRIGGER, Watcher, do_step, listed, run_selftest
from kinect_sync.selftest.stand import Hand, Stand, Surroundings
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.verdicts import Verdict
from tests.cli.commands import CONFIGS
from tests.selftest.invented import PLAN, device, found, run, runs

FIRMWARE = Firmware(color="1.6.110", depth="1.6.80", audio="1.6.14")


def step(
    name: str = "one", *findings: Any, measure: Callable[[Stand], Runs] | None = None, **told: Any
) -> Step[Runs]:
    """A step that finds what it is told to find."""
    return Step(
        name=name,
        place=told.pop("place", 1),
        question="What is it?",
        expected="nothing else",
        source="a book",
        measured=Runs,
        measure=measure or (lambda _: runs(run())),
        judge=lambda measured, _: Judgement((f"{len(measured.runs)} runs",), findings),
        takes_s=lambda _: 1.0,
        **told,
    )


class MadeUpStand(Stand):
    """A stand whose bench nobody has to open."""

    firmware = FIRMWARE
    broken: BenchError | None = None
    absent_serials: tuple[str, ...] = ()
    closed_for: int = 0
    """So many looks find no device that opens."""

    def look(self) -> tuple[Discovered, ...]:
        if self.broken is not None:
            raise self.broken
        closed, self.closed_for = self.closed_for > 0, self.closed_for - 1
        self._bench = tuple(
            Discovered(index=place, serial=None if closed else each.serial, firmware=self.firmware)
            for place, each in enumerate(self.rig.devices)
            if each.serial not in self.absent_serials
        )
        return self._bench


def around(hand: Hand | None = None) -> Surroundings:
    def nobody(_: Path | None) -> Any:
        raise AssertionError("no worker is needed")

    return Surroundings(launch=nobody, stopping=lambda: False, simulated=True, hand=hand)


def no_worker(name: str, post: Post) -> Link:
    raise AssertionError(f"nothing is asked of {name}")


@pytest.fixture
def stand(tmp_path: Path) -> MadeUpStand:
    return MadeUpStand(PLAN, around(), tmp_path)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[Step[Any]]:
    """The steps that there are; a test puts its own into it."""
    made: list[Step[Any]] = []
    for module in ("registry", "selftesting", "page", "archive"):
        monkeypatch.setattr(f"kinect_sync.selftest.{module}.find_steps", lambda: tuple(made))
    monkeypatch.setattr("kinect_sync.selftest.selftesting.Stand", MadeUpStand)
    return made


class Told(Watcher):
    def __init__(self) -> None:
        self.results: list[tuple[str, Outcome, bool]] = []

    def on_result(self, result: StepResult, *, kept: bool) -> None:
        self.results.append((result.name, result.outcome, kept))


# --- one step ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (None, Outcome.AS_EXPECTED),
        ("selftest-slow", Outcome.OTHERWISE),
        ("device-late", Outcome.FAILED),
    ],
)
def test_findings_decide_what_becomes_of_a_step(code: str | None, outcome: Outcome, stand: Stand) -> None:
    result, measured = do_step(step("one", *([found(code, "left")] if code else [])), stand)
    assert (result.outcome, result.seen, result.expected, result.source) == (
        outcome,
        ("1 runs",),
        "nothing else",
        "a book",
    )
    assert measured == runs(run())
    assert result.utc is not None


def test_a_step_without_an_answer_is_not_done_and_says_why(stand: Stand) -> None:
    silent = replace(step(), judge=lambda *_: Judgement(()))
    unseen = replace(step(), judge=lambda *_: Judgement(("none",), (SELFTEST_NOT_DONE.found("no flash"),)))
    for made, reason in ((silent, "nothing of it could be measured"), (unseen, "no flash")):
        result, measured = do_step(made, stand)
        assert (result.outcome, result.reason, result.findings) == (Outcome.NOT_DONE, reason, ())
        assert measured == runs(run()), "it is kept all the same"


def test_what_keeps_a_step_from_its_end_is_told_as_a_finding(stand: Stand) -> None:
    def refuse(_: Stand) -> Runs:
        raise BenchError(found("sdk-missing"))

    result, measured = do_step(step(measure=refuse), stand)
    assert (result.outcome, [each.code for each in result.findings], measured) == (
        Outcome.FAILED,
        ["sdk-missing"],
        None,
    )


def test_a_defect_costs_its_step_alone_and_says_where_it_is(stand: Stand) -> None:
    def stumble(_: Stand) -> Runs:
        raise ZeroDivisionError("nothing to divide by")

    result, _ = do_step(step(measure=stumble), stand)
    (finding,) = result.findings
    assert (result.outcome, finding.code) == (Outcome.FAILED, "selftest-step-failed")
    assert "ZeroDivisionError: nothing to divide by (at " in finding.what


def test_an_interruption_is_no_defect(stand: Stand) -> None:
    def stop(_: Stand) -> Runs:
        raise Interrupted

    with pytest.raises(Interrupted):
        do_step(step(measure=stop), stand)


def test_a_step_that_the_rig_has_no_use_for_is_not_done(stand: Stand) -> None:
    result, _ = do_step(step(lacks=lambda _: "the rig has no master"), stand)
    assert (result.outcome, result.reason) == (Outcome.NOT_DONE, "the rig has no master")


def test_a_step_of_the_whole_rig_is_not_done_while_a_device_is_absent(stand: MadeUpStand) -> None:
    stand.absent_serials = ("000234567812",)
    result, _ = do_step(step(), stand)
    assert (result.outcome, result.reason) == (Outcome.NOT_DONE, "not found on the bench: left")
    assert do_step(step(of_rig=False), stand)[0].outcome is Outcome.AS_EXPECTED


@pytest.mark.parametrize(("code", "looks"), [("discovery-hangs", 1), ("worker-died", 3)])
def test_devices_that_can_not_be_listed_cost_their_minutes_once(
    code: str, looks: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def survey(*_: Any) -> tuple[Discovered, ...]:
        asked.append(1)
        raise BenchError(found(code))

    monkeypatch.setattr("kinect_sync.selftest.stand.survey", survey)
    beside = Stand(PLAN, replace(around(), launch=lambda _: no_worker), tmp_path)
    told = [beside.run("a run", beside.rig, 1.0).findings for _ in range(2)]
    assert beside.absent() == ()
    assert [[each.code for each in findings] for findings in told] == [[code]] * 2
    assert len(asked) == looks


def test_a_device_that_does_not_open_is_looked_for_anew_with_each_step(stand: MadeUpStand) -> None:
    stand.closed_for = 3
    result, _ = do_step(step(), stand)
    names = ", ".join(each.name for each in stand.rig.devices)
    assert result.reason == f"not found on the bench, where a device does not open: {names}"
    assert do_step(step(), stand)[0].outcome is Outcome.NOT_DONE
    assert do_step(step(), stand)[0].outcome is Outcome.AS_EXPECTED


@pytest.mark.parametrize(("asked", "outcome"), [(True, Outcome.AS_EXPECTED), (False, Outcome.NOT_DONE)])
def test_a_hand_is_asked_for_and_may_decline(asked: bool, outcome: Outcome, tmp_path: Path) -> None:
    questions: list[str] = []

    def ask(what: str) -> bool:
        questions.append(what)
        return asked

    beside = MadeUpStand(PLAN, around(Hand(ask=ask, tell=lambda _: None)), tmp_path)
    result, _ = do_step(step(hand="hold the light"), beside)
    assert (questions, result.outcome) == (["hold the light"], outcome)


def test_where_there_is_no_hand_that_is_said(stand: Stand) -> None:
    result, _ = do_step(step(hand="hold the light"), stand)
    assert (result.outcome, result.reason) == (Outcome.NOT_DONE, NEEDS_HAND)


@pytest.mark.parametrize(
    ("simulated", "hand", "pulses", "outcome"),
    [
        (False, False, True, Outcome.NOT_DONE),
        (False, False, False, Outcome.AS_EXPECTED),
        (False, True, True, Outcome.AS_EXPECTED),
        (True, False, True, Outcome.AS_EXPECTED),
    ],
    ids=["nobody is there", "it needs no pulses", "somebody is there", "it is simulated"],
)
def test_an_external_trigger_needs_somebody(
    simulated: bool, hand: bool, pulses: bool, outcome: Outcome, tmp_path: Path
) -> None:
    plan = SelftestPlan(rig=load_rig(str(CONFIGS / "external_trigger.yaml")).rig)
    beside = Hand(ask=lambda _: True, tell=lambda _: None) if hand else None
    there = replace(around(beside), simulated=simulated)
    result, _ = do_step(step(pulses=pulses), MadeUpStand(plan, there, tmp_path))
    assert (result.outcome, result.reason) == (
        outcome,
        NEEDS_TRIGGER if outcome is Outcome.NOT_DONE else None,
    )
    told = {each.name: each.reason for each in listed(plan).steps}
    assert (told["rates"], told["alone"]) == ("it needs a hand for the external trigger", "")


# --- all steps --------------------------------------------------------------------------------------------


def test_everything_is_in_one_zip_and_nothing_else(tmp_path: Path, steps: list[Step[Any]]) -> None:
    def littering(stand: Stand) -> Runs:
        (stand.folder / "mine.txt").write_text("not of the self-test")
        return runs(run())

    steps += [
        step("one", measure=littering),
        step("two", found("constant-bias", "left"), place=2),
        step("three", hand="wave", place=3),
    ]
    notebook = Notebook(tmp_path / "day", PLAN)
    report = run_selftest(PLAN, around(), notebook)
    assert (report.verdict, [each.outcome for each in report.steps]) == (
        Verdict.BAD,
        [Outcome.AS_EXPECTED, Outcome.OTHERWISE, Outcome.NOT_DONE],
    )
    assert [each.what for each in report.findings] == [
        "two: it is as it is",
        f"three: not done: {NEEDS_HAND}",
    ]
    assert report.archive == str(tmp_path / "day" / "day.zip")
    with zipfile.ZipFile(report.archive) as file:
        assert sorted(file.namelist()) == sorted(
            [
                "README.txt",
                "report.html",
                "report.json",
                "rig.json",
                "sdk.txt",
                "measured/one.json",
                "measured/two.json",
            ]
        )
        written = json.loads(file.read("report.json"))
        assert written == json.loads(report.model_dump_json())
        assert written["devices"]["000123456712"] == "color 1.6.110, depth 1.6.80, audio 1.6.14"
        assert Runs.model_validate_json(file.read("measured/one.json")) == runs(run())
        assert "<h1>Self-test of daisy-chain-3</h1>" in file.read("report.html").decode()


def test_images_are_in_the_zip_only_where_they_were_asked_for(tmp_path: Path, steps: list[Step[Any]]) -> None:
    def look(stand: Stand) -> Runs:
        (stand.folder / "images").mkdir(exist_ok=True)
        (stand.folder / "images" / "one.jpg").write_bytes(b"face")
        return runs(run())

    steps.append(step(measure=look))
    for with_images in (False, True):
        plan = PLAN.model_copy(update={"with_images": with_images})
        notebook = Notebook(tmp_path / "day", plan)
        with zipfile.ZipFile(run_selftest(plan, around(), notebook).archive or "") as file:
            assert ("images/one.jpg" in file.namelist()) is with_images


def test_what_is_done_is_not_done_again_unless_asked_for(tmp_path: Path, steps: list[Step[Any]]) -> None:
    done: list[str] = []

    def measure(name: str) -> Callable[[Stand], Runs]:
        def measuring(_: Stand) -> Runs:
            done.append(name)
            if name == "two" and done.count("two") == 1:
                raise Interrupted
            return runs(run(name))

        return measuring

    steps += [
        step(name, measure=measure(name), place=place) for place, name in enumerate(("one", "two", "three"))
    ]
    with pytest.raises(Interrupted):
        run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    told = Told()
    report = run_selftest(PLAN, around(), Notebook(tmp_path, PLAN), watcher=told)
    assert done == ["one", "two", "two", "three"]
    assert told.results[0] == ("one", Outcome.AS_EXPECTED, True)
    assert [kept for _, _, kept in told.results] == [True, False, False]
    assert report.verdict is Verdict.GOOD
    run_selftest(PLAN, around(), Notebook(tmp_path, PLAN), only=["one"])
    assert done == ["one", "two", "two", "three", "one"]


def test_a_step_that_failed_or_was_left_out_is_tried_again(tmp_path: Path, steps: list[Step[Any]]) -> None:
    steps += [step("fails", found("device-late")), step("needs", hand="wave", place=2)]
    run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    steps[0] = step("fails")
    hand = Hand(ask=lambda _: True, tell=lambda _: None)
    report = run_selftest(PLAN, around(hand), Notebook(tmp_path, PLAN))
    assert [each.outcome for each in report.steps] == [Outcome.AS_EXPECTED] * 2


def test_an_unknown_step_is_refused_before_anything_is_done(tmp_path: Path, steps: list[Step[Any]]) -> None:
    steps.append(step("one"))
    with pytest.raises(UsageError, match="no step is named 'two': there are one"):
        run_selftest(PLAN, around(), Notebook(tmp_path, PLAN), only=["two"])


def test_a_bench_that_cannot_be_listed_is_told_by_the_steps(
    tmp_path: Path, steps: list[Step[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MadeUpStand, "broken", BenchError(found("sdk-missing")))
    steps.append(step("look", measure=lambda stand: runs(run(str(stand.bench)))))
    report = run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    assert (report.verdict, report.devices) == (Verdict.FAILED, {})
    monkeypatch.setattr(MadeUpStand, "broken", None)
    assert len(run_selftest(PLAN, around(), Notebook(tmp_path, PLAN)).devices) == 3


@pytest.mark.parametrize(
    ("plan", "firmware"),
    [
        (PLAN.model_copy(update={"rig": PLAN.rig.model_copy(update={"name": "other"})}), FIRMWARE),
        (PLAN.model_copy(update={"amounts": QUICK}), FIRMWARE),
        (PLAN, FIRMWARE.model_copy(update={"color": "1.6.102"})),
    ],
    ids=["another rig", "another length", "other firmware"],
)
def test_a_self_test_goes_on_with_the_same_rig_devices_and_length_alone(
    plan: SelftestPlan,
    firmware: Firmware,
    tmp_path: Path,
    steps: list[Step[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps.append(step())
    run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    monkeypatch.setattr(MadeUpStand, "firmware", firmware)
    with pytest.raises(UsageError) as refused:
        run_selftest(plan, around(), Notebook(tmp_path, plan))
    assert refused.value.findings[0].code == "selftest-other-rig"


@pytest.mark.parametrize("content", [b"", b"{}", b'{"format": 9}', b"\x00\xff"])
def test_a_notebook_that_cannot_be_read_is_refused_and_stays(content: bytes, tmp_path: Path) -> None:
    (tmp_path / NOTEBOOK).write_bytes(content)
    with pytest.raises(UsageError, match="is no self-test of this version"):
        Notebook(tmp_path, PLAN)
    assert (tmp_path / NOTEBOOK).read_bytes() == content


def test_a_folder_with_something_else_in_it_is_refused_and_keeps_it(tmp_path: Path) -> None:
    """Steps record takes and remove them: `-o takes` must not cost one of the same name."""
    (tmp_path / "take").mkdir()
    (tmp_path / "take" / "left.mkv").write_text("a day's work")
    with pytest.raises(UsageError, match="it holds something else: take") as refused:
        Notebook(tmp_path, PLAN)
    assert refused.value.findings[0].code == "selftest-folder-unusable"
    assert [path.name for path in tmp_path.rglob("*")] == ["take", "left.mkv"]


def test_a_folder_is_one_process_at_a_time_to_work_in(tmp_path: Path, steps: list[Step[Any]]) -> None:
    def meddle(_: Stand) -> Runs:
        with pytest.raises(UsageError) as refused:
            run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
        assert refused.value.findings[0].code == "selftest-in-use"
        return runs(run())

    steps.append(step(measure=meddle))
    report = run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    assert report.verdict is Verdict.GOOD, report.findings
    assert run_selftest(PLAN, around(), Notebook(tmp_path, PLAN)).verdict is Verdict.GOOD


def test_a_device_that_was_plugged_in_later_belongs_to_the_same_self_test(
    tmp_path: Path, steps: list[Step[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    steps.append(step())
    monkeypatch.setattr(MadeUpStand, "absent_serials", ("000234567812",))
    assert run_selftest(PLAN, around(), Notebook(tmp_path, PLAN)).steps[0].outcome is Outcome.NOT_DONE
    monkeypatch.setattr(MadeUpStand, "absent_serials", ())
    report = run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    assert (report.steps[0].outcome, len(report.devices)) == (Outcome.AS_EXPECTED, 3)
    monkeypatch.setattr(MadeUpStand, "absent_serials", ("000345678912",))
    assert len(run_selftest(PLAN, around(), Notebook(tmp_path, PLAN)).devices) == 3


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_files_of_a_self_test_from_elsewhere_are_not_obeyed(tmp_path: Path, steps: list[Step[Any]]) -> None:
    """A link may lead to what is nobody's business, a pipe waits for ever, a line may move the cursor."""
    folder, secret = tmp_path / "day", tmp_path / "secret.json"
    secret.write_text(runs(run("a secret")).model_dump_json())
    said = device("left", lines=("\x1b[2Jclear",))
    names = ("one", "two", "three")
    steps += [step(name, draw=lambda _: None, place=place) for place, name in enumerate(names)]
    steps.append(step("four", measure=lambda _: runs(run(devices=[said])), place=4))
    run_selftest(PLAN, around(), Notebook(folder, PLAN))
    for name in names:
        (folder / "measured" / f"{name}.json").unlink()
    (folder / "measured" / "one.json").symlink_to(secret)
    os.mkfifo(folder / "measured" / "two.json")
    (folder / "measured" / "three.json").write_text('{"runs": 7}')
    report = run_selftest(PLAN, around(), Notebook(folder, PLAN))
    with zipfile.ZipFile(report.archive or "") as file:
        measured = sorted(name for name in file.namelist() if "measured" in name)
        assert measured == ["measured/four.json", "measured/three.json"]
        assert file.read("sdk.txt").decode() == "four: a run: left: \\x1b[2Jclear\n"


def test_a_step_under_the_name_of_another_is_refused(tmp_path: Path, steps: list[Step[Any]]) -> None:
    steps.append(step())
    run_selftest(PLAN, around(), Notebook(tmp_path, PLAN))
    notes = (tmp_path / NOTEBOOK).read_text()
    (tmp_path / NOTEBOOK).write_text(notes.replace('"name": "one"', '"name": "../../one"'))
    with pytest.raises(UsageError, match="is no self-test of this version"):
        Notebook(tmp_path, PLAN)


def test_a_folder_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UsageError) as refused:
        Notebook(tmp_path / "file", PLAN)
    assert refused.value.findings[0].code == "selftest-folder-unusable"


def test_the_list_says_what_each_step_needs_and_does_none() -> None:
    report = listed(PLAN)
    assert {each.outcome for each in report.steps} == {Outcome.NOT_DONE}
    needs = {each.name: each.reason for each in report.steps}
    assert (needs["usb-plug"], needs["bench"]) == ("it needs a hand", "")
    assert all(each.about_s > 0 for each in report.steps)


def test_a_step_is_found_by_being_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(registry.steps.__path__[0]) / "together.py"
    (tmp_path / "again.py").write_text(
        source.read_text().replace('"together"', '"again"').replace("place=120", "place=5")
    )
    monkeypatch.setattr(registry.steps, "__path__", [*registry.steps.__path__, str(tmp_path)])
    assert registry.find_steps()[0].name == "again"
