"""The Kinect adapter over the real pyk4a and libk4a, with virtual devices beneath them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.commands import PATIENCE_S
from tests.devices.k4a_programs import FEMTO, LAST, MASTER, MIDDLE
from tests.virtual_k4a.bench import ALWAYS, LONG_QUEUE, VirtualBench, VirtualDevice, chain
from tests.virtual_k4a.fixtures import require_virtual_k4a

ROOT = Path(__file__).parents[2]
POWERLINE, EXPOSURE, WHITE_BALANCE, GAIN = 9, 0, 6, 8

Run = tuple[dict[str, Any], VirtualBench]


def run(bench: VirtualBench, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.devices.k4a_programs", program, *arguments]
    environment = bench.environment(DISPLAY="")
    return subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S
    )


def report_of(bench: VirtualBench, program: str, *arguments: str) -> Run:
    finished = run(bench, program, *arguments)
    assert finished.returncode == 0, finished.stderr
    return json.loads(finished.stdout), bench


@pytest.fixture(scope="module")
def make_bench(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[VirtualDevice]], VirtualBench]:
    require_virtual_k4a()
    return lambda devices: VirtualBench(tmp_path_factory.mktemp("bench"), devices)


@pytest.fixture(scope="module")
def chain_run(make_bench: Any) -> Run:
    master, middle, last = chain(MASTER, MIDDLE, LAST, queue=LONG_QUEUE)
    middle = replace(middle, kept_gain=3, kept_white_balance_k=2700)
    return report_of(make_bench([master, middle, last]), "chain")


@pytest.fixture(scope="module")
def troubles_run(make_bench: Any) -> Run:
    fast = {"first_us": 5000, "start_us": 0}
    devices = [
        VirtualDevice("000000000001"),
        VirtualDevice("000000000002"),
        VirtualDevice("000000000003", start_fails=ALWAYS),
        VirtualDevice("000000000004", control_read_fails=(EXPOSURE,)),
        VirtualDevice("000000000005", control_write_fails=(POWERLINE,)),
        VirtualDevice("000000000006", control_read_fails=(GAIN,)),
        VirtualDevice("000000000007"),
        VirtualDevice("000000000008", calibration_fails=True),
        VirtualDevice("000000000009", error_after=2, **fast),
        VirtualDevice("000000000010", imu_fails=True, **fast),
        VirtualDevice("CL8K14101E3", femto=True, **fast),
        VirtualDevice("000000000011", reports="000000000099"),
        VirtualDevice("000000000012", serial_fails=True),
        VirtualDevice("000000000014", open_fails=ALWAYS),
        VirtualDevice("000000000015", control_read_fails=(GAIN,)),
    ]
    return report_of(make_bench(devices), "troubles")


@pytest.fixture(scope="module")
def modes_run(make_bench: Any) -> Run:
    fast = {"first_us": 5000, "start_us": 0, "queue": LONG_QUEUE}
    device = VirtualDevice(MASTER, no_color=(1,), no_depth=(2,), garbage=1, **fast)
    return report_of(make_bench([device]), "modes")


def test_discovery_lists_serials_jacks_and_firmware(chain_run: Run) -> None:
    report, _ = chain_run
    firmware = {"color": "1.6.110", "depth": "1.6.80", "audio": "1.6.14"}
    jacks = [(False, True), (True, True), (True, False)]
    assert report["discovered"] == [
        {
            "index": index,
            "serial": serial,
            "jacks": {"sync_in": jack[0], "sync_out": jack[1]},
            "firmware": firmware,
            "problem": None,
            "host": None,
        }
        for index, (serial, jack) in enumerate(zip((MASTER, MIDDLE, LAST), jacks, strict=True))
    ]
    assert report["firmware"] == firmware
    assert [tuple(jack.values()) for jack in report["jacks"]] == jacks


def test_devices_are_found_by_serial_whatever_the_hint(chain_run: Run) -> None:
    report, _ = chain_run
    assert report["serials"] == [MASTER, MIDDLE, LAST]


def test_an_imu_that_ends_is_told_once_and_the_cameras_go_on(make_bench: Any) -> None:
    report, bench = report_of(make_bench([VirtualDevice(MASTER, imu_ends_after=100)]), "imu_ends")
    assert report == {
        "samples": 100,
        "failures": [["ImuEnded", "imu-ended", f"k{MASTER}"]],
        "captures": True,
    }
    assert bench.events(MASTER)[-1].what == "close"


def test_a_bus_that_takes_its_time_holds_up_no_other_thread(make_bench: Any) -> None:
    """One of them takes captures, another reports."""
    report, _ = report_of(make_bench([VirtualDevice(MASTER, count_us=500_000)]), "count_slowly")
    assert {*report["counts"]} == {1}
    assert report["rounds"] > 10


def test_calibration_is_the_devices_own_json(chain_run: Run) -> None:
    report, bench = chain_run
    assert report["calibration"].encode() == (bench.directory / "calibration.1.json").read_bytes()


def test_powerline_is_set_before_exposure_and_all_before_the_start(chain_run: Run) -> None:
    _, bench = chain_run
    done = [
        int(event.details["command"]) if event.what == "set" else event.what
        for event in bench.events(MASTER)
        if event.what in ("set", "start")
    ]
    assert done == [POWERLINE, EXPOSURE, GAIN, WHITE_BALANCE, "start"]


def test_controls_are_what_the_camera_made_of_them(chain_run: Run) -> None:
    report, _ = chain_run
    assert report["controls"] == [
        {"exposure_us": 8330, "powerline_hz": 60, "gain": 99, "white_balance_k": 4510},
        {"exposure_us": 8330, "powerline_hz": 60, "gain": 3, "white_balance_k": None},
        {"exposure_us": 10000, "powerline_hz": 50, "gain": 128, "white_balance_k": None},
    ]


def test_a_device_in_use_is_busy_and_an_absent_one_may_be_among_those_in_use(chain_run: Run) -> None:
    report, _ = chain_run
    for case in ("busy", "absent"):
        assert report[case]["error"] == "DeviceBusy"
        assert "index 0, 1, 2" in report[case]["text"]


def test_subordinates_are_silent_until_the_master_runs(chain_run: Run) -> None:
    report, bench = chain_run
    assert report["silent"] == [None, None]
    assert report["early_imu"] == 0
    first = {serial: bench.log(serial)[0] for serial in (MIDDLE, LAST)}
    started = next(event for event in bench.events(MASTER) if event.what == "start")
    zeroed = [event for event in bench.events() if event.what == "zero"]
    assert {event.details["pulse"] for event in zeroed} == {"0"}
    assert all(event.number > 0 for event in first.values())
    assert started.details["mode"] == "1"


def test_images_are_those_delivered_without_a_copy(chain_run: Run) -> None:
    report, bench = chain_run
    for column, serial in enumerate((MASTER, MIDDLE, LAST)):
        delivered = bench.log(serial)
        for row, captures in enumerate(report["captures"]):
            images = captures[column]
            assert [images[name]["mark"] for name in images] == [[serial, delivered[row].number]] * 3
            assert images["color"]["usec"] == delivered[row].color_usec
            assert images["depth"]["usec"] == images["ir"]["usec"] == delivered[row].depth_usec
            assert not any(image["copied"] for image in images.values())
            assert all(image["nsec"] > 0 for image in images.values())


def test_delays_reach_the_device(chain_run: Run) -> None:
    report, _ = chain_run
    master = {entry[0]["color"]["mark"][1]: entry[0] for entry in report["captures"]}
    for entry in report["captures"][:2]:
        middle, last = entry[1], entry[2]
        at_master = master[middle["color"]["mark"][1]]["color"]["usec"]
        assert abs(middle["color"]["usec"] - at_master) <= 12
        assert abs(middle["depth"]["usec"] - middle["color"]["usec"] - 160) <= 12
        same = master.get(last["color"]["mark"][1])
        assert same is None or abs(last["color"]["usec"] - same["color"]["usec"] - 400) <= 12


def test_the_imu_runs_where_asked_and_after_the_first_capture_of_a_subordinate(chain_run: Run) -> None:
    report, bench = chain_run
    master, middle, last = report["imu"]
    assert len(master) > 100
    assert len(middle) > 10
    assert last == []
    temperature, acceleration, usec, rotation, _ = middle[0]
    assert temperature == 34.5
    assert acceleration[2] == pytest.approx(-9.81)
    assert len(rotation) == 3
    assert [sample[2] for sample in middle] == sorted(sample[2] for sample in middle)
    assert usec > 0
    order = [event.what for event in bench.events(MIDDLE) if event.what in ("start", "start_imu", "capture")]
    assert order[:3] == ["start", "capture", "start_imu"]


def test_every_device_is_stopped_and_closed_exactly_once(chain_run: Run) -> None:
    _, bench = chain_run
    for serial in (MASTER, MIDDLE, LAST):
        events = [event.what for event in bench.events(serial)]
        assert events.count("open") == events.count("close")
        assert events.count("stop") == 1


TROUBLES = [
    ("no-sync-in", "StartRefused", ["start-no-sync-in"], "a subordinate without a plug in sync in"),
    ("no-sync-out", "StartRefused", ["start-no-sync-out"], "a master without a plug in sync out"),
    ("read-fails", "DeviceError", ["control-unreadable"], "exposure read back as 0/AUTO"),
    ("write-fails", "DeviceError", ["control-refused"], "powerline refused"),
    ("gain-unreadable", "DeviceError", ["control-unreadable"], "gain read back as 0/AUTO"),
    (
        "gain-left-out-unreadable",
        "DeviceError",
        ["control-unreadable"],
        "gain that was not set, read as 0/AUTO",
    ),
    ("calibration", "DeviceError", ["calibration-unreadable"], "no calibration"),
    ("not-started", "DeviceError", ["not-started"], "read before the start"),
    ("lost", "DeviceLost", ["stream-ended"], "a stream error after two captures"),
    ("imu-fails", "StartRefused", ["imu-refused"], "the IMU does not start"),
    ("imu-fails-then", "DeviceError", ["not-started"], "the cameras were stopped again"),
    ("impostor", "DeviceBusy", ["device-may-be-busy"], "another serial where the device should be"),
    ("mute", "DeviceBusy", ["device-may-be-busy"], "a device that does not tell its serial"),
]


@pytest.mark.parametrize(("case", "error", "codes", "sentence"), TROUBLES, ids=[row[0] for row in TROUBLES])
def test_a_trouble_has_its_error(
    troubles_run: Run, case: str, error: str, codes: list[str], sentence: str
) -> None:
    outcome = troubles_run[0][case]
    assert (outcome["error"], outcome["codes"]) == (error, codes), sentence
    assert len(outcome["text"]) > 40


def test_a_control_that_was_left_alone_was_set_to_nothing(troubles_run: Run) -> None:
    assert "gain was set to 12" in troubles_run[0]["gain-unreadable"]["text"]
    assert "gain was left as it was" in troubles_run[0]["gain-left-out-unreadable"]["text"]


def test_an_unexplained_refusal_names_the_usual_causes(troubles_run: Run) -> None:
    outcome = troubles_run[0]["start-fails"]
    assert outcome["error"] == "StartRefused"
    assert outcome["codes"][0] == "start-refused"
    assert "start-no-display" in outcome["codes"]


def test_automatic_exposure_has_no_gain_to_report(troubles_run: Run) -> None:
    assert troubles_run[0]["auto"]["error"] is None
    assert "exposure_us='auto'" in troubles_run[0]["auto"]["result"]
    assert "gain=None" in troubles_run[0]["auto"]["result"]


def test_captures_before_the_loss_arrive(troubles_run: Run) -> None:
    assert troubles_run[0]["before-loss"] == [True, True]


def test_a_femto_does_not_know_its_jacks_and_starts_as_master(troubles_run: Run) -> None:
    report, _ = troubles_run
    assert report["femto-jacks"] == {"sync_in": None, "sync_out": None}
    assert report["femto-start"]["error"] is None
    discovered = next(item for item in report["discovered"] if item["serial"] == "CL8K14101E3")
    assert discovered["jacks"] == {"sync_in": None, "sync_out": None}


@pytest.mark.parametrize(
    "way",
    [{"mode_unset": (GAIN, POWERLINE)}, {"calibration_bare": True}, {"close_hangs_us": 300_000}],
    ids=[
        "two controls come without a mode",
        "the calibration ends without a NUL",
        "closing at once never ends",
    ],
)
def test_a_femto_behind_orbbecs_wrapper_opens_and_closes(make_bench: Any, way: dict[str, Any]) -> None:
    report, bench = report_of(make_bench([VirtualDevice(FEMTO, femto=True, **way)]), "wrapper")
    assert [item["serial"] for item in report["discovered"]] == [FEMTO]
    assert report["calibration"].encode() == (bench.directory / "calibration.0.json").read_bytes()
    assert (report["controls"]["gain"], report["controls"]["powerline_hz"]) == (40, 60)
    assert [event.what for event in bench.events(FEMTO) if "close" in event.what] == ["close"] * 2


def test_discovery_names_what_cannot_be_opened_or_does_not_tell_its_serial(troubles_run: Run) -> None:
    problems = {item["index"]: item["problem"] for item in troubles_run[0]["discovered"]}
    codes = {index: problem["code"] for index, problem in problems.items() if problem}
    assert codes == {12: "serial-unreadable", 13: "device-busy"}


def test_the_search_closes_every_device_that_is_not_the_one(troubles_run: Run) -> None:
    events = troubles_run[1].events()
    opened = [event.serial for event in events if event.what == "open"]
    closed = [event.serial for event in events if event.what == "close"]
    assert sorted(opened) == sorted(closed)
    assert len(opened) > 100


def test_every_image_format_is_marked_and_shaped_as_the_sdk_gives_it(modes_run: Run) -> None:
    report, _ = modes_run
    shapes = {case: {name: image["shape"] for name, image in report[case][0].items()} for case in report}
    depth = {"depth": [288, 320], "ir": [288, 320]}
    assert shapes["nv12"] == {"color": [1080, 1280, 1], **depth}
    assert shapes["yuy2"] == {"color": [720, 1280, 2], **depth}
    assert shapes["bgra32"] == {"color": [720, 1280, 4], **depth}
    assert shapes["wfov"]["depth"] == [1024, 1024]
    for case in report:
        for capture in filter(None, report[case]):
            assert all(image["mark"][0] == MASTER for image in capture.values()), case
            assert {image["dtype"] for name, image in capture.items() if name != "color"} <= {"uint16"}


def test_images_of_a_camera_that_is_off_are_not_there(modes_run: Run) -> None:
    report, _ = modes_run
    assert set(report["color only"][0]) == {"color"}
    assert set(report["depth only"][0]) == {"depth", "ir"}
    assert set(report["passive ir"][0]) == {"color", "ir"}


def test_half_captures_arrive_unless_only_synchronized_ones_are_asked_for(modes_run: Run) -> None:
    report, _ = modes_run
    assert [sorted(capture) for capture in report["halves"]] == [
        ["color", "depth", "ir"],
        ["depth", "ir"],
        ["color"],
        ["color", "depth", "ir"],
    ]
    assert [capture["color"]["mark"][1] for capture in report["whole"]] == [3, 4, 5, 6]


def test_times_from_before_the_clock_reset_pass_only_where_nothing_is_synchronized(modes_run: Run) -> None:
    report, _ = modes_run
    first, second = report["halves"][0], report["halves"][1]
    assert first["color"]["usec"] > 7_000_000_000 > second["depth"]["usec"]
    assert report["whole"][0]["color"]["usec"] < 1_000_000


def test_25000_half_captures_leave_none_alive(make_bench: Any) -> None:
    bench = make_bench([VirtualDevice(MASTER, flood=True, blind=True)])
    report, _ = report_of(bench, "soak")
    assert report["halves"] == 25_000
    assert abs(report["references"]) < 1000


def test_opening_in_vain_leaves_none_alive(make_bench: Any) -> None:
    report, _ = report_of(make_bench([VirtualDevice(MASTER, open_fails=ALWAYS)]), "refused_soak")
    assert (report["error"], report["tries"]) == ("DeviceBusy", 3000)
    assert abs(report["references"]) < 1000


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_without_giving_none_back_the_process_dies(make_bench: Any) -> None:
    bench = make_bench([VirtualDevice(MASTER, flood=True, blind=True)])
    finished = run(bench, "unguarded_soak")
    assert finished.returncode != 0
    assert "none_dealloc" in finished.stderr


def test_stop_wakes_a_waiting_reader_and_waiting_holds_no_gil(make_bench: Any) -> None:
    report, _ = report_of(make_bench(chain(MASTER, MIDDLE)), "interrupted")
    assert report["waited"], "this process could go on while it waited"
    assert report["joined"]
    assert report["error"] is None
    assert report["result"] == "None"


def test_libk4arecord_records_a_virtual_device(make_bench: Any, tmp_path: Path) -> None:
    report, bench = report_of(make_bench([VirtualDevice(MASTER)]), "record", str(tmp_path / "take.mkv"))
    delivered = bench.log(MASTER)
    assert report["marks"] == [
        [[MASTER, capture.number], [MASTER, capture.number], capture.color_usec] for capture in delivered
    ]
    assert report["focal_length"] == pytest.approx(0.48 * 1280, rel=0.01)


def test_a_device_that_is_busy_at_first_is_waited_for_and_an_absent_one_is_not(make_bench: Any) -> None:
    report, _ = report_of(make_bench([VirtualDevice(MASTER, open_fails=2)]), "patient")
    assert (report["serial"], report["waited"]) == (MASTER, 2)
    assert (report["absent"]["error"], report["waited for the absent"]) == ("DeviceNotFound", 0)
    assert MASTER in report["absent"]["text"]


def test_a_device_that_was_closed_a_moment_ago_is_listed_and_one_in_use_ends_the_waiting(
    make_bench: Any,
) -> None:
    bench = make_bench([VirtualDevice(MASTER, open_fails=2), VirtualDevice(MIDDLE)])
    report, _ = report_of(bench, "patient_list")
    assert (report["serials"], report["waited"]) == ([MASTER, MIDDLE], 2)
    opened = [event.serial for event in bench.events() if event.what == "open"]
    assert sorted(opened) == sorted([MASTER, MIDDLE]), "what was listed is not opened again"
    report, _ = report_of(make_bench([VirtualDevice(MASTER, open_fails=ALWAYS)]), "patient_list")
    assert (report["serials"], report["for_s"]) == ([None], 3.0)


def test_a_busy_device_is_waited_for_however_long_the_others_take_to_open(make_bench: Any) -> None:
    others = [VirtualDevice(f"00000000{index:04d}") for index in range(8)]
    report, bench = report_of(make_bench([VirtualDevice(MASTER, open_fails=2), *others]), "crowded")
    assert report["error"] is None
    opened = [event.serial for event in bench.events() if event.what == "open"]
    assert sorted(opened) == sorted({*opened}), "what is another device is not opened again"


def test_an_empty_bench_says_so(make_bench: Any) -> None:
    report, _ = report_of(make_bench([]), "empty")
    assert report["discovered"] == []
    assert report["absent"]["codes"] == ["no-devices"]


@pytest.mark.realtime
def test_the_adapter_conforms_to_the_port(make_bench: Any) -> None:
    command = [sys.executable, "-m", "pytest", "-n0", "tests/devices/kinect_conformance.py"]
    environment = make_bench(chain(MASTER, MIDDLE, LAST, queue=LONG_QUEUE)).environment()
    finished = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=3 * PATIENCE_S
    )
    assert finished.returncode == 0, finished.stdout
    assert " passed" in finished.stdout
    assert "skipped" not in finished.stdout
