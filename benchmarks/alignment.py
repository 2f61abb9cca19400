"""How fast an hour of nine devices is aligned, and how much memory the streaming form takes.

Run: python benchmarks/alignment.py [--minutes 60] [--devices 9]

Prints the time of the whole-take form (`align`), of the rows made from it, and of the streaming form with
its measures (`Aligner` + `Verification`), and the peak of memory that the streaming form adds for takes of
different length: it ends at a megabyte. Every result is compared with the pulses that the captures were made
from.
"""

from __future__ import annotations

import argparse
import gc
import time
import tracemalloc
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kinect_sync.timing.alignment import AlignedDevice, Aligner, Entry
from kinect_sync.timing.table import MISSING, CaptureTimes, align
from kinect_sync.timing.verification import Verification, judge

FPS = 30
Numbers = NDArray[np.int64]


def make_truth(devices: int, pulses: int) -> list[tuple[Numbers, Numbers]]:
    """Make (pulse, color_us) per device: 400 ppm of drift to either side, 20 µs of jitter, 0.5 % dropped."""
    chance = np.random.default_rng(1)
    made = []
    for number in range(devices):
        kept = np.flatnonzero((chance.random(pulses) > 0.005) | (np.arange(pulses) == 0))
        ppm = 0 if number == 0 else 400 * (-1) ** number
        clock = 246_233 + kept / FPS * (1e6 + ppm) + chance.normal(0, 20, len(kept))
        made.append((kept, np.floor(clock * 0.09).astype(np.int64) * 100 // 9))
    return made


def columns(count: int) -> list[AlignedDevice]:
    return [AlignedDevice(f"d{number}") for number in range(count)]


def time_table(truth: list[tuple[Numbers, Numbers]], pulses: int) -> tuple[float, float]:
    recordings = [
        CaptureTimes(device, color, color)
        for device, (_, color) in zip(columns(len(truth)), truth, strict=True)
    ]
    begin = time.perf_counter()
    table = align(recordings, "d0", FPS)
    aligned_s = time.perf_counter() - begin
    expected = np.full((pulses, len(truth)), MISSING)
    for column, (kept, _) in enumerate(truth):
        expected[kept, column] = np.arange(len(kept))
    assert (table.captures == expected[: len(table)]).all(), "a wrong row"
    begin = time.perf_counter()
    rows = sum(1 for _ in table.rows())
    assert rows == len(table)
    return aligned_s, time.perf_counter() - begin


def batches(kept: Numbers, color: Numbers, pulses: int) -> Iterator[list[Entry]]:
    """Yield a device's entries of a third of a second at a time, as its worker reports them."""
    begin = 0
    for start in range(0, pulses, 10):
        end = int(np.searchsorted(kept, start + 10))
        yield [Entry(int(kept[i]), i, int(color[i]), int(color[i]), 0, None) for i in range(begin, end)]
        begin = end


def run_streaming(truth: list[tuple[Numbers, Numbers]], pulses: int) -> float:
    """Align and measure a take as it runs; returns the seconds without the making of entries."""
    devices = columns(len(truth))
    aligner, verification = Aligner(devices, "d0", FPS), Verification(devices, FPS)
    spent = 0.0
    for together in zip(*(batches(kept, color, pulses) for kept, color in truth), strict=True):
        begin = time.perf_counter()
        for device, entries in zip(devices, together, strict=True):
            aligner.add(device.name, entries)
        for row in aligner.rows():
            verification.add(row)
        spent += time.perf_counter() - begin
    for row in aligner.finish(None):
        verification.add(row)
    verified = verification.devices()
    assert judge(verified).value == "in_sync"
    assert sum(device.captures for device in verified) == sum(len(kept) for kept, _ in truth)
    return spent


def peak_of_streaming(devices: int, minutes: int) -> int:
    pulses = minutes * 60 * FPS
    truth = make_truth(devices, pulses)
    gc.collect()
    tracemalloc.start()
    try:
        run_streaming(truth, pulses)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--devices", type=int, default=9)
    options = parser.parse_args()
    pulses = options.minutes * 60 * FPS
    truth = make_truth(options.devices, pulses)
    aligned_s, rows_s = min(time_table(truth, pulses) for _ in range(3))
    streaming_s = run_streaming(truth, pulses)
    print(f"{options.minutes} min of {options.devices} devices at {FPS} fps: {pulses} pulses, no wrong row")
    print(f"align, whole take:     {aligned_s:6.3f} s")
    print(f"  rows from the table: {rows_s:6.3f} s")
    print(f"streaming, measured:   {streaming_s:6.3f} s, {streaming_s / pulses * 1e6:.1f} µs per pulse")
    for minutes in (1, 5, 20):
        peak = peak_of_streaming(options.devices, minutes)
        print(f"streaming, {minutes:2d} min: peak of {peak / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
