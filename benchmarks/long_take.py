"""What ten hours of nine devices at 30 fps cost: memory, the closing of the take, and the looking at it.

    python -m benchmarks.long_take [--directory DIR] [--hours 10] [--json]

Time is injected, so that ten hours pass in some minutes, and images are tiny: a JPEG of a few hundred bytes
per capture, 1.08 million captures per device. Told are

- of a worker (recorder, queue, writer and messages to the director): how its memory grows, and how long its
  file takes to be closed;
- of a worker whose device gives no captures any more while its IMU runs, for a tenth of the time: the same;
- of the director (fleet, alignment, measurements, index, load log), whose workers are scripted: the same,
  from the last file's end to a take whose take.json is complete. What these two leave is a take, in which
  the nine recordings are one file with nine names;
- of `ksync report`, `ksync export` (every 3000th pulse) and `ksync inspect` of that take: seconds, and the
  most memory that the process had (`ru_maxrss`).

Memory that grows is that of the process (`/proc/self/statm`), from the end of the first tenth to the end.
Each part is a process of its own; 2 GB of disk are needed, and Linux.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Picture

from kinect_sync.captures import Capture, Image, ImuSample
from kinect_sync.devices.port import AT_READERS_PACE
from kinect_sync.director.device_state import DeviceState
from kinect_sync.director.listener import Listener
from kinect_sync.director.run import Run, RunPlan
from kinect_sync.director.sink import Beginning
from kinect_sync.director.take_sink import TakeSink
from kinect_sync.rig.loading import load_rig
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.folder import TakeFolder
from kinect_sync.takes.manifest import DeviceReport, TakeReport
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.timing.alignment import Entry
from kinect_sync.timing.verification import DeviceVerification, judge
from kinect_sync.wire.messages import Finished, Progress, Record, RecordingFile, as_line
from kinect_sync.worker.recorder import Recorder
from kinect_sync.worker.write_queue import MOST_IMU_SAMPLES
from tests.director.scripted import HOST, Script, ScriptedRig, steady
from tests.factory_calibration import make_calibration
from tests.takes.recorded import imu_samples

FPS = 30
RIG = Path(__file__).parents[1] / "configs" / "daisy_chain_9.yaml"
PERIOD_US = 1e6 / FPS
FIRST_US = 200_000
"""Device time of the first pulse."""
HOST_NS = 10**12
TOLD_AT_ONCE = 10
"""Captures that a worker tells of in one message: a third of a second."""
IMU_BATCH = 55
"""Samples of one period, at 1.6 kHz."""
EVERY = 3000
TAKE = "take"

Figures = dict[str, float]


class Growth:
    """How the memory of this process grows, looked at ten times."""

    def __init__(self, steps: int) -> None:
        self._at = [steps * tenth // 10 for tenth in range(1, 11)]
        self._seen: list[int] = []

    def look(self, step: int) -> None:
        while len(self._seen) < 10 and step >= self._at[len(self._seen)]:
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            self._seen.append(pages * os.sysconf("SC_PAGESIZE"))

    def figures(self, hours: float) -> Figures:
        per_hour = (self._seen[-1] - self._seen[0]) / 1e6 / (hours * 0.9)
        return {"mb_per_hour": per_hour, "megabytes": self._seen[-1] / 1e6}


def tiny_jpeg() -> NDArray[np.uint8]:
    stream = BytesIO()
    Picture.new("RGB", (32, 18), (40, 80, 120)).save(stream, "JPEG")
    return np.frombuffer(stream.getvalue(), np.uint8)


def color_alone() -> RigFields:
    """Return the rig with depth off, whose images can't be made small."""
    fields = load_rig(RIG).rig.model_dump(mode="json", by_alias=True)
    fields["camera"]["depth_mode"] = "off"
    for device in fields["devices"]:
        device.pop("depth_delay_off_color_usec", None)
    return RigFields.model_validate(fields)


# --- the worker -------------------------------------------------------------------------------------------


class CountingWriter(MkvWriter):
    """Writes a recording, and tells how many IMU samples it was given."""

    samples = 0

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        """Write IMU samples, and count them."""
        super().write_imu(samples)
        CountingWriter.samples += len(samples)


def open_recorder(path: Path, **changes: Any) -> Recorder:
    rig = color_alone()
    settings = rig.settings_of(rig.devices[0]).model_copy(update=changes)
    factory = make_calibration(settings.serial)

    def open_writer(_: RecordingFile | None) -> MkvWriter:
        return CountingWriter(path, settings, color_firmware=None, depth_firmware=None, calibration=factory)

    return Recorder(settings, open_writer, queue_bytes=1 << 20, pace=AT_READERS_PACE)


