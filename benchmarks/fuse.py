"""How fast ksync fuses a take, beside a plain loop over pyk4a's point clouds and NumPy.

Both write one colored PLY of all devices for each pulse, from the same take in the page cache, in turns;
told are pulses a second, and ratios within a turn, their median and range. The plain loop is what one
writes first: one process, `transformed_depth_point_cloud` of each recording's next capture, the JPEG
decoded by Pillow, points moved into the world by a 4 × 4 matrix, one structured array written with
`tofile`. The SDK's part of it runs in OpenGL: on a graphics card where there is one, else in software on
the same cores; `sdk_share` says how much of the plain loop that is. Wall time counts from the call to the
last file, tables and processes included. A take without rig_calibration.json gets places on a ring of 2 m
for the occasion.

    python -m benchmarks.fuse TAKE [--pulses N] [--plain-pulses N] [--turns N] [--json]
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from kinect_sync.calibration.rig_calibration import FILE, RigCalibration, read_rig_calibration
from kinect_sync.geometry.poses import Pose
from kinect_sync.host.view import usable_cores
from kinect_sync.review.fusing.fusing import fuse_take
from kinect_sync.review.fusing.request import FuseRequest
from kinect_sync.takes.opened_take import OpenedTake, open_take

BOARD = {"kind": "charuco", "columns": 8, "rows": 5, "square_m": 0.1, "marker_m": 0.07,
         "dictionary": "DICT_5X5_100"}  # fmt: skip
LAYOUT = np.dtype(
    [(axis, "<f4") for axis in "xyz"] + [(channel, "u1") for channel in ("red", "green", "blue")]
)


def on_a_ring(take: OpenedTake) -> RigCalibration:
    """Place the devices on a ring of 2 m, 1.2 m high, each looking at its middle."""
    devices = []
    for number, device in enumerate(take.manifest.devices):
        angle = 2 * np.pi * number / len(take.manifest.devices)
        inwards, down = np.array([-np.cos(angle), -np.sin(angle), 0.0]), np.array([0.0, 0.0, -1.0])
        pose = np.eye(4)
        pose[:3, :3] = np.stack((np.cross(down, inwards), down, inwards), 1)
        pose[:3, 3] = -2 * inwards - 1.2 * down
        devices.append(
            {
                "name": device.settings.name,
                "serial": device.settings.serial,
                "depth_mode": device.settings.depth_mode,
                "color_resolution": device.settings.color_resolution,
                "color": None,
                "depth": {"camera_to_world": pose.tolist()},
            }
        )
    return RigCalibration.model_validate(
        {"ksync": "0", "take": "", "utc_ns": take.manifest.begin.utc_ns, "board": BOARD, "board_scale": 1.0,
         "world": "floor", "devices": devices}
    )  # fmt: skip


def run_ksync(take: OpenedTake, to: Path, calibration: Path, pulses: int, processes: int) -> dict[str, float]:
    request = FuseRequest(take=take.path, directory=to, calibration=calibration, stop=pulses)
    report = fuse_take(request, processes=processes, progress=lambda _done, _total: None)
    return {"pulses": report.rows, "points": report.points, "mb": report.nbytes / 1e6}


def run_plain(take: OpenedTake, to: Path, places: RigCalibration, pulses: int) -> dict[str, float]:
    """Write the clouds of every recording's first captures, as one does without ksync."""
    import pyk4a
    from PIL import Image

    playbacks = {}
    for device in take.manifest.devices:
        playback = pyk4a.PyK4APlayback(take.path / device.file)
        playback.open()
        depth = places.by_serial[device.settings.serial].depth
        assert depth is not None
        rotation, translation = playback.calibration.get_extrinsic_parameters(
            pyk4a.CalibrationType.COLOR, pyk4a.CalibrationType.DEPTH
        )
        depth_from_color = Pose.of(rotation.astype(float), translation[0].astype(float))
        playbacks[device.settings.name] = playback, depth.world_from_camera @ depth_from_color
    to.mkdir(parents=True)
    points = nbytes = 0
    sdk_s = 0.0
    for number in range(pulses):
        parts = []
        for playback, pose in playbacks.values():
            capture = playback.get_next_capture()
            start_s = time.perf_counter()
            cloud = capture.transformed_depth_point_cloud
            sdk_s += time.perf_counter() - start_s
            color = np.asarray(Image.open(io.BytesIO(capture.color)))
            known = cloud[..., 2] > 0
            xyz = pose.apply(cloud[known] / 1000)
            part = np.empty(len(xyz), LAYOUT)
            for column, name in enumerate(LAYOUT.names or ()):
                part[name] = xyz[:, column] if column < 3 else color[known][:, column - 3]
            parts.append(part)
        whole = np.concatenate(parts)
        with (to / f"{number:06d}.ply").open("wb") as stream:
            properties = [
                f"property {'float' if name in 'xyz' else 'uchar'} {name}" for name in LAYOUT.names or ()
            ]
            head = ["ply", "format binary_little_endian 1.0", f"element vertex {len(whole)}", *properties]
            stream.write("\n".join([*head, "end_header", ""]).encode())
            whole.tofile(stream)
        points, nbytes = points + len(whole), nbytes + whole.nbytes
    return {"pulses": pulses, "points": points, "mb": nbytes / 1e6, "sdk_s": sdk_s}


