"""The verdict on a take, its edges, and what the operator is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.recording import DISK_FULL
from kinect_sync.findings.start import WORKER_DIED
from kinect_sync.findings.sync import TIMING_DIVERGES
from kinect_sync.rig.hardware import Hardware
from kinect_sync.timing.alignment import AlignedDevice, Cell, HoleReason, Row
from kinect_sync.timing.diagnosis import findings_of
from kinect_sync.timing.measures import DeviceVerification
from kinect_sync.timing.pulses import Offsets
from kinect_sync.timing.table import MISSING, CaptureTimes, align
from kinect_sync.timing.verification import Verification, judge
from kinect_sync.verdicts import Verdict
from tests.timing.drifting import Drifting


def device(name: str = "left", **changes: object) -> DeviceVerification:
    fields: dict[str, object] = {
        "name": name,
        "pulses": 1000,
        "captures": 1000,
        "dropped": 0,
        "holes": {},
        "lost": False,
        "tolerance_us": 110,
        "clock_tolerance_us": 110,
        "residuals": 1000,
        "bias_us": 0.0,
        "jitter_us": 5.0,
        "drift_ppm": 0.0,
        "outliers": 0,
        "step_us": 0.0,
        "pairing_error_us": 2.0,
        "paired": 1000,
        "mispaired": 0,
    }
    return DeviceVerification(**{**fields, **changes})


MASTER = device("master")
DROPPED = {"sensor_dropped": 11}


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        pytest.param({}, Verdict.IN_SYNC, id="nothing wrong"),
        pytest.param({"bias_us": 110.0}, Verdict.IN_SYNC, id="a bias of exactly the tolerance"),
        pytest.param({"bias_us": -110.1}, Verdict.OUT_OF_SYNC, id="a bias just beyond, early"),
        pytest.param({"jitter_us": 110.0}, Verdict.IN_SYNC, id="jitter of exactly the tolerance"),
        pytest.param({"jitter_us": 110.1}, Verdict.OUT_OF_SYNC, id="jitter just beyond"),
        pytest.param({"drift_ppm": 480.0}, Verdict.IN_SYNC, id="drift is what clocks do"),
        pytest.param({"outliers": 10}, Verdict.IN_SYNC, id="1 % outliers"),
        pytest.param({"outliers": 11}, Verdict.OUT_OF_SYNC, id="more than 1 % outliers"),
        pytest.param({"step_us": -111.0}, Verdict.OUT_OF_SYNC, id="a step"),
        pytest.param({"pairing_error_us": 111.0}, Verdict.OUT_OF_SYNC, id="depth is off color"),
        pytest.param({"mispaired": 11}, Verdict.OUT_OF_SYNC, id="more than 1 % mispaired"),
        pytest.param({"dropped": 10}, Verdict.IN_SYNC, id="1 % dropped"),
        pytest.param({"dropped": 11, "holes": DROPPED}, Verdict.INCOMPLETE, id="more than 1 % dropped"),
        pytest.param({"lost": True}, Verdict.INCOMPLETE, id="a lost device"),
        pytest.param({"lost": True, "bias_us": 500.0}, Verdict.OUT_OF_SYNC, id="lost and out of sync"),
        pytest.param({"bias_us": None}, Verdict.INCOMPLETE, id="what was not measured is not in sync"),
        pytest.param(
            {"bias_us": None, "jitter_us": None, "captures": 0, "dropped": 1000},
            Verdict.INCOMPLETE,
            id="no captures",
        ),
        pytest.param({"pairing_error_us": None, "paired": 0}, Verdict.IN_SYNC, id="a device without depth"),
        pytest.param({"jitter_us": None, "drift_ppm": None}, Verdict.IN_SYNC, id="a take of one pulse"),
    ],
)
def test_the_verdict(changes: dict[str, object], verdict: Verdict) -> None:
    assert judge([MASTER, device(**changes)]) is verdict


ENDED = DISK_FULL.found("the take was ended", severity=Severity.WARNING)


@pytest.mark.parametrize(
    ("changes", "finding", "verdict"),
    [
        pytest.param({}, TIMING_DIVERGES.found("x"), Verdict.IN_SYNC, id="a doubt decides nothing"),
        pytest.param({}, WORKER_DIED.found("x"), Verdict.INCOMPLETE, id="an error of whatever nature"),
        pytest.param({}, ENDED, Verdict.INCOMPLETE, id="a take that was ended, though all is well"),
        pytest.param({"lost": True}, WORKER_DIED.found("x"), Verdict.INCOMPLETE, id="a lost device too"),
        pytest.param({"bias_us": 500.0}, ENDED, Verdict.OUT_OF_SYNC, id="what is out of sync stays so"),
    ],
)
def test_what_else_was_found_lowers_a_verdict_and_lifts_none(
    changes: dict[str, object], finding: Finding, verdict: Verdict
) -> None:
    assert judge([device("front"), device(**changes)], [finding]) is verdict


@pytest.mark.parametrize(("percent", "verdict"), [(2.0, Verdict.IN_SYNC), (0.0, Verdict.INCOMPLETE)])
def test_the_drop_limit_is_the_callers(percent: float, verdict: Verdict) -> None:
    assert judge([MASTER, device(dropped=11)], max_drop_percent=percent) is verdict


@pytest.mark.parametrize(
    "devices",
    [
        pytest.param([], id="no devices"),
        pytest.param([device(pulses=0, captures=0, residuals=0, bias_us=None)], id="no pulses"),
        pytest.param([device(captures=0, dropped=1000, bias_us=None)], id="no captures at all"),
    ],
)
def test_nothing_recorded_is_failed(devices: Sequence[DeviceVerification]) -> None:
    assert judge(devices) is Verdict.FAILED


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"bias_us": 1700.0}, "constant-bias", id="bias"),
        pytest.param({"jitter_us": 300.0, "outliers": 700}, "timing-jitter", id="jitter, told once"),
        pytest.param({"outliers": 20}, "timing-outliers", id="outliers"),
        pytest.param({"step_us": 900.0}, "timing-step", id="step"),
        pytest.param({"mispaired": 900, "pairing_error_us": 20_000.0}, "color-depth-apart", id="mispaired"),
        pytest.param({"bias_us": None}, "timing-unmeasured", id="unmeasured"),
        *(
            pytest.param(
                {"dropped": 20, "holes": {reason.value: 20}},
                f"captures-{reason.value.replace('_', '-')}",
                id=reason.value,
            )
            for reason in HoleReason
        ),
    ],
)
def test_each_fault_is_one_finding_with_a_next_step(changes: dict[str, object], code: str) -> None:
    (finding,) = findings_of([MASTER, device(**changes)])
    assert (finding.code, finding.device, finding.severity) == (code, "left", Severity.ERROR)
    assert finding.remedy
    assert judge([MASTER, device(**changes)]) is not Verdict.IN_SYNC


def test_a_good_take_needs_no_words() -> None:
    assert findings_of([MASTER, device(drift_ppm=400.0)]) == ()


def test_holes_within_the_limit_are_a_warning() -> None:
    (finding,) = findings_of([device(dropped=10, holes={"sensor_dropped": 10})])
    assert finding.severity is Severity.WARNING
    assert finding.what.startswith("10 of 1000 captures")


# --- from rows ------------------------------------------------------------------------------------------


def verify(devices: list[Drifting], hardware: Hardware = Hardware.AZURE_KINECT) -> Verification:
    fps = devices[0].fps
    table = align([each.recording() for each in devices], devices[0].name, fps)
    verification = Verification([each.device for each in devices], fps, hardware)
    for row in table.rows():
        verification.add(row)
    return verification


@pytest.mark.parametrize(
    ("changes", "verdict", "codes"),
    [
        pytest.param({"ppm": 400.0, "jitter_us": 20.0}, Verdict.IN_SYNC, [], id="a drifting clock"),
        pytest.param({"zero_us": 247_933.0}, Verdict.OUT_OF_SYNC, ["constant-bias"], id="1.7 ms of bias"),
        pytest.param({"jitter_us": 300.0}, Verdict.OUT_OF_SYNC, ["timing-jitter"], id="automatic exposure"),
        pytest.param(
            {"dropped": frozenset(range(50, 100))}, Verdict.INCOMPLETE, ["captures-not-recorded"], id="drops"
        ),
        pytest.param(
            {"no_color": frozenset(range(50, 100))},
            Verdict.INCOMPLETE,
            ["captures-half-capture"],
            id="halves",
        ),
    ],
)
def test_a_take(changes: dict[str, object], verdict: Verdict, codes: list[str]) -> None:
    left = Drifting("left", **{"sub_delay_ticks": 14, "depth_delay_ticks": -7, **changes})
    verified = verify([Drifting("master"), left]).devices()
    assert judge(verified) is verdict
    assert [finding.code for finding in findings_of(verified)] == codes


def test_depth_alone_is_held_against_color() -> None:
    left = Drifting("left", has_color=False, sub_delay_ticks=14, ppm=-300.0)
    master, depth_only = verify([Drifting("master"), left]).devices()
    assert depth_only.bias_us == pytest.approx(0, abs=6)
    assert depth_only.drift_ppm == pytest.approx(-300, abs=0.1)
    assert depth_only.pairing_error_us is None
    assert master.pairing_error_us == 0.0


def test_the_counts_add_up() -> None:
    devices = [AlignedDevice("master"), AlignedDevice("left")]
    whole = Cell(0, 1000, 1000, 0, 0.0, None)
    half = Cell(1, None, 1000, 0, None, HoleReason.HALF_CAPTURE)
    lost = Cell(None, None, None, None, None, HoleReason.DEVICE_LOST)
    verification = Verification(devices, 30)
    for pulse, cell in enumerate([whole, half, lost, lost]):
        verification.add(Row(pulse, (whole, cell)))
    left = verification.devices()[1]
    assert (verification.pulses, verification.complete) == (4, 1)
    assert (left.captures, left.dropped, left.lost) == (2, 3, True)
    assert left.holes == {"half_capture": 1, "device_lost": 2}


def test_a_femto_may_have_its_clock_set() -> None:
    """Each minute a Femto's clock is set to the host's: steps of a millisecond are no fault."""
    devices = [AlignedDevice("master"), AlignedDevice("left")]
    pulses = np.arange(30 * 240)
    residuals = (pulses / 30 % 60) * 20 + 500.0
    verdicts = []
    for hardware in Hardware:
        verification = Verification(devices, 30, hardware)
        for pulse, residual in zip(pulses.tolist(), residuals.tolist(), strict=True):
            verification.add(Row(pulse, tuple(Cell(0, 0, 0, 0, each, None) for each in (0.0, residual))))
        verdicts.append(judge(verification.devices()))
    assert verdicts == [Verdict.OUT_OF_SYNC, Verdict.IN_SYNC]


@pytest.mark.parametrize("rows", [45, 150])
@pytest.mark.parametrize("second", [None, 5, 40])
def test_a_femtos_clock_may_be_set_at_any_moment_of_a_short_take(rows: int, second: int | None) -> None:
    """The reference's clock too, some pulses later, in 1.5 s, as of a verification, and in 5 s."""
    devices = [AlignedDevice("master"), AlignedDevice("left")]
    chance = np.random.default_rng(1)
    for moment in range(1, rows):
        verification = Verification(devices, 30, Hardware.FEMTO)
        for pulse, jitter in enumerate(chance.uniform(-8, 8, rows)):
            residual = 900 + 2 * pulse + jitter - (1200 if pulse >= moment else 0)
            residual += 700 if second is not None and pulse >= moment + second else 0
            verification.add(Row(pulse, tuple(Cell(0, 0, 0, 0, each, None) for each in (0.0, residual))))
        assert judge(verification.devices()) is Verdict.IN_SYNC, moment