def begin(recorder: Recorder, path: Path, jpeg: NDArray[np.uint8]) -> None:
    """Let the file begin with four captures."""
    for number in range(4):
        recorder.offer(capture(number, jpeg))
    file = RecordingFile(take=TAKE, name=path.name)
    recorder.begin(Record(file=file, anchor_us=FIRST_US, end_pulse=None))


def capture(number: int, jpeg: NDArray[np.uint8]) -> Capture:
    time_us = FIRST_US + round(number * PERIOD_US)
    return Capture(Image(jpeg, time_us, time_us * 1000), None, None, HOST_NS + time_us * 1000)


def sense(directory: Path, hours: float) -> Figures:
    """Record a device that gives four captures, and then IMU samples alone."""
    path = directory / "imu.mkv"
    recorder, batches = open_recorder(path, imu=True), round(hours * 360 * FPS)
    begin(recorder, path, tiny_jpeg())
    growth, queue = Growth(batches), recorder.queue
    for number in range(batches):
        recorder.offer_imu(imu_samples(FIRST_US + round(number * PERIOD_US), IMU_BATCH, 606))
        while (number + 1) * IMU_BATCH - CountingWriter.samples > MOST_IMU_SAMPLES // 2:
            time.sleep(0.001)  # time is injected, and the disk is not: a real device is slower
        growth.look(number)
    growth.look(batches)
    began_s = time.perf_counter()
    assert queue.close(60.0), "the file is not closed"
    path.unlink()
    assert queue.imu_dropped == 0
    return {"closing_s": time.perf_counter() - began_s, **growth.figures(hours / 10)}


def work(directory: Path, hours: float) -> Figures:
    """Record one device for so many hours."""
    path, jpeg = directory / "recording.mkv", tiny_jpeg()
    recorder, captures = open_recorder(path), round(hours * 3600 * FPS)
    begin(recorder, path, jpeg)
    growth, queue = Growth(captures), recorder.queue
    for number in range(4, captures):
        recorder.offer(capture(number, jpeg))
        if number % TOLD_AT_ONCE == 0:
            as_line(progress(queue.take_entries(), number, queue.captures))
            growth.look(number)
    growth.look(captures)
    began_s = time.perf_counter()
    assert queue.close(60.0), "the file is not closed"
    closing_s = time.perf_counter() - began_s
    assert queue.captures == captures, queue.failure
    return {"closing_s": closing_s, **growth.figures(hours)}


def progress(entries: tuple[Entry, ...], newest: int, captures: int) -> Progress:
    return Progress(
        entries=entries,
        newest_pulse=newest,
        captures=captures,
        queue_full=0,
        queued_bytes=0,
        written_bytes=captures * 1000,
        reader_silent_ms=0,
        clock=HOST.clock,
    )


# --- the director -----------------------------------------------------------------------------------------


class Workers(Listener):
    """Workers that tell of a third of a second in each round, until all is told."""

    def __init__(self, rig: RigFields, pulses: int) -> None:
        held = steady(first_us=FIRST_US, host_ns=HOST_NS)
        self.scripted = ScriptedRig(rig, {device.name: Script(held=held) for device in rig.devices})
        self.scripted.fleet.listeners.append(self)
        self.growth = Growth(pulses)
        self.begun = False
        self.ended_s = 0.0
        self._names = [device.name for device in rig.devices]
        self._pulses = pulses
        self._told = 0
        chance = np.random.default_rng(1)
        self._jitter_us = chance.integers(-8, 9, (len(self._names), 1000)).tolist()
        self._late_ns = chance.integers(0, 3_000_000, (len(self._names), 1000)).tolist()

    def on_pumped(self) -> None:
        """Let the next third of a second pass."""
        if not self.begun or self._told >= self._pulses:
            return
        self.scripted.clock.now_s += TOLD_AT_ONCE / FPS
        pulses = range(self._told, min(self._pulses, self._told + TOLD_AT_ONCE))
        for place, name in enumerate(self._names):
            entries = (self._entry(place, pulse) for pulse in pulses)
            told = tuple(each for each in entries if each is not None)
            self.scripted.say(name, progress(told, pulses.stop - 1, pulses.stop))
        self._told = pulses.stop
        self.growth.look(self._told)
        if self._told == self._pulses:
            for name in self._names:
                self.scripted.say(name, Finished(captures=self._pulses, written_bytes=self._pulses * 1000))
            self.ended_s = time.perf_counter()

    def _entry(self, place: int, pulse: int) -> Entry | None:
        if place and (pulse * 7 + place * 131) % 2000 == 0:
            return None  # lost by the sensor
        time_us = FIRST_US + round(pulse * PERIOD_US)
        host_ns = HOST_NS + time_us * 1000 + self._late_ns[place][pulse % 1000]
        off_us = self._jitter_us[place][pulse % 997] if place else 0
        return Entry(pulse, pulse, time_us + off_us, None, host_ns, None)


