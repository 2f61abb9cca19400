"""A take that is being recorded, written pulse by pulse as a test tells it, by clocks of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from kinect_sync import captures
from kinect_sync.captures import Capture
from kinect_sync.devices.simulated.frames import Film
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.index import IndexFile
from kinect_sync.takes.load import DeviceLoad, LoadFile, TakeLoad
from kinect_sync.takes.manifest import ClockSample, Host, Manifest, TakeDevice, TakeHost, TakeReport, Versions
from kinect_sync.takes.manifest_file import read_manifest, write_manifest
from kinect_sync.takes.mkv.writer import MkvWriter
from kinect_sync.takes.names import INDEX, LOAD
from kinect_sync.timing.alignment import AlignedDevice, Cell, HoleReason, Row
from kinect_sync.viewer.surroundings import Surroundings
from tests.review.small_takes import PERIOD_US, START_US, film_of, small_rig

UTC_S = 1_700_000_000
LIMIT_BYTES = 256_000_000
FAR_NBYTES = 1_000_000
"""A capture that another host writes."""


class GrowingTake:
    """A rig that records: `record` is one pulse, after which a period has passed."""

    def __init__(self, folder: Path, rig: RigFields | None = None, *, hosts: Mapping[str, str] | None = None):
        self.folder, self.moment_s, self.pulse, self.free_bytes = folder, 1000.0, 0, 10**12
        self.rig = rig or small_rig()
        self.settings = {each.name: self.rig.settings_of(each) for each in self.rig.devices}
        self.films: dict[str, Film | SpoiledFilm] = {
            name: film_of(each) for name, each in self.settings.items()
        }
        self.lateness_us: dict[str, float] = {}
        self.queue_bytes: dict[str, int] = {}
        folder.mkdir(parents=True)
        hosts = hosts or {}
        named = tuple(
            TakeHost(name=each, computer=each, clock="1", system="Linux", machine="x86_64", ksync="0.1.0")
            for each in dict.fromkeys(hosts.values())
        )
        devices = tuple(
            TakeDevice(file=f"{name}.mkv", host=hosts.get(name), settings=each, firmware=None, controls=None,
                       jacks=None, first_pulse_us=float(START_US), captures_before=0)
            for name, each in self.settings.items()
        )  # fmt: skip
        self.manifest = Manifest(
            state="recording", name=folder.name, versions=Versions(ksync="0.1.0"),
            host=Host(name="host", system="Linux", machine="x86_64"), rig=self.rig,
            begin=ClockSample(monotonic_ns=1, utc_ns=UTC_S * 10**9), reference=next(iter(self.settings)),
            devices=devices, hosts=named, format=2 if named else 1,
        )  # fmt: skip
        write_manifest(folder, self.manifest)
        self.writers = {
            name: MkvWriter(folder / f"{name}.mkv", each, color_firmware=None, depth_firmware=None,
                            calibration=None)
            for name, each in self.settings.items() if name not in hosts
        }  # fmt: skip
        self.index, self.load = IndexFile(folder / INDEX, list(self.settings)), None
        self.captures = dict.fromkeys(self.settings, 0)
        self.surroundings = Surroundings(
            now_s=lambda: self.moment_s,
            utc_ns=lambda: UTC_S * 10**9 + round(self.moment_s * 1e9),
            free_bytes=lambda _: self.free_bytes,
        )

    def record(
        self,
        pulses: int = 1,
        *,
        holes: Mapping[str, str] | None = None,
        aligned: bool = True,
        written: bool = True,
    ) -> None:
        """Let pulses come: a device in `holes` gives nothing for that reason.

        `aligned` brings their rows, and `written` their captures.
        """
        for _ in range(pulses):
            cells = tuple(self._give(name, (holes or {}).get(name), written) for name in self.settings)
            if aligned:
                self.index.append(Row(self.pulse, cells))
            if self.pulse % 30 == 0:
                self._note_load()
            self.pulse += 1
            self.wait(PERIOD_US / 1e6)
        self.index.flush()

    def wait(self, seconds: float) -> None:
        """Let time pass in which nothing comes."""
        self.moment_s += seconds

    def _give(self, name: str, hole: str | None, written: bool) -> Cell:
        if hole is not None:
            return Cell(None, None, None, None, None, HoleReason(hole))
        late_us = self.lateness_us.get(name, 0.0)
        delay_us = AlignedDevice.of(self.settings[name]).offsets.depth_delay_us
        color_us = START_US + round(self.pulse * 1e6 / 30 + late_us)
        depth_us = color_us + round(delay_us)
        if name in self.writers and written:
            film = self.films[name]
            color, depth = (
                captures.Image(film.color(self.pulse), color_us, 0),
                captures.Image(film.depth(self.pulse), depth_us, 0),
            )
            infrared = captures.Image(film.infrared(self.pulse), depth_us, 0)
            self.writers[name].write(Capture(color, depth, infrared, 0))
            self.date(self.folder / f"{name}.mkv")
        self.captures[name] += 1
        host_ns = round(self.moment_s * 1e9)
        return Cell(self.captures[name] - 1, color_us, depth_us, host_ns, late_us, None)

    def _note_load(self) -> None:
        if self.load is None:
            self.load = LoadFile(self.folder / LOAD, list(self.settings))
        written = {name: FAR_NBYTES * self.captures[name] for name in self.settings}
        written |= {name: writer.bytes_written for name, writer in self.writers.items()}
        devices = [DeviceLoad(self.queue_bytes.get(name, 0), written[name], 0) for name in self.settings]
        self.load.append(
            TakeLoad(round(self.moment_s * 1e9), self.pulse, self.free_bytes, LIMIT_BYTES), devices
        )
        for name in (INDEX, LOAD, "take.json"):
            self.date(self.folder / name)

    def date(self, path: Path) -> None:
        """Date a file at this moment, as if it was written to now."""
        os.utime(path, ns=(self.surroundings.utc_ns(),) * 2)

    def end(self, report: TakeReport | None = None) -> None:
        """Close all files; with a report, take.json says that the take has ended."""
        for each in self.writers.values():
            each.close()
        self.index.close()
        if self.load is not None:
            self.load.close()
        if report is not None:
            told = {"state": "finished", "report": report, "end": self.manifest.begin}
            write_manifest(self.folder, read_manifest(self.folder).model_copy(update=told))


class SpoiledFilm:
    """What a camera gives with which something is wrong: one brightness of color, depth that is missing."""

    def __init__(self, film: Film | SpoiledFilm, *, brightness: int | None = None, lacking: float = 0.0):
        self._film, self._brightness, self._lacking = film, brightness, lacking

    def color(self, number: int) -> NDArray[np.uint8]:
        return self._film.color(number) if self._brightness is None else _plain(self._brightness)

    def depth(self, number: int) -> NDArray[np.uint16]:
        image = self._film.depth(number).copy()
        image[round(len(image) * (1 - self._lacking)) :] = 0
        return image

    def infrared(self, number: int) -> NDArray[np.uint16]:
        return self._film.infrared(number)


@cache
def _plain(brightness: int) -> NDArray[np.uint8]:
    stream = BytesIO()
    Image.new("RGB", (1280, 720), (brightness,) * 3).save(stream, "JPEG")
    return np.frombuffer(stream.getvalue(), np.uint8)
