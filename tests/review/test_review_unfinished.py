"""Takes that `ksync start` did not end as planned: told alike by inspect, export and report."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.findings import Finding, Severity
from kinect_sync.review.export.request import Part
from kinect_sync.review.inspection.examining import examine
from kinect_sync.review.inspection.rebuilding import rebuild
from kinect_sync.review.report.writing import write_report
from kinect_sync.takes.index_reader import read_index
from kinect_sync.takes.manifest import Rebuilt, TakeReport
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.names import INDEX
from kinect_sync.takes.opened_take import open_take
from tests.review.exported import export
from tests.review.small_takes import make_take

NEAR = Finding(code="laser-gap-small", severity=Severity.WARNING, what="lasers are 10 µs apart")
FULL = Finding(code="disk-full", severity=Severity.WARNING, what="less than 512 MB were left on the disk")


def killed(path: Path, *, rows: int) -> Path:
    """A take of five pulses whose recorder died with `rows` whole rows in the index."""
    take = make_take(path, pulses=5, state="recording", end=None, report=None)
    lines = (take / INDEX).read_bytes().splitlines(keepends=True)
    (take / INDEX).write_bytes(b"".join(lines[: rows + 1]))
    return take


def report(*findings: Finding, verdict: str = "incomplete") -> TakeReport:
    counts = {"pulses": 5, "complete": 5, "duration_s": 0.2, "devices": ()}
    return TakeReport.model_validate({"take": "take", "verdict": verdict, "findings": findings, **counts})


def test_a_killed_take_says_how_many_pulses_its_index_lacks(tmp_path: Path) -> None:
    take = killed(tmp_path / "take", rows=3)
    told = examine([take]).inspection
    assert (told.verdict, told.pulses, [each.code for each in told.findings]) == (
        "in_sync",
        5,
        ["take-unfinished"],
    )
    assert "3 of the 5 pulses" in told.findings[0].what
    assert f"ksync inspect {take} --rebuild" in str(told.findings[0])


def test_a_killed_take_whose_index_is_whole_is_left_alone_by_inspect(tmp_path: Path) -> None:
    assert examine([killed(tmp_path / "take", rows=5)]).inspection.findings == ()


def test_once_its_index_is_rebuilt_nothing_asks_for_that_again(tmp_path: Path) -> None:
    take = killed(tmp_path / "take", rows=3)
    asked = [examine([take]).inspection.findings, open_take(take).remarks()]
    assert [[each.code for each in findings] for findings in asked] == [["take-unfinished"]] * 2
    (take / INDEX).rename(take / "alignment.old")
    (note,) = rebuild(examine([take]))
    assert "was made from the recordings" in note.what
    assert len(read_index(take / INDEX)) == 5
    assert examine([take]).inspection.findings == open_take(take).remarks() == ()
    assert export(take, tmp_path / "out", parts=(Part.IR,)).findings == ()


def test_inspect_says_why_start_was_less_content(tmp_path: Path) -> None:
    told = examine([make_take(tmp_path / "take", pulses=5, report=report(NEAR, FULL))]).inspection
    assert told.verdict == "in_sync"
    assert [(each.code, each.severity) for each in told.findings] == [("verdicts-differ", Severity.NOTE)]
    assert "called this take incomplete: less than 512 MB were left" in told.findings[0].what


def test_a_verdict_that_both_share_is_not_told(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=5, report=report(verdict="in_sync"))
    assert examine([take]).inspection.findings == ()


def test_the_verdict_in_a_rebuilt_take_is_not_that_of_start(tmp_path: Path) -> None:
    rebuilt = Rebuilt(rebuilt="from the recordings alone")
    take = make_take(tmp_path / "take", pulses=5, report=report(), host=rebuilt)
    assert examine([take]).inspection.findings == ()


def never_began(path: Path, *findings: Finding) -> Path:
    """A take whose `left` was lost before its first capture, and has no file."""
    lost = {"left": dict.fromkeys(range(5), "device_lost")}
    take = make_take(path, pulses=5, holes=lost)
    (take / "left.mkv").unlink()
    manifest = read_manifest(take)
    assert manifest.report is not None
    devices = tuple(each.model_copy(update={"lost": each.name == "left"}) for each in manifest.report.devices)
    told = manifest.report.model_copy(update={"devices": devices, "findings": findings})
    write_manifest(take, manifest.model_copy(update={"report": told}))
    return take


def test_nobody_is_to_bring_back_a_recording_that_never_began(tmp_path: Path) -> None:
    take = never_began(tmp_path / "take")
    inspection = examine([take]).inspection
    told = [each for each in inspection.findings if each.code.startswith("recording-")]
    assert [(each.code, each.device, each.severity) for each in told] == [
        ("recording-never-begun", "left", Severity.ERROR)
    ]
    assert "bring it back" not in str(told[0])
    assert inspection.verdict == "incomplete"
    page = write_report(take, tmp_path / "page.html")
    assert (page.verdict, page.findings) == ("good", ()), "all that there ever was is on it"


def test_a_recording_of_which_nobody_could_tell_may_have_been_moved(tmp_path: Path) -> None:
    untold = Finding(code="last-captures-untold", severity=Severity.WARNING, device="left", what="not asked")
    told = examine([never_began(tmp_path / "take", untold)]).inspection.findings
    assert "recording-missing" in [each.code for each in told]