def test_a_femto_that_is_late_for_good_or_jumps_too_far_is_out_of_sync() -> None:
    devices = [AlignedDevice("master"), AlignedDevice("left")]
    for step_us in (3500, -9000):
        verification = Verification(devices, 30, Hardware.FEMTO)
        for pulse in range(60):
            residual = float(step_us if pulse >= 50 else 0)
            verification.add(Row(pulse, tuple(Cell(0, 0, 0, 0, each, None) for each in (0.0, residual))))
        assert judge(verification.devices()) is Verdict.OUT_OF_SYNC


@pytest.mark.parametrize("rows", [45, 150, 900])
def test_a_femto_that_scatters_is_out_of_sync_all_the_same(rows: int) -> None:
    verification = Verification([AlignedDevice("master"), AlignedDevice("left")], 30, Hardware.FEMTO)
    for pulse, residual in enumerate(np.random.default_rng(2).normal(0, 400, rows)):
        verification.add(Row(pulse, tuple(Cell(0, 0, 0, 0, each, None) for each in (0.0, float(residual)))))
    assert judge(verification.devices()) is Verdict.OUT_OF_SYNC


@pytest.mark.parametrize("seed", range(6))
def test_a_table_at_once_measures_as_its_rows_do_one_by_one(seed: int) -> None:
    chance = np.random.default_rng(seed)
    recordings = []
    for number, name in enumerate(("front", "left", "right")):
        kept = np.flatnonzero(chance.random(1500) > 0.02 * (number > 0))
        color = (200_000 + kept * 1e6 / 30 * (1 + number * 50e-6) + chance.normal(0, 30, len(kept))).astype(
            np.int64
        )
        color += 4000 * (chance.random(len(kept)) < 0.003)
        depth = np.where(chance.random(len(kept)) < 0.01, MISSING, color + 160 * number)
        device = AlignedDevice(name, Offsets(depth_delay_us=160.0 * number))
        recordings.append(CaptureTimes(device, color, depth))
    table = align(recordings, "front", 30)
    devices = [recording.device for recording in recordings]
    one_by_one, at_once = (Verification(devices, 30, first_pulse_us=200_000.0) for _ in range(2))
    for row in table.rows():
        one_by_one.add(row)
    at_once.add_table(table.between(0, 700))
    at_once.add_table(table.between(700, len(table)))
    assert (at_once.pulses, at_once.complete) == (one_by_one.pulses, one_by_one.complete)
    for quick, slow in zip(at_once.devices(), one_by_one.devices(), strict=True):
        assert quick.pairing_error_us == pytest.approx(slow.pairing_error_us)
        same = {"pairing_error_us": None}
        assert quick.model_copy(update=same) == slow.model_copy(update=same)