def measure(run: Any, folder: Path) -> dict[str, float]:
    """Seconds of one run, and what it says of itself."""
    start_s = time.perf_counter()
    told = run(folder)
    wall_s = time.perf_counter() - start_s
    shutil.rmtree(folder)
    return {**told, "wall_s": wall_s, "pulses_per_s": told["pulses"] / wall_s}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("take", type=Path)
    parser.add_argument("--pulses", type=int, default=60)
    parser.add_argument("--plain-pulses", type=int, default=6, help="0 leaves the plain loop out")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    take, cores = open_take(options.take), usable_cores() or 1
    results: dict[str, list[dict[str, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        given = take.path / FILE
        if not given.exists():
            given = folder / FILE
            given.write_text(on_a_ring(take).model_dump_json())
        places = read_rig_calibration(given)
        ways = {
            f"ksync, {cores} processes": lambda to: run_ksync(take, to, given, options.pulses, cores),
            "ksync, one process": lambda to: run_ksync(take, to, given, options.pulses, 1),
        }
        if options.plain_pulses:
            ways["plain, pyk4a and NumPy"] = lambda to: run_plain(take, to, places, options.plain_pulses)
        for _ in range(options.turns):
            for way, run in ways.items():
                results.setdefault(way, []).append(measure(run, folder / "out"))
    ours = next(iter(results.values()))
    told = [summarise(way, runs, ours) for way, runs in results.items()]
    if options.json:
        print(json.dumps(told, indent=2))
        return
    print(f"{len(take.manifest.devices)} devices, {options.pulses} pulses, {cores} cores")
    for row in told:
        low, high = row["range"]
        speed = f"{row['pulses_per_s']:6.2f} pulses/s of {row['points_per_pulse'] / 1e6:.2f} M points"
        ratio = f"{row['ratio']:.2f} times as fast ({low:.2f} to {high:.2f})"
        print(f"{row['way']:24} {speed}   ksync is {ratio}")


def summarise(way: str, runs: list[dict[str, float]], ours: list[dict[str, float]]) -> dict[str, Any]:
    ratios = [our["pulses_per_s"] / run["pulses_per_s"] for run, our in zip(runs, ours, strict=True)]
    return {
        "way": way,
        "pulses_per_s": statistics.median(run["pulses_per_s"] for run in runs),
        "points_per_pulse": runs[0]["points"] / runs[0]["pulses"],
        "mb_per_pulse": runs[0]["mb"] / runs[0]["pulses"],
        "sdk_share": statistics.median(run.get("sdk_s", 0.0) / run["wall_s"] for run in runs),
        "ratio": statistics.median(ratios),
        "range": (min(ratios), max(ratios)),
    }


if __name__ == "__main__":
    main()
