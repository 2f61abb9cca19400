"""What the examples are told on their command line, the stream that they get for it, and how they end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

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
        bench = ks.playback(told.playback, fast=True)
    else:
        bench = ks.kinects() if told.simulate is None else ks.simulated(told.simulate or None)
    return ks.stream(rig_of(told), bench=bench, calibration=told.calibration, **how)


def rig_of(told: argparse.Namespace) -> ks.RigFields:
    """Return the rig that was asked for: that of the take, if one is played."""
    return ks.open_take(told.playback).rig if told.playback else ks.load_rig(told.rig)


def run(main: Callable[[], None]) -> None:
    """Run an example: Ctrl-C ends it, and what somebody can mend is told in a sentence, and no traceback."""
    try:
        main()
    except KeyboardInterrupt:
        pass
    except (ks.KsyncError, ImportError, OSError) as error:
        refuse(str(error))


def refuse(why: str) -> NoReturn:
    """End the program: it can't do what was asked for."""
    print(why, file=sys.stderr)
    sys.exit(2)
