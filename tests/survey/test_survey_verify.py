"""A verification against workers that answer at once: what is asked of them, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinect_sync.director import worker_life
from kinect_sync.errors import Interrupted
from kinect_sync.findings import Severity
from kinect_sync.survey.pairwise import verify_pairs
from kinect_sync.verdicts import Verdict
from kinect_sync.wire.messages import Arm, Discover, Open, Record, Stop
from kinect_sync.worker.writers import DiscardingWriter
from tests.survey.answering import Bench, chain


def test_a_good_rig_is_in_sync_and_nothing_is_kept() -> None:
    bench = Bench(chain())
    report = bench.verify()
    assert (report.verdict, report.pulses, report.complete, report.findings) == (Verdict.GOOD, 60, 60, ())
    assert [order.file for order in bench.sent(Record)] == [None] * 3
    assert [device.silent_before_master for device in report.devices] == [None, True, True]
    assert {device.exposure_us for device in report.devices} == {8330}
    assert [device.captures for device in report.devices] == [60, 60, 60]


def test_a_constant_bias_is_a_bias_and_no_jitter() -> None:
    report = Bench(chain(), bias_us={"left": 150}).verify()
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [("constant-bias", "left")]
    left = report.devices[1]
    assert left.bias_us == pytest.approx(150, abs=1)
    assert left.jitter_us == pytest.approx(0, abs=1)


@pytest.mark.parametrize(("tolerance_us", "verdict"), [(200.0, Verdict.GOOD), (50.0, Verdict.BAD)])
def test_the_tolerance_may_be_given(tolerance_us: float, verdict: Verdict) -> None:
    report = Bench(chain(), bias_us={"left": 100}).verify(tolerance_us=tolerance_us)
    assert (report.verdict, report.tolerance_us) == (verdict, tolerance_us)


def test_exposures_that_differ_are_an_error_of_a_verification() -> None:
    report = Bench(chain(), exposures={"right": 16670}).verify()
    (finding,) = report.findings
    assert (finding.code, finding.severity) == ("exposure-differs", Severity.ERROR)
    assert report.verdict is Verdict.BAD
    assert report.devices[2].exposure_us == 16670


def test_a_silent_device_is_an_answer_and_the_way_to_know_more_is_named() -> None:
    report = Bench(chain(), deaf=("left",)).verify()
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [
        ("device-silent", "left"),
        ("pairwise-tells-more", None),
    ]
    assert (report.pulses, report.tolerance_us) == (0, None)


def test_a_wrong_bench_starts_no_camera() -> None:
    bench = Bench(chain())
    bench.found = bench.found[:2]
    report = bench.verify()
    assert [(each.code, each.device) for each in report.findings] == [("device-missing", "right")]
    assert report.verdict is Verdict.BAD
    assert bench.sent(Open) == []


def test_a_verification_can_be_interrupted() -> None:
    bench = Bench(chain(), deaf=("front", "left", "right"))
    with pytest.raises(Interrupted):
        bench.verify(stopping=lambda: bool(bench.sent(Arm)))
    assert len(bench.sent(Stop)) == 3


def test_a_worker_that_has_to_be_ended_is_told_though_the_rig_did_not_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_life, "CLOSE_S", 0.1)
    bench = Bench(chain(), deaf=("front", "left", "right"), stays=("left",))
    report = bench.verify()
    assert ("worker-killed", "left") in [(each.code, each.device) for each in report.findings]
    assert bench.killed == ["left"]


def test_pairs_start_the_master_with_one_subordinate_at_a_time() -> None:
    bench = Bench(chain())
    report = bench.verify(verify_pairs)
    assert (report.verdict, [pair.heard for pair in report.pairs]) == (Verdict.GOOD, [True, True])
    armed = [name for name, command in bench.commands if isinstance(command, Arm)]
    assert armed == ["left", "front", "right", "front"]
    assert len(bench.sent(Discover)) == 1, "the bench is surveyed once"
    assert [command.index for command in bench.sent(Open)] == [0, 1, 0, 2], "no other device is disturbed"


@pytest.mark.parametrize(
    ("deaf", "conclusion"),
    [(("left",), ("device-deaf", "left")), (("left", "right"), ("chain-broken", "left")),
     (("right",), ("chain-broken", "right"))],
)  # fmt: skip
def test_pairs_tell_a_broken_cable_from_a_deaf_device(deaf: tuple[str, ...], conclusion: tuple) -> None:
    report = Bench(chain(), deaf=deaf).verify(verify_pairs)
    assert report.verdict is Verdict.BAD
    assert [(each.code, each.device) for each in report.findings] == [conclusion]
    assert [pair.heard for pair in report.pairs] == [name not in deaf for name in ("left", "right")]


def test_a_master_that_gives_nothing_is_blamed_itself() -> None:
    report = Bench(chain(), deaf=("front", "left", "right")).verify(verify_pairs)
    assert {(each.code, each.device) for each in report.findings} >= {("device-silent", "front")}
    assert not [each for each in report.findings if each.code in ("chain-broken", "device-deaf")]


def test_a_bias_within_a_pair_is_told_once() -> None:
    report = Bench(chain(), bias_us={"right": 400}).verify(verify_pairs)
    assert [(each.code, each.device) for each in report.findings] == [("constant-bias", "right")]
    assert [pair.verdict for pair in report.pairs] == [Verdict.GOOD, Verdict.BAD]


def test_what_is_discarded_is_counted(tmp_path: Path) -> None:
    writer = DiscardingWriter()
    writer.write(None)  # type: ignore[arg-type]
    writer.write_imu([])
    writer.sync()
    writer.close()
    assert (writer.captures, writer.bytes_written) == (1, 0)
