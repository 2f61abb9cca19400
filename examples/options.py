"""What the examples are told on their command line, and the stream that they are given for it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import kinect_sync as ks

RIG = Path(__file__).parent / "rig.yaml"


def parser(text: str) -> argparse.ArgumentParser:
    """Return what reads an example's command line: which rig, with which devices, and how many rows."""
    lines = argparse.RawDescriptionHelpFormatter
    made = argparse.ArgumentParser(description=text, formatter_class=lines)
    made.add_argument("rig", nargs="?", default=RIG, help="the rig file; that of the examples by default")
    devices = made.add_mutually_exclusive_group()
    devices.add_argument("--simulate", nargs="?", const="", metavar="FAULTS", help="with simulated devices")
    devices.add_argument("--playback", metavar="TAKE", help="with the recordings of a take, row by row")
    made.add_argument("--calibration", help="the calibration of the rig; that which the rig names by default")
    made.add_argument("--frames", type=int, metavar="N", help="end after so many rows")
    return made


def stream(told: argparse.Namespace, **how: Any) -> ks.Rows:
    """Start the stream that was asked for."""
    if told.playback:
        rig, bench = ks.open_take(told.playback).rig, ks.playback(told.playback, fast=True)
    else:
        rig = ks.load_rig(told.rig)
        bench = ks.kinects() if told.simulate is None else ks.simulated(told.simulate or None)
    return ks.stream(rig, bench=bench, calibration=told.calibration, **how)
