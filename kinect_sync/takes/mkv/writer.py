"""The writer of recordings: an Azure Kinect MKV that can be read at any moment of its life.

libk4arecord keeps two seconds in memory and writes what makes a file readable only when it is closed, so
everything is lost when its process dies. Here each capture goes to the OS in one system call, as a cluster
of its own, behind a header that needs no correction; closing merely adds the index.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from kinect_sync.captures import Capture, Image, ImuSample, as_bytes
from kinect_sync.errors import KsyncError
from kinect_sync.findings import Kind
from kinect_sync.findings.recording import CAPTURE_BEFORE_FILE_START, IMAGE_DOES_NOT_FIT
from kinect_sync.rig.delays import whole_period_us
from kinect_sync.rig.model import DeviceSettings
from kinect_sync.takes.appending import AppendedFile, Part
from kinect_sync.takes.mkv.clusters import Block, Cluster, empty_cluster, imu_clusters, place, split_blocks
from kinect_sync.takes.mkv.cues import Cues
from kinect_sync.takes.mkv.layout import Header, build_header
from kinect_sync.takes.mkv.tags import Identity, TrackPlan, plan_tracks
from kinect_sync.takes.packing.encoding import GrayEncoder, gray_encoder
from kinect_sync.takes.packing.packings import PACKED, Packing

MAX_PENDING_IMU = 4096
"""IMU samples kept for the next capture, 2.5 s of them. Of more the older half is written at once: a capture
that comes late still finds its place in order of time."""


class MkvWriter:
    """Writes one device's recording; one thread writes, another may call `sync`.

    Timestamps are written as the device gave them. They may go back: libk4arecord reads a track in the
    order of the file. They may not lie before the start of the file, as times in a file cannot be negative.
    """

    def __init__(
        self,
        path: Path,
        settings: DeviceSettings,
        *,
        color_firmware: str | None,
        depth_firmware: str | None,
        calibration: bytes | None,
        packing: Packing | None = None,
    ) -> None:
        """Create the file, and never overwrite one: `UsageError` where it exists or cannot be made.

        With `packing` depth and IR are packed by whoever writes; libk4arecord then reads color alone.
        """
        self.captures = 0
        """Captures whose write is done."""
        self._settings = settings
        self._identity = Identity(color_firmware, depth_firmware, calibration)
        self._tracks = plan_tracks(settings, packing)
        self._encoders = _encoders(self._tracks, packing)
        self._header: Header | None = None
        self._start_us = 0
        self._end_us = 0
        self._cues = Cues()
        self._pending_imu: list[ImuSample] = []
        self._swapped: dict[str, NDArray[np.uint8]] = {}
        self._closed = False
        self._file = AppendedFile(path, settings.name)

    @property
    def bytes_written(self) -> int:
        """Size of the file."""
        return self._file.size

    def write(self, capture: Capture) -> None:
        """Append one capture; the images may be used otherwise as soon as this returns.

        The first one brings the header. Raises `KsyncError`: `disk-full` or `write-failed`, after which the
        file ends with the capture before and a later write may succeed; `image-does-not-fit` and
        `capture-before-file-start`, after which nothing of this capture stands in the file.
        """
        images = self._named_images(capture)
        header, start_us = self._header, self._start_us
        if header is None:
            start_us = self._choose_start(images)
            header = build_header(self._settings, self._tracks, self._identity, start_us)
        clusters = split_blocks([self._block(name, image, start_us) for name, image in images.items()])
        first_us = clusters[0].time_us + start_us
        ready = [sample for sample in self._pending_imu if sample.acc_timestamp_usec < first_us]
        imu = self._imu_clusters(ready, start_us)
        parts: list[Part] = [] if self._header is not None else [header.data]
        placed, positions = place([*imu, *clusters], self._file.size + sum(len(part) for part in parts))
        self._file.append(parts + placed)
        self._header, self._start_us = header, start_us
        self._pending_imu = self._pending_imu[len(ready) :] if ready else self._pending_imu
        self._note(clusters, positions[len(imu)] - header.segment_start)

    def write_imu(self, samples: Sequence[ImuSample]) -> None:
        """Take IMU samples; they reach the file in order of time, before the next capture that is later.

        Those from before the first capture are left out, as libk4arecord does. Raises `KsyncError` like
        `write`; `ValueError` where the settings have no IMU.
        """
        if samples and "IMU" not in self._tracks:
            raise ValueError("these settings have no IMU track")
        self._pending_imu += samples
        self._pending_imu.sort(key=lambda sample: sample.acc_timestamp_usec)
        if len(self._pending_imu) > MAX_PENDING_IMU:
            if self._header is None:
                del self._pending_imu[:-MAX_PENDING_IMU]
            else:
                self._flush_imu(len(self._pending_imu) - MAX_PENDING_IMU // 2)

    def sync(self) -> None:
        """Make what was written survive a power cut; for another thread, once a second.

        Raises `KsyncError` (`write-failed`) where the disk has lost data; harmless on a closed file.
        """
        self._file.sync()

    def close(self) -> None:
        """Complete the file with index, duration and size, and give it back; harmless when that is done.

        A full disk may leave the index out: readers then walk through the clusters. Raises `KsyncError`
        where the disk refuses more than that; the captures are in the file all the same.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._complete()
        finally:
            self._file.close()

    def __enter__(self) -> MkvWriter:
        """Return the writer itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self.close()

    def _complete(self) -> None:
        if self._header is None:
            header = build_header(self._settings, self._tracks, self._identity, 0)
            placed, _ = place([empty_cluster()], len(header.data))
            self._file.append([header.data, *placed])
            self._header = header
        cues_at: int | None = self._file.size
        try:
            self._flush_imu(len(self._pending_imu))
            cues_at = self._cues.append_to(self._file)
        except KsyncError:
            cues_at = None
        # The index must be on the disk before the start of the file says where it is: libk4arecord refuses
        # a file that points to something else.
        self._file.sync()
        self._file.rewrite_start(self._header.closed(self._file.size, max(1, self._end_us), cues_at))
        self._file.sync()

    def _flush_imu(self, count: int) -> None:
        """Write the oldest pending samples, whatever captures may still come."""
        oldest = self._pending_imu[:count]
        clusters = self._imu_clusters(oldest, self._start_us)
        if clusters:
            self._file.append(place(clusters, self._file.size)[0])
            self._end_us = max(self._end_us, oldest[-1].acc_timestamp_usec - self._start_us)
        del self._pending_imu[:count]

    def _imu_clusters(self, samples: Sequence[ImuSample], start_us: int) -> list[Cluster]:
        kept = [sample for sample in samples if sample.acc_timestamp_usec >= start_us]
        return imu_clusters(kept, self._tracks["IMU"].number, start_us) if kept else []

    def _named_images(self, capture: Capture) -> dict[str, Image]:
        named = {"COLOR": capture.color, "DEPTH": capture.depth, "IR": capture.ir}
        images = {name: image for name, image in named.items() if image is not None}
        if not images:
            raise self._refusal(IMAGE_DOES_NOT_FIT, "a capture without any image cannot be recorded")
        for name, image in images.items():
            problem = _misfit(image, self._tracks.get(name))
            if problem:
                raise self._refusal(IMAGE_DOES_NOT_FIT, f"{name.lower()}: {problem}")
        return images

    def _choose_start(self, images: dict[str, Image]) -> int:
        """Return the device time that the file's times count from: that of the first image, as in the SDK.

        Where the first capture lacks an image, the next one may bring an earlier time (a negative depth
        delay, up to one period; the SDK's pairing adds three quarters), so two periods are left free.
        """
        first_us = min(image.device_timestamp_usec for image in images.values())
        if len(images) == len([track for track in self._tracks.values() if track.pixels]):
            return first_us
        return max(0, first_us - 2 * whole_period_us(self._settings.fps))

    def _block(self, name: str, image: Image, start_us: int) -> Block:
        time_us = image.device_timestamp_usec - start_us
        if time_us < 0:
            what = f"the clock stepped back to {image.device_timestamp_usec} µs, before the file's start"
            raise self._refusal(CAPTURE_BEFORE_FILE_START, what)
        return Block(time_us, self._tracks[name].number, self._payload(name, image))

    def _payload(self, name: str, image: Image) -> Part:
        if name in self._encoders:
            return self._encoders[name].encode(image.data.reshape(self._tracks[name].size[::-1]))
        data = as_bytes(image) if name == "COLOR" else self._swap(name, image)
        return data.data

    def _swap(self, name: str, image: Image) -> NDArray[np.uint8]:
        """Return the image in the file's byte order, in a buffer that the next one reuses."""
        buffer = self._swapped.get(name)
        if buffer is None:
            buffer = self._swapped[name] = np.empty(image.nbytes, np.uint8)
        # A copy between byte orders runs at memory speed; numpy's byteswap() would allocate.
        np.copyto(buffer.view(">u2").reshape(image.data.shape), image.data)
        return buffer

    def _note(self, clusters: Sequence[Cluster], at: int) -> None:
        self.captures += 1
        first = clusters[0]
        self._cues.note(first.time_us, first.track, at)
        self._end_us = max(self._end_us, clusters[-1].time_us)

    def _refusal(self, kind: Kind, what: str) -> KsyncError:
        return KsyncError(kind.found(what, device=self._settings.name))


def _encoders(tracks: dict[str, TrackPlan], packing: Packing | None) -> dict[str, GrayEncoder]:
    packed = [] if packing is None else [(name, tracks[name], packing) for name in PACKED if name in tracks]
    return {name: gray_encoder(track.size, each) for name, track, each in packed}


def _misfit(image: Image, track: TrackPlan | None) -> str | None:
    """Tell why an image cannot stand in a track; None where it can."""
    if track is None:
        return "the device sent an image that its settings do not ask for"
    width, height = track.size
    if track.image_nbytes is not None and image.nbytes != track.image_nbytes:
        return f"the device sent {image.nbytes} bytes, and {width}x{height} needs {track.image_nbytes}"
    if track.name != "COLOR" and image.data.dtype != np.uint16:
        return f"the device sent {image.data.dtype} pixels in place of uint16"
    return None
