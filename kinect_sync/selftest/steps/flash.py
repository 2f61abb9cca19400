"""One flash of light in view of all cameras: the only proof of images, and not of timestamps."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinect_sync.findings import Finding
from kinect_sync.findings.selftest import SELFTEST_FLASH_APART, SELFTEST_NOT_DONE
from kinect_sync.review.report.markup import Markup
from kinect_sync.selftest.archive import IMAGES
from kinect_sync.selftest.brightness import Brightness, keep_images, measure_brightness
from kinect_sync.selftest.figures import Series, draw_levels, number
from kinect_sync.selftest.judging import faults_of
from kinect_sync.selftest.plan import SelftestPlan
from kinect_sync.selftest.records import RunRecord
from kinect_sync.selftest.stand import Interference, Stand
from kinect_sync.selftest.step import Judgement, Step
from kinect_sync.takes.opened_take import open_take
from kinect_sync.values import Value

FOLDER = "flashes"
KEPT = "stopwatch"
LEAST_JUMP = 3.0
"""Of 255 levels: less is noise, or a cloud."""
NOISES = 6.0
"""A jump stands out of the usual change from image to image by so many times."""
APART_PULSES = 1
"""A flash that begins while one camera still exposes and another does not is seen one pulse apart."""


class SeenFlashes(Value):
    """How bright the color images were."""

    runs: tuple[RunRecord, ...]
    brightness: tuple[Brightness, ...]


def measure(stand: Stand) -> SeenFlashes:
    """Record a take while somebody flashes a light, and measure its images; it is removed then."""
    folder, seconds, hand = stand.folder / FOLDER, stand.plan.amounts.hand_s / 2, stand.hand
    flash = "flash the light three times, about once a second"
    shutil.rmtree(folder, ignore_errors=True)  # of a step that was cut off
    try:
        calling = Interference(seconds / 5, lambda: hand.tell(flash))
        run, _ = stand.take("a take of flashes", stand.rig, seconds, folder, calling)
        take = open_take(folder)
        brightness = measure_brightness(take)
        if stand.plan.with_images:
            keep_images(take, stand.folder / Path(IMAGES) / KEPT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return SeenFlashes(runs=(run,), brightness=brightness)


def judge(measured: SeenFlashes, _plan: SelftestPlan) -> Judgement:
    """Compare at which pulses each device saw light go on."""
    flashes = {each.device: flashes_in(np.array(each.levels, dtype=float)) for each in measured.brightness}
    findings: list[Finding] = list(faults_of(measured.runs))
    seen = [f"{name}: light goes on at pulse {told_pulses(pulses)}" for name, pulses in flashes.items()]
    if not any(flashes.values()):
        findings.append(SELFTEST_NOT_DONE.found("no flash stands out of the images of any device"))
        return Judgement(tuple(seen), tuple(findings))
    reference = next(name for name, pulses in flashes.items() if pulses)
    for name, pulses in flashes.items():
        if apart := _apart(flashes[reference], pulses):
            what = f"light that {reference} sees at pulse {apart[0]} it sees at {apart[1]}"
            findings.append(SELFTEST_FLASH_APART.found(what, device=name))
    return Judgement(tuple(seen), tuple(findings))


def flashes_in(levels: NDArray[np.float64]) -> list[int]:
    """Return the pulses at which it becomes brighter than noise explains, each flash once.

    `levels` are the mean levels of one device by pulse, shape (n,); NaN where there is no image.
    """
    change = np.diff(levels)
    usual = float(np.nanmedian(np.abs(change))) if np.isfinite(change).any() else 0.0
    up = np.flatnonzero(change > max(LEAST_JUMP, NOISES * usual)) + 1
    return [int(pulse) for place, pulse in enumerate(up) if place == 0 or pulse - up[place - 1] > 1]


def told_pulses(pulses: list[int]) -> str:
    """Write the pulses of flashes."""
    return ", ".join(map(str, pulses)) if pulses else "none"


def _apart(reference: list[int], pulses: list[int]) -> tuple[int, str] | None:
    """Return the first flash that another device saw at another pulse, and where; None if there is none."""
    for flash in reference:
        nearest = min(pulses, key=lambda pulse: abs(pulse - flash), default=None)
        if nearest is None or abs(nearest - flash) > APART_PULSES:
            return flash, "none" if nearest is None else str(nearest)
    return None


def draw(measured: SeenFlashes) -> Markup | None:
    """Draw the brightness of each device, pulse by pulse."""
    series = [
        Series(each.device, np.arange(float(len(each.levels))), np.array(each.levels, dtype=float))
        for each in measured.brightness
    ]
    return draw_levels("mean brightness of color, by pulse", series, number)


def _lacks(plan: SelftestPlan) -> str | None:
    colored = [device for device in plan.rig.devices if plan.rig.settings_of(device).has_color]
    return None if len(colored) > 1 else "fewer than two devices of the rig run their color cameras"


STEP = Step(
    name="flash",
    place=200,
    question="Is one flash of light in images of the same pulse on all devices?",
    expected="at the same pulse, or the next where it begins while the shutter of one camera is closing",
    source="what synchronized images are for; users do it by hand (SDK issues 1226, 1228)",
    measured=SeenFlashes,
    measure=measure,
    judge=judge,
    draw=draw,
    takes_s=lambda plan: plan.amounts.hand_s + 30,
    lacks=_lacks,
    hand="put a light that you can flash in view of all cameras, or a phone with a stopwatch beside one; "
    "with --with-images, images of some pulses are kept to be compared",
)
