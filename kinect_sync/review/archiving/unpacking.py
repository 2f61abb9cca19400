"""A take that was recorded with `--compress`, unpacked: Azure Kinect recordings, and all else as it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import DRAFT, is_regular, read_regular, replace_file
from kinect_sync.findings.archive import (
    NOTHING_PACKED,
    RESTORE_NO_ROOM,
    RESTORE_NOT_EMPTY,
    RESTORE_NOT_WRITTEN,
    RESTORED_WITHOUT_IMAGE,
)
from kinect_sync.review.archiving.folder import check_room, copy_file, entries_of, not_written, total_nbytes
from kinect_sync.review.archiving.losses import Losses
from kinect_sync.review.archiving.reports import RestoreReport
from kinect_sync.review.archiving.tally import Progress, Tally
from kinect_sync.review.claiming import make_folder
from kinect_sync.takes.archive.files import unpack_file
from kinect_sync.takes.manifest import Manifest, format_of
from kinect_sync.takes.manifest_file import MOST_NBYTES, manifest_text, read_manifest
from kinect_sync.takes.mkv.reader import Recording, read_recording
from kinect_sync.takes.names import MANIFEST, OCCUPIED, RECORDING
from kinect_sync.verdicts import Verdict


def unpack_take(take: Path, directory: Path, *, cores: int, progress: Progress) -> RestoreReport:
    """Unpack the recordings of a take into a folder, and copy its other files; what is there is kept.

    `progress` counts bytes as they are packed.

    Raises UsageError where there is nothing to unpack, the folder holds anything else, or the disk refuses.
    """
    files = _files_of(take)
    packed = {path: recording for path in files if (recording := _packed_in(path)) is not None}
    if not packed:
        raise UsageError(NOTHING_PACKED.found(f"no recording in {take} is packed"))
    try:
        _claim(directory, take)
        _check_room(files, packed, directory)
        with ThreadPoolExecutor(cores) as executor:
            return _Run(take, directory, files, executor, progress).unpack(packed)
    except OSError as error:
        raise not_written(directory, error, RESTORE_NOT_WRITTEN) from error


class _Run:
    """One run over the files of a take."""

    def __init__(
        self, take: Path, directory: Path, files: Sequence[Path], executor: Executor, progress: Progress
    ) -> None:
        self._take, self._directory, self._files = take, directory, files
        self._executor = executor
        self._tally = Tally(total_nbytes(files), progress)
        self._kept = 0
        self._losses = Losses(take, RESTORED_WITHOUT_IMAGE)

    def unpack(self, packed: Mapping[Path, Recording]) -> RestoreReport:
        for path in self._files:
            target = self._directory / path.name
            if is_regular(target):
                self._kept += path.name != MANIFEST  # which stood there first
                self._tally.more(path.stat().st_size)
                if path in packed:
                    self._losses.note_earlier(path.name, _lacking(packed[path], target))
            elif path in packed:
                damaged = unpack_file(path, target, self._executor, self._tally.more)
                self._losses.note_images(path.name, damaged)
            else:
                copy_file(path, target)
                self._tally.more(path.stat().st_size)
        return RestoreReport(
            verdict=Verdict.INCOMPLETE if self._losses.findings else Verdict.RESTORED,
            archive=self._take,
            directory=self._directory,
            files=tuple(path.name for path in self._files),
            kept=self._kept,
            lost=tuple(self._losses.images),
            findings=tuple(self._losses.findings),
        )


def _files_of(take: Path) -> list[Path]:
    """Return the files directly in a take's folder; UsageError where it is none."""
    return [path for path in entries_of(take) if path.name != OCCUPIED and is_regular(path)]


def _packed_in(path: Path) -> Recording | None:
    """Return a recording that is packed; None where a file is anything else, and is copied as it is."""
    try:
        recording = read_recording(path) if path.name.endswith(RECORDING) else None
    except KsyncError:
        return None
    return recording if recording is not None and recording.facts.packing is not None else None


def _unpacked_manifest(take: Path) -> bytes | None:
    """Return take.json as it is of the unpacked take; None where there is none, or none that can be read."""
    try:
        manifest = read_manifest(take)
    except (OSError, UsageError):
        return None
    devices = tuple(device.model_copy(update={"packing": None}) for device in manifest.devices)
    version = format_of(manifest.hosts, manifest.calibration, devices)
    return manifest_text(Manifest.model_validate(dict(manifest) | {"devices": devices, "format": version}))


def _claim(directory: Path, take: Path) -> None:
    """Make the folder, and put take.json into it first: it says of which take the files are.

    Raises UsageError where it holds anything else.
    """
    manifest = _unpacked_manifest(take)
    make_folder(directory)
    entries = [path for path in directory.iterdir() if not path.name.endswith(DRAFT)]
    begun = is_regular(directory / MANIFEST) and read_regular(directory / MANIFEST, MOST_NBYTES)
    if entries and (manifest is None or begun != manifest or directory.resolve() == take.resolve()):
        what = f"{directory} is not empty, and not what was restored of this take"
        raise UsageError(RESTORE_NOT_EMPTY.found(what))
    if manifest is not None and not entries:
        replace_file(directory / MANIFEST, manifest, durable=True)


def _check_room(files: Sequence[Path], packed: Mapping[Path, Recording], directory: Path) -> None:
    """Refuse before anything is written what the disk has no room for."""
    missing = [path for path in files if not is_regular(directory / path.name)]
    needed = sum(
        _unpacked_nbytes(packed[path]) if path in packed else path.stat().st_size for path in missing
    )
    check_room(directory, needed, RESTORE_NO_ROOM, needs="what is restored")


def _unpacked_nbytes(recording: Recording) -> int:
    tracks = {track.name: track for track in recording.facts.tracks if track.packing is not None}
    return sum(
        len(blocks.sizes) * 2 * tracks[name].width * tracks[name].height
        if name in tracks
        else int(blocks.sizes.sum())
        for name, blocks in recording.tracks.items()
    )


def _lacking(packed: Recording, restored: Path) -> int:
    """Return how many images an earlier run had to leave out."""
    found = read_recording(restored).tracks
    return sum(len(blocks.sizes) - len(found[name].sizes) for name, blocks in packed.tracks.items())
