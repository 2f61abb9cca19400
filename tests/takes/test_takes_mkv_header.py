"""The header against the ones that libk4arecord writes itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kinect_sync.rig.model import DeviceSettings
from kinect_sync.rig.modes import ColorFormat, ColorResolution, DepthMode, Role
from tests.takes.dumped import Node, dump
from tests.takes.recorded import SERIAL, capture, settings, take, writer

pyk4a = pytest.importorskip("pyk4a", exc_type=ImportError)

REAL = Path(__file__).parents[3] / "shared" / "data" / "recording.mkv"


def written(path: Path, device: DeviceSettings) -> Node:
    with writer(path, device) as mkv:
        for one in take(device, 2):
            mkv.write(one)
    return dump(path.read_bytes())


def by_the_sdk(path: Path, device: DeviceSettings) -> Node:
    config = pyk4a.Config(
        color_resolution=pyk4a.ColorResolution[device.color_resolution.name],
        color_format=pyk4a.ImageFormat[f"COLOR_{device.color_format.name}"],
        depth_mode=pyk4a.DepthMode[device.depth_mode.name],
        camera_fps=pyk4a.FPS[f"FPS_{device.fps}"],
        synchronized_images_only=device.synchronized_images_only,
        depth_delay_off_color_usec=device.depth_delay_off_color_usec,
        wired_sync_mode=pyk4a.WiredSyncMode[device.role.name],
        subordinate_delay_off_master_usec=device.subordinate_delay_off_master_usec,
    )
    record = pyk4a.PyK4ARecord(path, config)
    record.create()
    record.write_header()
    record.close()
    return dump(path.read_bytes())


def tags(file: Node) -> dict[str, tuple[str, str]]:
    """Name of each tag: (what it targets, its value), with a track's id replaced by its name."""
    names = {track.one("TrackUID").number: track.one("Name").string for track in tracks(file)}
    files = {one.one("FileUID").number: one.one("FileName").string for one in attached(file)}
    found = {}
    for tag in file.all("Segment", "Tags", "Tag"):
        kind = "".join(node.string for node in tag.all("Targets", "TargetType"))
        uids = {"TRACK": ("TagTrackUID", names), "ATTACHMENT": ("TagAttachmentUID", files)}
        target = uids[kind][1][tag.one("Targets", uids[kind][0]).number] if kind else ""
        name, value = tag.one("SimpleTag", "TagName").string, tag.one("SimpleTag", "TagString").string
        if name.endswith("_TRACK"):
            value = names[int(value)]
        found[name] = (f"{kind} {target}".strip(), value)
    return found


def tracks(file: Node) -> list[Node]:
    return file.all("Segment", "Tracks", "TrackEntry")


def attached(file: Node) -> list[Node]:
    return file.all("Segment", "Attachments", "AttachedFile")


def facts(track: Node) -> dict[str, bytes]:
    leaves = {node.name: node.data for node in (*track.children, *track.all("Video", "PixelWidth"))}
    leaves |= {node.name: node.data for node in track.all("Video", "PixelHeight")}
    return {name: data for name, data in leaves.items() if name not in ("TrackUID", "Video")}


SETTINGS = [
    {},
    *({"color_format": form} for form in ColorFormat),
    *({"depth_mode": mode} for mode in DepthMode),
    *({"color_resolution": size} for size in ColorResolution),
    {"fps": 5, "depth_delay_off_color_usec": -150_000},
    {"fps": 15, "role": Role.MASTER, "depth_delay_off_color_usec": 160},
    {"role": Role.SUBORDINATE, "subordinate_delay_off_master_usec": 33_333},
    {"role": Role.SUBORDINATE},
    {"color_resolution": ColorResolution.OFF, "depth_mode": DepthMode.PASSIVE_IR},
]


