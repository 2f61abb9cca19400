"""The frame of every report: whatever happens, one JSON object on stdout that its schema describes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest
from jsonschema import Draft202012Validator

from kinect_sync.benches.workplaces import Workplaces, workplaces
from kinect_sync.calibration.rig_calibration import write_rig_calibration
from kinect_sync.cli.exit_codes import ExitCode, exit_code
from kinect_sync.cli.main import SUBCOMMANDS, ksync
from kinect_sync.cli.reports import COMMANDS, REPORTS, report_name, report_schema
from kinect_sync.doctor.checks.usb_memory import USB_MEMORY
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import CERTIFICATE_EXPIRES
from kinect_sync.studio.certificates import utc_now
from kinect_sync.studio.folders import read_studio
from kinect_sync.studio.founding import add_host, found_studio
from kinect_sync.takes.packing.packings import Packing
from kinect_sync.verdicts import UNANSWERED, Report, Rung, Verdict
from tests.cli.commands import CONFIGS, Ended, run_ksync
from tests.cli.in_process import Done, Run
from tests.review.fused import UPRIGHT, calibration_of
from tests.review.sets import LEFT, MASTER, write_set
from tests.review.small_takes import SERIALS, make_take, small_rig
from tests.timing.laser_rigs import laser_rig_text

RIG = CONFIGS / "daisy_chain_3.yaml"
ALONE = CONFIGS / "standalone.yaml"
FAULTS = CONFIGS / "faults"


class Case(NamedTuple):
    """A command line, and what comes of it."""

    command: str
    arguments: tuple[object, ...]
    """Paths that are not absolute are beneath the folder that `lay_out` makes."""
    verdict: str
    code: str | None = None
    """One of the findings."""


def lay_out(folder: Path) -> None:
    """A rig that is wrong, a take, sets of recordings, and what is none of these."""
    (folder / "wrong.yaml").write_text("name: x\n")
    (folder / "tight.yaml").write_text(laser_rig_text(3))
    (folder / "small.yaml").write_text(small_rig().model_dump_json(by_alias=True, exclude_defaults=True))
    (folder / "here.yaml").write_text("name: mine\n")
    make_take(folder / "take", rig=small_rig())
    make_take(folder / "holes", rig=small_rig(), holes={"left": {2: "half_capture"}})
    broken = make_take(folder / "broken", rig=small_rig())
    spoil_an_image(broken / "left.mkv")
    make_take(folder / "packed", rig=small_rig(), pulses=2, packing=Packing.PNG)
    spoiled = shutil.copytree(folder / "packed", folder / "spoiled")
    spoil_a_packed_image(spoiled / "left.mkv")
    write_rig_calibration(folder / "places.json", calibration_of(dict.fromkeys(SERIALS, UPRIGHT)))
    (make_take(folder / "robbed", rig=small_rig()) / "left.mkv").unlink()
    write_set(folder / "late", [MASTER, replace(LEFT, bias_us=3000)])
    write_set(folder / "dead", [MASTER, replace(LEFT, unfinished=True)])
    write_set(folder / "in the way", [MASTER, replace(LEFT, unfinished=True)])
    (folder / "in the way" / "left.repaired.mkv").write_text("mine")
    write_set(folder / "nothing in it", [replace(MASTER, pulses=0)])
    (folder / "empty").mkdir()
    for studio in ("studio", "lonely"):
        found_studio(folder / studio, studio, utc_now())
    add_host(read_studio(folder / "studio"), "stolen", "10.0.0.13", None, folder / "stolen", utc_now())


def spoil_an_image(recording: Path) -> None:
    """Let the first image of a recording be no JPEG."""
    data = recording.read_bytes()
    recording.write_bytes(data.replace(b"\xff\xd8", b"\xff\x00", 1))


def spoil_a_packed_image(recording: Path) -> None:
    """Let the first packed image of a recording be none."""
    data = recording.read_bytes()
    recording.write_bytes(data.replace(b"IDAT", b"IDOT", 1))


CASES = [
    Case("init", ("--simulate", RIG), "good"),
    Case("init", ("--simulate", RIG, "-o", "here.yaml"), "refused", "rig-exists"),
    Case("init", ("--simulate", "wrong.yaml"), "refused", "missing-field"),
    Case("init", ("--simulate", RIG, "--faults", FAULTS / "open-fails.yaml"), "failed", "open-failed"),
    Case("validate", (RIG,), "valid"),
    Case("validate", ("wrong.yaml",), "not_valid", "missing-field"),
    Case("validate", ("nowhere.yaml",), "not_valid", "rig-not-found"),
    Case("plan-offsets", (CONFIGS / "star_3.yaml", "--replan"), "planned", "laser-gap"),
    Case("plan-offsets", ("tight.yaml", "--min-gap-us", 9000), "refused", "offsets-do-not-fit"),
    Case("plan-offsets", ("tight.yaml", "-o", "here.yaml"), "refused", "file-exists"),
    Case("plan-offsets", ("empty",), "refused", "rig-is-a-directory"),
    Case("board", ("A4",), "good"),
    Case("board", ("A4", "-o", "here.yaml"), "refused", "not-a-figure"),
    Case("board", ("A0",), "refused", "board-unknown"),
    Case("doctor", ("wrong.yaml",), "refused", "missing-field"),
    Case("doctor", (RIG, "--simulate", FAULTS / "open-fails.yaml"), "failed", "open-failed"),
    Case("devices", (RIG, "--simulate"), "good"),
    Case("devices", (RIG, "--simulate", FAULTS / "device-unexpected.yaml"), "bad", "device-unexpected"),
    Case("devices", ("nowhere.yaml",), "refused", "rig-not-found"),
    Case("devices", (RIG, "--simulate", "nowhere.yaml"), "refused", "faults-unreadable"),
    Case("devices", (RIG, "--simulate", FAULTS / "device-busy.yaml"), "failed", "device-busy"),
    Case("check-jacks", (RIG, "--simulate"), "good"),
    Case("check-jacks", (CONFIGS / "femto_star.yaml", "--simulate"), "unknown"),
    Case("check-jacks", (RIG, "--simulate", FAULTS / "cable-unplugged.yaml"), "bad", "jack-unplugged"),
    Case("check-jacks", ("wrong.yaml",), "refused", "missing-field"),
    Case("check-jacks", (RIG, "--simulate", FAULTS / "jacks-fail.yaml"), "failed", "jacks-unreadable"),
    Case("verify", (RIG, "--simulate", FAULTS / "device-unexpected.yaml"), "bad", "device-unexpected"),
    Case("verify", ("wrong.yaml",), "refused", "missing-field"),
    Case("verify", (ALONE, "--pairwise", "--simulate"), "refused", "pairwise-without-master"),
    Case("verify", (RIG, "--simulate", FAULTS / "device-busy.yaml"), "failed", "device-busy"),
    Case("selftest", (RIG, "--list"), "good"),
    Case("selftest", ("wrong.yaml",), "refused", "missing-field"),
    Case("selftest", (RIG, "--simulate", "--only", "none", "-o", "day"), "refused", "selftest-no-step"),
    Case("selftest", (RIG, "-o", "small.yaml/day"), "refused", "selftest-folder-unusable"),
    Case(
        "selftest",
        (RIG, "--simulate", FAULTS / "device-unexpected.yaml", "--only", "bench", "-o", "stranger"),
        "bad",
        "device-unexpected",
    ),
    Case("hosts init", ("studio", "--studio", "new"), "good"),
    Case("hosts init", ("other", "--studio", "studio"), "refused", "studio-exists"),
    Case("hosts add", ("host-b", "10.0.0.12", "--studio", "studio", "-o", "host-b"), "good"),
    Case("hosts add", ("host-c", "10.0.0.300", "--studio", "studio"), "refused", "host-name-unusable"),
    Case("hosts list", ("--studio", "lonely"), "good"),
    Case("hosts list", (RIG, "--studio", "nowhere"), "refused", "studio-missing"),
    Case("hosts remove", ("stolen", "--studio", "studio"), "good"),
    Case("hosts remove", ("host-b", "--studio", "lonely"), "refused", "host-unknown"),
    Case("hosts end", ("walk", "--studio", "lonely"), "bad", "take-not-recorded"),
    Case("hosts end", ("walk", "--studio", "nowhere"), "refused", "studio-missing"),
    Case("hosts collect", ("take", "--studio", "nowhere"), "collected"),
    Case("hosts collect", ("robbed", "--studio", "nowhere"), "refused", "studio-missing"),
    Case("start", (RIG, "-o", ".", "--name", "take"), "refused", "take-exists"),
    Case("start", ("wrong.yaml",), "refused", "missing-field"),
    Case("start", ("small.yaml", "--playback", "empty"), "refused", "no-recordings"),
    Case("start", (RIG, "--simulate", FAULTS / "device-missing.yaml"), "failed", "device-missing"),
    Case("stream", ("wrong.yaml",), "refused", "missing-field"),
    Case("stream", (RIG, "--to", "0.0.0.0:9000"), "refused", "stream-address-unusable"),
    Case("stream", (RIG, "--simulate", FAULTS / "device-missing.yaml"), "failed", "device-missing"),
    Case("inspect", ("take",), "in_sync"),
    Case("inspect", ("take/front.mkv",), "complete"),
    Case("inspect", ("late",), "out_of_sync", "constant-bias"),
    Case("inspect", ("holes",), "incomplete", "captures-half-capture"),
    Case("inspect", ("nothing in it",), "empty"),
    Case("inspect", ("take", "--rebuild"), "refused", "index-exists"),
    Case("inspect", ("empty",), "refused", "no-recordings"),
    Case("repair", ("late",), "whole"),
    Case("repair", ("dead",), "repaired"),
    Case("repair", ("in the way",), "not_repaired", "repair-exists"),
    Case("repair", ("nowhere",), "refused", "no-such-path"),
    Case("restore", ("packed", "-o", "restored"), "restored"),
    Case("restore", ("spoiled", "-o", "in parts"), "incomplete", "restored-without-image"),
    Case("restore", ("take", "-o", "new"), "refused", "nothing-packed"),
    Case("export", ("take", "-o", "images", "--jobs", 1), "exported"),
    Case("export", ("broken", "-o", "out", "--what", "color", "--png"), "incomplete", "image-broken"),
    Case("export", ("empty", "-o", "out"), "refused", "take-missing"),
    Case("export", ("take", "-o", "late"), "refused", "folder-not-empty"),
    Case("calibrate", ("take", "-o", "new.json", "--jobs", 1), "bad", "board-not-seen"),
    Case("calibrate", ("take", "-o", "places.json"), "refused", "file-exists"),
    Case("calibrate", ("take", "--check"), "refused", "rig-calibration-missing"),
    Case("calibrate", ("take", "--live", "-o", "live.json"), "refused", "walk-not-recorded"),
    Case("fuse", ("take", "-o", "clouds", "--calibration", "places.json", "--jobs", 1), "fused"),
    Case("fuse", ("broken", "-o", "some", "--calibration", "places.json"), "incomplete", "pulse-not-fused"),
    Case("fuse", ("take", "-o", "none"), "refused", "rig-calibration-missing"),
    Case("fuse", ("take", "-o", "late", "--calibration", "places.json"), "refused", "fusion-not-empty"),
    Case("archive", ("take", "-o", "kept", "--codec", "png"), "archived"),
    Case("archive", ("empty",), "refused", "no-recordings"),
    Case("archive", ("take", "--verify"), "refused", "archive-none"),
    Case("report", ("take",), "good"),
    Case("report", ("robbed",), "incomplete", "recording-missing"),
    Case("report", ("empty",), "refused", "take-missing"),
    Case("report", ("take", "-o", "here.yaml"), "refused", "file-exists"),
]  # fmt: skip


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "laid out"
    folder.mkdir()
    lay_out(folder)
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.command}: {case.verdict}, {case.code}")
def test_whatever_happens_there_is_one_report(
    case: Case, run: Run, laid_out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(laid_out)
    done = run(*case.command.split(), *case.arguments, "--json")
    report = one_report(case.command, done)
    assert report["verdict"] == case.verdict, done.err
    assert case.code is None or case.code in [finding["code"] for finding in report["findings"]]


MEMORY = USB_MEMORY.found("usbfs_memory_mb is 16 for 3 devices")


def test_what_a_take_is_warned_of_before_is_in_its_report_and_on_stderr_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.doctor.readiness.check_readiness", lambda *_: (MEMORY,))
    rig, faults = tmp_path / "tight.yaml", tmp_path / "faults.yaml"
    rig.write_text(laser_rig_text(3))
    faults.write_text("devices: {cam-2: {missing: true}}")
    done = run("start", rig, "--simulate", faults, "-o", tmp_path, "--json")
    assert done.told == [("device-missing", "cam-2"), ("laser-conflict", "cam-1"), ("usb-memory", None)]
    assert [done.err.count(finding["what"]) for finding in done.report["findings"]] == [1, 1, 1]


def test_what_a_verification_is_warned_of_before_is_in_its_report_and_on_stderr_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.cli.verify.check_readiness", lambda *_: (MEMORY,))
    done = run("verify", RIG, "--simulate", FAULTS / "device-missing.yaml", "--json")
    assert done.told == [("usb-memory", None), ("device-missing", "left")]
    assert [done.err.count(finding["what"]) for finding in done.report["findings"]] == [1, 1]


def test_what_is_told_of_hosts_before_a_verification_is_in_its_report_and_on_stderr_once(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    expires = CERTIFICATE_EXPIRES.found("the certificate of host-b expires soon")

    @contextmanager
    def telling(*given: Any, **named: Any) -> Iterator[Workplaces]:
        with workplaces(*given, **named) as work:
            yield replace(work, findings=(expires,))

    monkeypatch.setattr("kinect_sync.cli.bench.workplaces", telling)
    done = run("verify", RIG, "--simulate", FAULTS / "device-missing.yaml", "--json")
    assert done.told == [("certificate-expires", None), ("device-missing", "left")]
    assert [done.err.count(finding["what"]) for finding in done.report["findings"]] == [1, 1]


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("path", ["x" * 300, None])
def test_a_path_or_a_disk_that_the_system_refuses_gives_a_report(
    path: str | None, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = OSError(errno.EIO, os.strerror(errno.EIO), path)
    monkeypatch.setattr("kinect_sync.cli.repair.repair_files", raising(trouble))
    report = one_report("repair", run("repair", "take", "--json"))
    (finding,) = report["findings"]
    assert (report["verdict"], finding["code"]) == ("refused", "path-unusable")
    assert len(finding["what"]) < 200


@pytest.mark.parametrize("interruption", [KeyboardInterrupt(), Interrupted()], ids=["at once", "when asked"])
def test_an_interruption_gives_no_report(
    interruption: BaseException, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kinect_sync.cli.repair.repair_files", raising(interruption))
    done = run("repair", "take", "--json")
    assert (done.code, done.out, done.err) == (130, "", "")


def test_a_defect_gives_no_report(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kinect_sync.cli.repair.repair_files", raising(FileNotFoundError(2, "none", "x")))
    with pytest.raises(FileNotFoundError):
        run("repair", "take", "--json")


@pytest.mark.realtime
@pytest.mark.parametrize(("take", "verdict"), [("take", "in_sync"), ("holes", "incomplete")])
def test_there_is_one_report_of_a_take_too(laid_out: Path, tmp_path: Path, take: str, verdict: str) -> None:
    played = ("small.yaml", "--playback", take, "--fast")
    done = run_ksync("start", *played, "-o", tmp_path, "--json", cwd=laid_out)
    assert one_report("start", done)["verdict"] == verdict, done.err


def one_report(command: str, done: Done | Ended) -> dict[str, Any]:
    """The report that is all that is on stdout, after a look at whether it is one."""
    report, end = json.JSONDecoder().raw_decode(done.out)
    assert done.out[end:] == "\n"
    assert (report["report"], report["format"]) == (report_name(COMMANDS[command]), 1)
    Draft202012Validator(report_schema(COMMANDS[command])).validate(report)
    COMMANDS[command].model_validate_json(done.out)
    assert done.code == exit_code(Verdict(report["verdict"]))
    assert "Traceback" not in done.err
    return dict(report)


def test_every_command_is_tried_with_an_answer_and_without() -> None:
    for command in COMMANDS:
        rungs = {Verdict(case.verdict).rung for case in CASES if case.command == command}
        assert Rung.REFUSED in rungs, command
        assert len(rungs) > 1, command


def test_every_command_that_prints_json_prints_a_report() -> None:
    assert {name for name in SUBCOMMANDS if "--json" in options_of(name)} == set(COMMANDS)


def options_of(name: str) -> set[str]:
    command = ksync.get_command(click.Context(ksync), name)
    assert command is not None
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize("name", REPORTS)
def test_each_report_can_say_that_there_is_no_answer(name: str) -> None:
    findings = (Finding(code="no-devices", what="there are none"),)
    for verdict in UNANSWERED:
        report = REPORTS[name].unanswered(verdict, findings)
        assert (report.report, report.format, report.verdict, report.findings) == (name, 1, verdict, findings)


@pytest.mark.parametrize("name", REPORTS)
def test_the_frame_comes_first(name: str) -> None:
    fields = list(REPORTS[name].unanswered(Verdict.FAILED, ()).model_dump())
    assert fields[:4] == list(Report.model_fields)


@pytest.mark.parametrize("name", REPORTS)
def test_the_schema_of_a_report_is_printed(name: str, run: Run) -> None:
    done = run("schema", name)
    assert (done.code, json.loads(done.out)) == (0, report_schema(REPORTS[name]))
    Draft202012Validator.check_schema(report_schema(REPORTS[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_each_field_of_a_report_says_what_it_means(name: str) -> None:
    schema = report_schema(REPORTS[name])
    for described in (schema, *schema["$defs"].values()):
        for field, each in described.get("properties", {}).items():
            assert each.get("description"), (described["title"], field)
            assert "|" not in each["description"], "it stands in a table"


def test_a_report_that_there_is_not_is_told_with_those_that_there_are(run: Run) -> None:
    done = run("schema", "nonsense")
    assert (done.code, done.out) == (2, "")
    assert all(name in done.err for name in REPORTS)


@pytest.mark.parametrize(
    ("sentence", "change"),
    [
        ("a word of another report", lambda report: report | {"verdict": "exported"}),
        ("no findings", lambda report: {k: v for k, v in report.items() if k != "findings"}),
        ("another report", lambda report: report | {"report": "take"}),
        ("a field that is gone", lambda report: {k: v for k, v in report.items() if k != "missing"}),
    ],
)
def test_a_schema_refuses_what_is_no_such_report(
    sentence: str, change: Callable[[dict[str, Any]], dict[str, Any]]
) -> None:
    validator = Draft202012Validator(report_schema(REPORTS["inventory"]))
    report = REPORTS["inventory"].unanswered(Verdict.REFUSED, ()).model_dump(mode="json")
    assert validator.is_valid(report)
    assert validator.is_valid(report | {"of_tomorrow": 1}), "fields may be added"
    assert not validator.is_valid(change(report)), sentence


def test_each_rung_has_its_exit_code() -> None:
    assert [ExitCode[rung.name] for rung in Rung] == [0, 1, 2, 3]
