"""How small and how fast archives are, beside what one has without ksync; and whether all comes back.

Told of one recording of a camera, and apart from it of the simulated scene, which compresses better than
the world: the share of its size that each way leaves, and processor time per capture (of all threads and
processes) to pack and to unpack. Raw is a copy; `xz -1` and zstd see the file as bytes; ffmpeg packs depth
and IR with its own FFV1 and keeps nothing for the way back. All in one run, in turns; told are medians.

    python -m benchmarks.archive [--recording MKV] [--turns N] [--json]
    python -m benchmarks.archive --fuzz N [--recording MKV] [--json]

`--fuzz` archives and restores every kind of file that the tests know, each cut off at N random places and
with a bit flipped at N others, and counts what does not come back byte for byte.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from kinect_sync.errors import KsyncError
from kinect_sync.takes.archive.files import verify_file
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.packing.packings import Packing
from tests.review.small_takes import make_take, small_rig
from tests.takes.archived import REAL, archive, cut, flipped, kinds_of_files, restore

CAPTURES = 6
"""Of the simulated scene."""
Way = Callable[[Path, Path], tuple[float, float | None]]
"""Packs a file into another, and unpacks that; returns seconds of processor time of both."""


def timed(work: Callable[[], Any]) -> float:
    before = cpu_s()
    work()
    return cpu_s() - before


def cpu_s() -> float:
    """Processor time of this process and of those that it waited for."""
    if sys.platform == "win32":
        return time.process_time()
    import resource

    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + spent.ru_utime + spent.ru_stime


# --- the ways -----------------------------------------------------------------------------------------------


def raw(source: Path, target: Path) -> tuple[float, float]:
    return timed(lambda: shutil.copyfile(source, target)), timed(target.read_bytes)


def ksync(packing: Packing) -> Way:
    def way(source: Path, target: Path) -> tuple[float, float]:
        both = timed(lambda: archive(source, target, packing))
        with ThreadPoolExecutor(1) as executor:
            proof = timed(lambda: verify_file(target, executor, lambda _nbytes: None))
        return both - proof, proof

    return way


def xz(source: Path, target: Path) -> tuple[float, float]:
    data = source.read_bytes()
    packing = timed(lambda: target.write_bytes(lzma.compress(data, preset=1)))
    return packing, timed(lambda: lzma.decompress(target.read_bytes()))


def zstd(source: Path, target: Path) -> tuple[float, float]:
    import zstandard

    data = source.read_bytes()
    packing = timed(lambda: target.write_bytes(zstandard.ZstdCompressor(level=3).compress(data)))
    return packing, timed(lambda: zstandard.ZstdDecompressor().decompress(target.read_bytes()))


def ffmpeg(source: Path, target: Path) -> tuple[float, float]:
    command = ["ffmpeg", "-v", "error", "-y", "-i", str(source), "-map", "0:v", "-c", "copy"]
    for stream in ("v:1", "v:2"):
        command += [f"-c:{stream}", "ffv1", f"-level:{stream}", "3"]
    packing = timed(lambda: subprocess.run([*command, "-f", "matroska", str(target)], check=True))
    unpack = ["ffmpeg", "-v", "error", "-i", str(target), "-map", "0:v:1", "-map", "0:v:2", "-f", "null", "-"]
    return packing, timed(lambda: subprocess.run(unpack, check=True))


def ways() -> dict[str, Way]:
    """The ways that this computer knows; what is missing is said."""
    known: dict[str, tuple[Way, bool]] = {
        "raw": (raw, True),
        "ksync archive": (ksync(Packing.FFV1), find_spec("av") is not None),
        "ksync archive --codec png": (ksync(Packing.PNG), True),
        "xz -1": (xz, True),
        "zstd -3": (zstd, find_spec("zstandard") is not None),
        "ffmpeg, FFV1": (ffmpeg, shutil.which("ffmpeg") is not None),
    }
    for name, (_, there) in known.items():
        if not there:
            print(f"{name}: not on this computer", file=sys.stderr)
    return {name: way for name, (way, there) in known.items() if there}


def measure(source: Path, folder: Path, turns: int) -> dict[str, dict[str, float]]:
    captures = len(read_recording(source).depth_us)
    spent: dict[str, list[tuple[float, float]]] = {}
    sizes: dict[str, int] = {}
    for _ in range(turns):
        for name, way in ways().items():
            target = folder / "packed"
            target.unlink(missing_ok=True)
            spent.setdefault(name, []).append(way(source, target))
            sizes[name] = target.stat().st_size
    return {
        name: {
            "share": sizes[name] / source.stat().st_size,
            "pack_ms": statistics.median(each[0] for each in times) / captures * 1e3,
            "unpack_ms": statistics.median(each[1] for each in times) / captures * 1e3,
        }
        for name, times in spent.items()
    }


def simulated(folder: Path) -> Path:
    """Make a recording of the simulated scene, 720p MJPG and NFOV unbinned."""
    fields = small_rig().model_dump(exclude_unset=True)
    devices = [{"name": "front", "serial": "000123456712", "role": "standalone"}]
    camera = {**fields["camera"], "depth_mode": "nfov_unbinned"}
    rig = small_rig(topology="standalone", camera=camera, devices=devices)
    return make_take(folder / "take", pulses=CAPTURES, rig=rig) / "front.mkv"


# --- the proof ----------------------------------------------------------------------------------------------


def fuzz(folder: Path, recording: Path, count: int) -> dict[str, dict[str, int]]:
    """Archive and restore every kind of file, cut off and spoiled; return by kind what became of them."""
    told: dict[str, dict[str, int]] = {}
    kinds = dict(kinds_of_files(folder))
    if recording.exists():
        kinds[f"the recording {recording.name}"] = recording
    for kind, source in kinds.items():
        data, outcomes = source.read_bytes(), Counter[str]()
        rng = random.Random(kind)
        outcomes[f"whole: {outcome_of(data, folder, 0)}"] += 1
        for number in range(count):
            outcomes[f"cut: {outcome_of(cut(data, rng), folder, number)}"] += 1
            spoiled = flipped(data, rng, None if number % 2 else min(len(data), 8000))
            outcomes[f"flipped: {outcome_of(spoiled, folder, number)}"] += 1
        told[kind] = dict(sorted(outcomes.items()))
        print(f"{kind}: {told[kind]}", file=sys.stderr)
    return told


def outcome_of(data: bytes, folder: Path, number: int) -> str:
    source, target, back = (folder / f"fuzz-{name}" for name in ("source", "archive", "back"))
    for path in (target, back):
        path.unlink(missing_ok=True)
    source.write_bytes(data)
    packings = [Packing.PNG, *([Packing.FFV1] if find_spec("av") else [])]
    try:
        archive(source, target, packings[number % len(packings)])
    except KsyncError:
        return "no recording any more, copied"  # as `ksync archive` does with it
    damage = restore(target, back)
    return "identical" if not damage and back.read_bytes() == data else "DIFFERS"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--recording", type=Path, default=REAL)
    parser.add_argument("--turns", type=int, default=11)
    parser.add_argument("--fuzz", type=int, metavar="N")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        if options.fuzz is not None:
            told = fuzz(folder, options.recording, options.fuzz)
            total = Counter[str]()
            for name, n in (each for outcomes in told.values() for each in outcomes.items()):
                total[name.split(": ")[1]] += n
            print(json.dumps(told if options.json else dict(total), indent=2))
            return 1 if total["DIFFERS"] else 0
        sources = {"real": options.recording} if options.recording.exists() else {}
        sources["simulated"] = simulated(folder)
        results = {name: measure(path, folder, options.turns) for name, path in sources.items()}
    if options.json:
        print(json.dumps(results, indent=2))
        return 0
    for name, rows in results.items():
        print(f"{name}: share of the size, ms of one core per capture to pack and to unpack")
        for way, row in rows.items():
            print(f"  {way:28} {row['share']:6.1%} {row['pack_ms']:8.1f} {row['unpack_ms']:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