class BegunSink(TakeSink):
    """Keeps a take, and lets the workers begin when it does."""

    def __init__(self, folder: TakeFolder, rig: RigFields, workers: Workers) -> None:
        super().__init__(folder, rig, workers.scripted.fleet, 0)
        self._workers = workers

    def begin(self, beginning: Beginning) -> None:
        """Begin, and let the workers."""
        super().begin(beginning)
        self._workers.begun = True


def direct(directory: Path, hours: float) -> Figures:
    """Let scripted workers record for so many hours, and keep what a take keeps."""
    rig, pulses = color_alone(), round(hours * 3600 * FPS)
    workers = Workers(rig, pulses)
    sink = BegunSink(TakeFolder(directory / TAKE), rig, workers)
    outcome = Run(RunPlan(rig=rig), workers.scripted.fleet, sink, pulses=pulses).run()
    states = zip(workers.scripted.fleet, outcome.devices, strict=True)
    report = TakeReport(
        take=str(directory / TAKE),
        verdict=judge(outcome.devices),
        pulses=outcome.pulses,
        complete=outcome.complete,
        duration_s=hours * 3600,
        devices=tuple(device_report(state, verified) for state, verified in states),
        findings=outcome.findings,
    )
    assert sink.complete(report) == ()
    closing_s = time.perf_counter() - workers.ended_s
    assert outcome.pulses == pulses, outcome
    for device in rig.devices:
        os.link(directory / "recording.mkv", directory / TAKE / f"{device.name}.mkv")
    return {"closing_s": closing_s, **workers.growth.figures(hours)}


def device_report(state: DeviceState, verified: DeviceVerification) -> DeviceReport:
    return DeviceReport(
        name=state.name,
        serial=state.settings.serial,
        role=state.settings.role,
        file=f"{state.name}.mkv",
        captures=state.captures,
        dropped=verified.dropped,
        holes=verified.holes,
        lost=False,
        bias_us=verified.bias_us,
        jitter_us=verified.jitter_us,
        drift_ppm=verified.drift_ppm,
    )


# --- looking at it ----------------------------------------------------------------------------------------


def look(directory: Path, *command: str) -> Figures:
    """Run a command on the take; its memory is that of the process itself."""
    began_s = time.perf_counter()
    with (directory / "out").open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", "kinect_sync", *command], stdout=out, stderr=out)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, 1), (directory / "out").read_text()
    return {"seconds": time.perf_counter() - began_s, "megabytes": usage.ru_maxrss / 1000}


PARTS: dict[str, Callable[[Path, float], Figures]] = {"worker": work, "imu": sense, "director": direct}


def measure(part: str, directory: Path, hours: float) -> Figures:
    """Measure one part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.long_take", "--part", part]
    command += ["--directory", str(directory), "--hours", str(hours)]
    return dict(json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout))


def measure_all(directory: Path, hours: float) -> dict[str, Figures]:
    take, page = str(directory / TAKE), directory / "report.html"
    results = {part: measure(part, directory, hours) for part in PARTS}
    results["report"] = look(directory, "report", take, "-o", str(page))
    results["report"]["page_mb"] = page.stat().st_size / 1e6
    chosen = ("--every", str(EVERY), "--what", "color", "--jobs", "1", "--quiet")
    results["export"] = look(directory, "export", take, "-o", str(directory / "export"), *chosen)
    results["inspect"] = look(directory, "inspect", take, "--json")
    return results


def told(results: dict[str, Any]) -> str:
    lines = (f"{part:10}" + "".join(f"{key} {value:8.2f}   " for key, value in figures.items())
             for part, figures in results.items())  # fmt: skip
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--directory", type=Path, default=None, help="where the take is made, and removed")
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--json", action="store_true", dest="as_json")
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part is not None:
        print(json.dumps(PARTS[options.part](options.directory, options.hours)))
        return
    with tempfile.TemporaryDirectory(dir=options.directory, prefix="long-take-") as name:
        results = measure_all(Path(name), options.hours)
    print(json.dumps(results, indent=2) if options.as_json else told(results))


if __name__ == "__main__":
    main()
