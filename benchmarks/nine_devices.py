"""Nine simulated devices at 30 fps, 720p MJPG and NFOV unbinned, recorded by the ksync command.

Told are the captures lost (which should be none where the disk keeps up), the processor time of all
processes as a share of the machine, and the memory of all processes at its peak. The devices and their
images are simulated on the same processors: a run in which they are read and nothing is written says how
much of it that is.

    python -m benchmarks.nine_devices [--directory DIR] [--seconds S] [--json]

With `--compress` takes are recorded in pairs, one as always and one with `ksync start --compress`; which of
them comes first changes from pair to pair. What both lose is the machine's, and the difference is the
packing's. The simulated scene packs better than the world does.

    python -m benchmarks.nine_devices --compress [--pairs N] [--directory DIR] [--seconds S] [--json]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.processes import Peak
from kinect_sync.devices.simulated.bench import SimulatedBench
from kinect_sync.devices.simulated.world import build_world
from kinect_sync.rig.loading import load_rig
from kinect_sync.takes.load_reader import read_load

RIG = Path(__file__).parents[1] / "configs" / "daisy_chain_9.yaml"


def record(directory: Path, seconds: float, *options: str) -> dict[str, Any]:
    """Run `ksync start` and account for everything that it used."""
    command = [sys.executable, "-m", "kinect_sync", "start", str(RIG), "--simulate", "--quiet", "--json"]
    command += options
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began_s = time.monotonic()
    process = subprocess.Popen(
        [*command, "--duration", str(seconds), "-o", str(directory)], stdout=subprocess.PIPE
    )
    peak = Peak(process.pid)
    output, _ = process.communicate()
    wall_s = time.monotonic() - began_s
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    report = json.loads(output)
    holes: Counter[str] = Counter()
    for device in report["devices"]:
        holes.update(device["holes"])
    return {
        "verdict": report["verdict"],
        "captures": sum(device["captures"] for device in report["devices"]),
        "lost": sum(device["dropped"] for device in report["devices"]),
        "holes": dict(holes),
        "megabytes_per_second": sum(p.stat().st_size for p in directory.glob("*/*.mkv")) / 1e6 / seconds,
        "largest_queue_megabytes": _largest_queue_megabytes(directory),
        "wall_s": wall_s,
        "cpu_percent_of_machine": 100 * cpu_s / wall_s / (os.cpu_count() or 1),
        "peak_megabytes": peak.stop()[""] or None,
    }


def only_read(directory: Path, seconds: float) -> dict[str, Any]:
    """Read the same nine devices in threads of one process, and write nothing."""
    rig = load_rig(RIG).rig
    bench = SimulatedBench(build_world(rig, directory))
    devices = [(bench.open(rig.settings_of(spec)), rig.settings_of(spec)) for spec in rig.devices]
    for device, settings in reversed(devices):
        device.start(settings)
    before, began_s = time.process_time(), time.monotonic()
    counts = [0] * len(devices)

    def read(number: int) -> None:
        while time.monotonic() - began_s < seconds:
            counts[number] += devices[number][0].get_capture(100) is not None

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(devices))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cpu_s = time.process_time() - before
    for device, _ in devices:
        device.stop()
        device.close()
    return {
        "captures": sum(counts),
        "cpu_percent_of_machine": 100 * cpu_s / seconds / (os.cpu_count() or 1),
    }


def record_pairs(directory: Path, seconds: float, pairs: int) -> dict[str, Any]:
    """Record with and without `--compress` in turns, and say what the packing costs and saves."""
    ways: dict[str, list[dict[str, Any]]] = {"raw": [], "compressed": []}
    for pair in range(pairs):
        for name in ("raw", "compressed") if pair % 2 == 0 else ("compressed", "raw"):
            folder = directory / f"{name}-{pair}"
            ways[name].append(record(folder, seconds, *(["--compress"] if name == "compressed" else [])))
            shutil.rmtree(folder)
    raw, compressed = ways["raw"], ways["compressed"]
    return {
        "pairs": pairs,
        "lost_raw": [run["lost"] for run in raw],
        "lost_compressed": [run["lost"] for run in compressed],
        "captures_of_each": raw[0]["captures"] + raw[0]["lost"],
        "megabytes_per_second_raw": _mean(raw, "megabytes_per_second"),
        "megabytes_per_second_compressed": _mean(compressed, "megabytes_per_second"),
        "percent_of_bytes": 100
        * _mean(compressed, "megabytes_per_second")
        / _mean(raw, "megabytes_per_second"),
        "cpu_percent_of_machine_raw": _mean(raw, "cpu_percent_of_machine"),
        "cpu_percent_of_machine_compressed": _mean(compressed, "cpu_percent_of_machine"),
        "largest_queue_megabytes_raw": max(run["largest_queue_megabytes"] for run in raw),
        "largest_queue_megabytes_compressed": max(run["largest_queue_megabytes"] for run in compressed),
    }


def _mean(runs: list[dict[str, Any]], key: str) -> float:
    return float(sum(run[key] for run in runs) / len(runs))


def _largest_queue_megabytes(directory: Path) -> float:
    """Return how much waited for one device's disk at most, by the takes' load.csv."""
    loads = [read_load(path) for path in directory.glob("*/load.csv")]
    queues = [device.queue_peak_bytes for load in loads for device in load.devices.values()]
    return max((float(each.max()) for each in queues if len(each)), default=0.0) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=Path.cwd(), help="a disk to record to")
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--compress", action="store_true", help="compare with `ksync start --compress`")
    parser.add_argument("--pairs", type=int, default=3, help="with --compress: how many")
    parser.add_argument("--json", action="store_true", dest="as_json")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=options.directory))
    try:
        if options.compress:
            results = {"pairs": record_pairs(folder, options.seconds, options.pairs)}
        else:
            results = {"recorded": record(folder / "takes", options.seconds)}
        results["only_read"] = only_read(folder / "world", options.seconds)
    finally:
        shutil.rmtree(folder)
    if options.as_json:
        print(json.dumps(results, indent=2))
        return
    for name, result in results.items():
        print(name)
        for key, value in result.items():
            print(f"  {key:24} {value:.1f}" if isinstance(value, float) else f"  {key:24} {value}")


if __name__ == "__main__":
    main()
