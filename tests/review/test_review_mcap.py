"""A take as an MCAP file, read back by the packages that other programs read such files with."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kinect_sync.calibration.rig_calibration import FILE
from kinect_sync.errors import UsageError
from kinect_sync.geometry.poses import Pose
from kinect_sync.review.export.mcap.exporting import export_mcap
from kinect_sync.review.export.mcap.request import McapRequest
from kinect_sync.review.export.request import ExportReport, Part
from kinect_sync.takes.mkv.reader import read_image, read_recording
from kinect_sync.takes.opened_take import open_take
from tests.cli.in_process import Run, make_run
from tests.review.fused import STANDING, UPRIGHT, calibration_of, small_geometry
from tests.review.small_takes import SERIALS, make_take, small_rig

mcap_reader = pytest.importorskip("mcap.reader", reason="mcap is not installed")
mcap_decoder = pytest.importorskip("mcap_protobuf.decoder", reason="mcap-protobuf-support is not installed")

Messages = dict[str, list[tuple[int, Any]]]
"""By topic, each message with its time."""


def export(take: Path, file: Path, processes: int = 1, **fields: Any) -> ExportReport:
    request = McapRequest(take=take, file=file, **fields)
    return export_mcap(request, processes=processes, progress=lambda done, total: None)


def read(file: Path) -> Messages:
    messages: Messages = defaultdict(list)
    protobuf = mcap_decoder.DecoderFactory()
    with file.open("rb") as stream:
        for schema, channel, message in mcap_reader.make_reader(stream).iter_messages():
            of_schema = protobuf.decoder_for("protobuf", schema)
            decode = json.loads if schema.encoding == "jsonschema" else of_schema
            messages[channel.topic].append((message.log_time, decode(message.data)))
    return messages


def topics(file: Path) -> list[str]:
    with file.open("rb") as stream:
        summary = mcap_reader.make_reader(stream).get_summary()
    assert summary is not None
    return sorted(each.topic for each in summary.channels.values())


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    holes = {"left": {2: "sensor_dropped"}, "right": {4: "half_capture"}}
    return make_take(tmp_path_factory.mktemp("takes") / "one", pulses=40, holes=holes)


def test_images_lenses_poses_and_residuals_come_back_as_they_were(take: Path, tmp_path: Path) -> None:
    report = export(take, tmp_path / "take.mcap")
    assert (report.verdict, report.rows, report.broken) == ("exported", 38, 0)
    assert report.nbytes == (tmp_path / "take.mcap").stat().st_size
    messages = read(tmp_path / "take.mcap")
    begin_ns = open_take(take).manifest.begin.utc_ns
    for name in SERIALS:
        recording = read_recording(take / f"{name}.mkv")
        for topic, track in (("depth", "DEPTH"), ("ir", "IR")):
            times, images = zip(*messages[f"/{name}/{topic}/image"], strict=True)
            assert list(times) == [begin_ns + round(k * 1e9 / 30) for k in range(40) if k not in (2, 4)]
            last = images[-1]
            assert (last.frame_id, last.encoding, last.step) == (f"{name}.depth", "16UC1", 2 * last.width)
            stored = np.frombuffer(read_image(recording, track, len(recording.depth_us) - 1), "<u2")
            assert np.array_equal(np.frombuffer(last.data, "<u2"), stored)
        color = messages[f"/{name}/color/image"][-1][1]
        assert (color.format, color.frame_id) == ("jpeg", f"{name}.color")
        assert color.data == read_image(recording, "COLOR", len(recording.color_us) - 1)
        lens = messages[f"/{name}/depth/calibration"][0][1]
        assert np.allclose(np.reshape(lens.K, (3, 3)), small_geometry().depth.camera_matrix)
        assert np.allclose(lens.D, small_geometry().depth.coefficients)
    assert len(messages["/tf"]) == 2, "lenses and poses are told every second"
    pulses = [each for _, each in messages["/pulses"]]
    assert [each["pulse"] for each in pulses] == [k for k in range(40) if k not in (2, 4)]
    assert set(pulses[0]["residual_us"]) == set(SERIALS)
    assert all(each["complete"] for each in pulses)


def test_a_depth_image_says_when_it_was_exposed_and_stands_at_its_pulse(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=3)
    delays = {each.settings.name: each.settings for each in open_take(take).manifest.devices}
    delayed = next(name for name, each in delays.items() if each.kept_delays.depth_us)
    export(take, tmp_path / "take.mcap")
    time_ns, image = read(tmp_path / "take.mcap")[f"/{delayed}/depth/image"][1]
    late_us = (image.timestamp.ToNanoseconds() - time_ns) / 1000
    kept = delays[delayed].kept_delays
    assert late_us == pytest.approx(kept.color_us + kept.depth_us, abs=5.0)


def test_with_holes_a_pulse_says_that_it_is_not_complete(take: Path, tmp_path: Path) -> None:
    report = export(take, tmp_path / "take.mcap", holes=True, parts=(Part.DEPTH,), stop=6, processes=2)
    messages = read(tmp_path / "take.mcap")
    assert report.rows == 6
    assert [each["complete"] for _, each in messages["/pulses"]] == [True, True, False, True, False, True]
    assert len(messages["/left/depth/image"]) == 5
    assert topics(tmp_path / "take.mcap") == ["/front/depth/image", "/left/depth/image", "/pulses",
                                              "/right/depth/image"]  # fmt: skip


def test_a_calibrated_rig_stands_in_the_world(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    poses = {"front": STANDING, "left": UPRIGHT, "right": UPRIGHT}
    (take / FILE).write_text(calibration_of(poses).model_dump_json())
    export(take, tmp_path / "take.mcap")
    ((_, told),) = read(tmp_path / "take.mcap")["/tf"]
    found = {each.child_frame_id: each for each in told.transforms}
    assert {each.parent_frame_id for each in found.values()} == {"world"}
    front = found["front.depth"]
    place = [getattr(front.translation, axis) for axis in "xyz"]
    turn = [getattr(front.rotation, part) for part in "wxyz"]
    assert np.allclose(place, STANDING.translation_m)
    assert np.allclose(turn, STANDING.quaternion)


def test_a_calibration_of_other_devices_costs_the_world_and_no_image(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=2)
    poses = dict.fromkeys(SERIALS, UPRIGHT)
    others = {name: f"9{serial[1:]}" for name, serial in SERIALS.items()}
    (take / FILE).write_text(calibration_of(poses, others).model_dump_json())
    report = export(take, tmp_path / "take.mcap")
    assert {each.code for each in report.findings} == {"calibration-of-other-devices"}
    parents = {each.parent_frame_id for each in read(tmp_path / "take.mcap")["/tf"][0][1].transforms}
    assert parents == {"front.color", "left.color", "right.color"}


def test_raw_color_is_decoded(tmp_path: Path) -> None:
    camera = {"color_resolution": "720p", "color_format": "nv12", "depth_mode": "nfov_2x2binned", "fps": 30}
    take = make_take(tmp_path / "take", pulses=2, rig=small_rig(camera=camera))
    export(take, tmp_path / "raw.mcap", devices=("front",))
    image = read(tmp_path / "raw.mcap")["/front/color/image"][0][1]
    assert (image.encoding, image.width, image.height) == ("rgb8", 1280, 720)
    assert len(image.data) == 1280 * 720 * 3


def test_images_that_a_recording_lost_are_told(tmp_path: Path) -> None:
    take = make_take(tmp_path / "take", pulses=4)
    whole = (take / "left.mkv").read_bytes()
    (take / "left.mkv").write_bytes(whole[: len(whole) * 6 // 10])
    report = export(take, tmp_path / "take.mcap")
    assert {(each.code, each.device) for each in report.findings} == {("image-not-in-file", "left")}
    assert len(read(tmp_path / "take.mcap")["/front/color/image"]) == 4


def test_what_is_there_is_not_written_over(take: Path, tmp_path: Path) -> None:
    file = tmp_path / "take.mcap"
    file.write_text("precious")
    with pytest.raises(UsageError) as caught:
        export(take, file)
    assert caught.value.findings[0].code == "file-exists"
    assert file.read_text() == "precious"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return make_run(monkeypatch, capsys)


def test_the_command_makes_one_file_or_a_folder(take: Path, tmp_path: Path, run: Run) -> None:
    file = tmp_path / "take.mcap"
    done = run("export", take, "--mcap", file, "--stop", "2", "--json")
    assert done.code == 0
    assert json.loads(done.out)["file"] == str(file)
    for words, told in (
        (["-o", tmp_path / "x", "--mcap", tmp_path / "y"], "give a folder with -o, or a file with --mcap"),
        ([], "give a folder with -o, or a file with --mcap"),
        (["--mcap", tmp_path / "y", "--what", "points"], "an MCAP file holds color, depth, ir, calibration"),
    ):
        refused = run("export", take, *words)
        assert refused.code == 2
        assert told in " ".join(refused.err.split())


def test_a_quaternion_of_a_pose_turns_as_the_pose_does() -> None:
    w, x, y, z = Pose.of(np.array([[0.0, -1, 0], [1, 0, 0], [0, 0, 1]]), np.zeros(3)).quaternion
    assert np.allclose((w, x, y, z), (np.sqrt(0.5), 0, 0, np.sqrt(0.5)))
