"""How fast ksync exports a take, beside a plain loop over PyK4APlayback that writes the same images.

Both make color as the camera's JPEG, depth and IR as 16 bit PNG, from the same take in the page cache, in
turns; told are ratios within a turn, their median and range. The plain loop is what one writes first: one
process, `get_next_capture`, and Pillow's `save` as it comes; beside it the same with Pillow told to
compress little, and with OpenCV where it is installed. Wall time counts from the call to the last file.

    python -m benchmarks.export TAKE [--pulses N] [--turns N] [--json]
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kinect_sync.host.view import usable_cores
from kinect_sync.review.export.exporting import export_take
from kinect_sync.review.export.request import ExportRequest, Part

PARTS = (Part.COLOR, Part.DEPTH, Part.IR)
Save = Callable[[Path, Any], None]


def save_pillow(path: Path, image: Any) -> None:
    from PIL import Image

    Image.fromarray(image).save(path)


def save_pillow_fast(path: Path, image: Any) -> None:
    from PIL import Image

    Image.fromarray(image).save(path, compress_level=1)


def save_opencv(path: Path, image: Any) -> None:
    import cv2

    cv2.imwrite(str(path), image)


def run_plain(take: Path, to: Path, pulses: int, save: Save) -> None:
    """Write the images of every recording's first captures, as one does without ksync."""
    import pyk4a

    for recording in sorted(take.glob("*.mkv")):
        folders = {part: to / recording.stem / part for part in ("color", "depth", "ir")}
        for folder in folders.values():
            folder.mkdir(parents=True)
        playback = pyk4a.PyK4APlayback(recording)
        playback.open()
        for number in range(pulses):
            try:
                capture = playback.get_next_capture()
            except EOFError:
                break
            (folders["color"] / f"{number:06d}.jpg").write_bytes(capture.color.tobytes())
            save(folders["depth"] / f"{number:06d}.png", capture.depth)
            save(folders["ir"] / f"{number:06d}.png", capture.ir)
        playback.close()


def run_ksync(take: Path, to: Path, pulses: int, processes: int) -> None:
    request = ExportRequest(take=take, directory=to, parts=PARTS, stop=pulses, holes=True)
    export_take(request, processes=processes, progress=lambda _done, _total: None)


def ways(take: Path, pulses: int) -> dict[str, Callable[[Path], None]]:
    found: dict[str, Callable[[Path], None]] = {
        "ksync": lambda to: run_ksync(take, to, pulses, usable_cores() or 1),
        "ksync, one process": lambda to: run_ksync(take, to, pulses, 1),
        "plain, Pillow": lambda to: run_plain(take, to, pulses, save_pillow),
        "plain, Pillow level 1": lambda to: run_plain(take, to, pulses, save_pillow_fast),
    }
    if find_spec("cv2"):
        found["plain, OpenCV"] = lambda to: run_plain(take, to, pulses, save_opencv)
    return found


def measure(run: Callable[[Path], None], directory: Path) -> tuple[float, int, int]:
    """Seconds, files and bytes of one run."""
    start_s = time.perf_counter()
    run(directory)
    wall_s = time.perf_counter() - start_s
    images = [path for path in directory.rglob("0*") if path.is_file()]
    nbytes = sum(path.stat().st_size for path in images)
    shutil.rmtree(directory)
    return wall_s, len(images), nbytes


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("take", type=Path)
    parser.add_argument("--pulses", type=int, default=60)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results: dict[str, list[tuple[float, int, int]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.turns):
            for name, run in ways(options.take, options.pulses).items():
                results.setdefault(name, []).append(measure(run, Path(folder) / "out"))
    told = [summarise(name, runs, results["ksync"]) for name, runs in results.items()]
    if options.json:
        print(json.dumps(told, indent=2))
        return
    print(f"{options.pulses} pulses, {told[0]['files']} files, {usable_cores()} cores")
    for row in told:
        low, high = row["range"]
        print(
            f"{row['way']:24} {row['wall_s']:6.2f} s  {row['mb']:6.1f} MB   "
            f"ksync is {row['ratio']:.2f} times as fast ({low:.2f} to {high:.2f})"
        )


def summarise(
    name: str, runs: list[tuple[float, int, int]], ours: list[tuple[float, int, int]]
) -> dict[str, Any]:
    ratios = [run[0] / our[0] for run, our in zip(runs, ours, strict=True)]
    return {
        "way": name,
        "wall_s": statistics.median(run[0] for run in runs),
        "files": runs[0][1],
        "mb": runs[0][2] / 1e6,
        "ratio": statistics.median(ratios),
        "range": (min(ratios), max(ratios)),
    }


if __name__ == "__main__":
    main()
