"""A take at one moment, or at one of its pulses, as a sight: each device, and the whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from kinect_sync.findings.export import IMAGE_NOT_IN_FILE
from kinect_sync.findings.inspection import TAKE_UNFINISHED
from kinect_sync.takes.manifest import DeviceReport, Manifest, TakeDevice
from kinect_sync.takes.opened_take import problem_with
from kinect_sync.texts import printable
from kinect_sync.timing.measures import DeviceVerification, clock_tolerance_us
from kinect_sync.timing.table import HOLES, MISSING, NO_HOLE
from kinect_sync.viewer.head import DeviceHead, Head, Sign, ViewState, WholeHead
from kinect_sync.viewer.shots import Shot
from kinect_sync.viewer.signs import disk_signs, ordered, recording_signs, sign_of
from kinect_sync.viewer.sources import Sight, Sighted
from kinect_sync.viewer.spark import spark_of
from kinect_sync.viewer.watch import ABANDONED_S, Watch

_LAG_S = (-0.5, 120.0)
"""A picture is so much older than its file at most: what waited for a slow disk. Else two clocks are none."""


def sight_of(watch: Watch, manifest: Manifest, pulse: int | None) -> Sight:
    """Return what a take looks like that was looked at just now."""
    take = _Take(watch, manifest, pulse)
    devices = tuple(take.device(each) for each in manifest.devices)
    head = Head(
        state=ViewState.RECORDING if take.goes_on else ViewState.ENDED,
        name=printable(manifest.name),
        whole=take.whole([each.head for each in devices]),
        span=watch.standing.span,
    )
    return Sight(head, devices)


class _Take:
    """A take while it is made a sight."""

    def __init__(self, watch: Watch, manifest: Manifest, pulse: int | None) -> None:
        self._watch, self._manifest, self._pulse = watch, manifest, pulse
        self._rows = watch.standing.tail if pulse is None else watch.rows(pulse)
        self.goes_on = manifest.state == "recording" and watch.quiet_s < ABANDONED_S
        judged, report = watch.standing.judged, manifest.report
        measured: Sequence[DeviceReport | DeviceVerification] = ()
        if report is not None:
            measured = report.devices
        elif judged is not None:
            measured = judged.devices
        self._measured = {each.name: each for each in measured}

    # --- one device -----------------------------------------------------------------------------------

    def device(self, device: TakeDevice) -> Sighted:
        """Return one device."""
        name = device.settings.name
        shot, problem = self._shot(device)
        now = {
            "elsewhere": device.host is not None and not self._watch.seen[name].is_there,
            "pulse": self._pulse_of(name, shot),
            "age_s": self._age_s(device, shot),
            "hole": self._hole(name),
            "problem": problem,
        }
        pulse_of = partial(self._watch.times.pulse, name)
        head = self._standing_head(device).model_copy(update=now)
        return Sighted(head, shot, self._watch.meets.get(name, ()), pulse_of)

    def _standing_head(self, device: TakeDevice) -> DeviceHead:
        """Return what stays as it is until index and load are looked at again, made once."""
        made, key = self._watch.made, (device.settings.name, self._pulse, self._manifest.state)
        if key not in made:
            made[key] = self._head(device)
        return made[key]

    def _head(self, device: TakeDevice) -> DeviceHead:
        name, settings = device.settings.name, device.settings
        measured = self._measured.get(name)
        return DeviceHead(
            name=name,
            role=str(settings.role),
            host=device.host,
            drops=measured.dropped if measured else None,
            holes=dict(measured.holes) if measured else {},
            residuals_us=self._residuals(name, measured.bias_us if measured else None),
            tolerance_us=clock_tolerance_us(settings.fps, settings.hardware),
            **self._queue(name),
        )

    def _shot(self, device: TakeDevice) -> tuple[Shot | None, str | None]:
        """Return the capture to show, or why there is none."""
        name, seen = device.settings.name, self._watch.seen[device.settings.name]
        if seen.problem is not None or not seen.is_there:
            return None, seen.problem or self._absent(device)
        if self._pulse is None:
            return seen.shot, None
        times_us = self._times_us(name)
        try:
            found = self._watch.find(name, times_us)
        except OSError as error:
            return None, f"{device.file} can't be read: {error.strerror or error}"
        if found is None and times_us:
            return None, IMAGE_NOT_IN_FILE.means
        return found, None

    def _absent(self, device: TakeDevice) -> str | None:
        """Say why a take that has ended lacks a recording; one that goes on may not have begun it."""
        if self.goes_on:
            return None
        problem = problem_with(self._watch.folder, device, self._manifest.report)
        return None if problem is None else problem.what

    def _row(self, name: str) -> int | None:
        """Return the row of the pulse that was asked for; None where the index has none."""
        rows = self._rows
        if self._pulse is None or rows is None or name not in rows.devices or rows.pulses[-1] != self._pulse:
            return None
        return len(rows) - 1

    def _times_us(self, name: str) -> dict[str, int]:
        row = self._row(name)
        if row is None or self._rows is None:
            return {}
        columns = self._rows.devices[name]
        color, depth = int(columns.color_us[row]), int(columns.depth_us[row])
        times = {"COLOR": color, "DEPTH": depth, "IR": depth}
        return {track: time for track, time in times.items() if time != MISSING}

    def _hole(self, name: str) -> str | None:
        row = self._row(name)
        hole = NO_HOLE if row is None or self._rows is None else int(self._rows.devices[name].hole[row])
        return None if hole == NO_HOLE else str(HOLES[hole])

    def _residuals(self, name: str, bias_us: float | None) -> tuple[float | None, ...]:
        if self._rows is None or name not in self._rows.devices:
            return ()
        return spark_of(self._rows.devices[name].residual_us, bias_us)

    def _pulse_of(self, name: str, shot: Shot | None) -> int | None:
        if self._pulse is not None:
            return self._pulse
        return None if shot is None else self._watch.times.pulse(name, shot.device_us)

    def _age_s(self, device: TakeDevice, shot: Shot | None) -> float | None:
        """Return how long ago the newest picture was taken: by its own time, also where the disk lags."""
        if shot is None or self._pulse is not None or not self.goes_on:
            return None
        name = device.settings.name
        written_s = self._watch.seen[name].age_s or 0.0
        host_ns = self._watch.times.host_ns(name, shot.device_us) if device.host is None else None
        lag_s = self._watch.now_s() - host_ns / 1e9 - written_s if host_ns is not None else 0.0
        return round(written_s + (lag_s if _LAG_S[0] < lag_s < _LAG_S[1] else 0.0), 3)

    def _queue(self, name: str) -> dict[str, int]:
        load = self._watch.standing.load
        if not self.goes_on or load is None or name not in load.devices:
            return {}
        queue_bytes, limit_bytes = load.devices[name].queue_peak_bytes, load.take.queue_limit_bytes
        return {"queue_bytes": queue_bytes, "queue_limit_bytes": limit_bytes}

    # --- the whole ------------------------------------------------------------------------------------

    def whole(self, devices: Sequence[DeviceHead]) -> WholeHead:
        """Return the take as a whole."""
        standing, judged, report = self._watch.standing, self._watch.standing.judged, self._manifest.report
        known = report or judged
        has_rows = known is not None and known.pulses > 0
        rate = standing.bytes_per_s if self.goes_on else None
        return WholeHead(
            verdict=known.verdict if known else None,
            words=self._words(),
            rows=known.pulses if known and has_rows else None,
            complete=known.complete if known and has_rows else None,
            mb_s=None if rate is None else round(rate / 1e6, 1),
            disk_minutes=standing.disk_minutes if self.goes_on else None,
            signs=ordered(self._signs(devices)),
        )

    def _words(self) -> str:
        standing, report = self._watch.standing, self._manifest.report
        if report is not None:
            return report.verdict.told
        if standing.read_share < 1 and not self._watch.is_index_read:
            return f"the index is being read: {standing.read_share:.0%}"
        verdict = standing.judged.verdict if standing.judged else None
        if verdict is None:
            return "recording has begun" if self.goes_on else "recording had just begun"
        return f"{verdict.told} so far" if self.goes_on else f"{verdict.told} as far as it goes"

    def _signs(self, devices: Sequence[DeviceHead]) -> Iterator[Sign]:
        standing, report = self._watch.standing, self._manifest.report
        judged = standing.judged.findings if standing.judged else ()
        yield from map(sign_of, (*self._watch.problems(), *(report.findings if report else judged)))
        if self.goes_on:
            yield from disk_signs(standing.disk_minutes)
            yield from recording_signs(devices, kept=self._watch.kept)
        elif report is None:
            what = f"nothing was written for {self._watch.quiet_s:.0f} s, and the take was not ended"
            yield sign_of(TAKE_UNFINISHED.found(what))