@pytest.mark.parametrize("changes", SETTINGS, ids=str)
def test_tracks_and_tags_are_those_of_the_sdk(tmp_path: Path, changes: dict[str, Any]) -> None:
    device = settings(**changes)
    ours = written(tmp_path / "ours.mkv", device)
    theirs = by_the_sdk(tmp_path / "theirs.mkv", device)
    assert [facts(track) for track in tracks(ours)] == [facts(track) for track in tracks(theirs)]
    # Without a device the SDK knows no serial, firmware or calibration; without a capture no start.
    of_the_device = {
        "K4A_COLOR_FIRMWARE_VERSION": ("", "1.6.110"),
        "K4A_DEPTH_FIRMWARE_VERSION": ("", "1.6.80"),
        "K4A_DEVICE_SERIAL_NUMBER": ("", SERIAL),
        "K4A_CALIBRATION_FILE": ("ATTACHMENT calibration.json", "calibration.json"),
        "K4A_START_OFFSET_NS": ("", tags(ours)["K4A_START_OFFSET_NS"][1]),
    }
    assert tags(ours) == {**tags(theirs), **of_the_device}


@pytest.mark.skipif(not REAL.is_file(), reason="the recording of a real device is not here")
def test_a_real_recording_with_these_settings_has_the_same_header(tmp_path: Path) -> None:
    real = dump(REAL.read_bytes())
    device = settings(depth_mode=DepthMode.NFOV_UNBINNED, fps=5, serial="001514394512", imu=True)
    ours = written(tmp_path / "a.mkv", device)
    assert [facts(track) for track in tracks(ours)] == [facts(track) for track in tracks(real)]
    assert {name: target for name, (target, _) in tags(ours).items()} == {
        name: target for name, (target, _) in tags(real).items()
    }
    for name in tags(real).keys() - {"K4A_DEPTH_FIRMWARE_VERSION"}:
        assert tags(ours)[name] == tags(real)[name]
    names = ("TimestampScale", "Title")
    assert [ours.one("Segment", "Info", name).data for name in names] == [
        real.one("Segment", "Info", name).data for name in names
    ]
    assert [node.data for node in ours.one("EBML").children] == [
        node.data for node in real.one("EBML").children
    ]


def test_a_closed_file_is_whole_and_its_index_points_to_clusters(tmp_path: Path) -> None:
    device = settings(fps=5)
    path = tmp_path / "a.mkv"
    with writer(path, device) as mkv:
        for one in take(device, 20):
            mkv.write(one)
    file = dump(path.read_bytes())
    segment = file.one("Segment")
    assert segment.end == path.stat().st_size
    at = {node.name: node.start - segment.payload for node in segment.children if node.name != "Cluster"}
    clusters = {node.start - segment.payload: node.one("Timestamp").number for node in segment.all("Cluster")}
    sought = {
        node.one("SeekID").data: node.one("SeekPosition").number for node in segment.all("SeekHead", "Seek")
    }
    assert sorted(sought.values()) == sorted(
        at[name] for name in ("Info", "Tracks", "Attachments", "Tags", "Cues")
    )
    cues = {
        point.one("CueTrackPositions", "CueClusterPosition").number: point.one("CueTime").number
        for point in segment.all("Cues", "CuePoint")
    }
    assert list(cues.values()) == [0, 1_000_000, 2_000_000, 3_000_000]
    assert cues.items() <= clusters.items()


def test_while_it_grows_the_file_has_a_segment_of_unknown_size_and_info_not_first(tmp_path: Path) -> None:
    with writer(tmp_path / "a.mkv", settings()) as mkv:
        mkv.write(capture(settings(), 5, 5))
        data = (tmp_path / "a.mkv").read_bytes()
    file = dump(data)
    segment = file.one("Segment")
    assert data[segment.payload - 8 : segment.payload] == b"\x01" + b"\xff" * 7
    # libk4arecord takes an offset of zero for "there is no Info".
    assert [node.name for node in segment.children] == [
        "Void", "Info", "Tracks", "Attachments", "Tags", "Cluster",
    ]  # fmt: skip


def test_a_track_has_an_id_of_its_own_in_every_file(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{n}.mkv", settings()) for n in range(5)]
    uids = [track.one("TrackUID").number for file in files for track in tracks(file)]
    assert len(set(uids)) == 15
    assert all(uids)
