"""The way back: of an archive the files as they were, of a take recorded packed its recordings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import is_regular
from kinect_sync.findings.archive import (
    RESTORE_NO_ROOM,
    RESTORE_NOT_EMPTY,
    RESTORE_NOT_WRITTEN,
    RESTORED_WITHOUT_IMAGE,
)
from kinect_sync.review.archiving.folder import (
    Originals,
    check_room,
    copy_file,
    files_of,
    is_archive,
    is_recording,
    not_written,
    read_sums,
    sha256_of,
)
from kinect_sync.review.archiving.losses import Losses
from kinect_sync.review.archiving.reports import RestoreReport
from kinect_sync.review.archiving.tally import Progress, Tally
from kinect_sync.review.archiving.unpacking import unpack_take
from kinect_sync.review.claiming import make_folder
from kinect_sync.takes.archive.files import restore_file
from kinect_sync.takes.mkv.places import ImagePlaces
from kinect_sync.verdicts import Verdict


def restore_take(archive: Path, directory: Path, *, cores: int, progress: Progress) -> RestoreReport:
    """Restore all files of an archive, or unpack a take that was recorded packed.

    What is there already as it should be is kept. Raises UsageError where another file is in the way, before
    anything is restored, where there is no archive, or the disk refuses. What is damaged is told, and all
    else of it restored.
    """
    if not is_archive(archive):
        return unpack_take(archive, directory, cores=cores, progress=progress)
    files, _ = files_of(archive)
    way = _Way(archive, files)
    wanted = [path for path in files if not way.is_there(path, directory / path.name)]
    _check_free(wanted, directory)
    total = sum(map(way.originals.nbytes, wanted))
    check_room(directory, total, RESTORE_NO_ROOM, needs="what is restored")

    tally = Tally(total, progress)
    try:
        make_folder(directory)
        with ThreadPoolExecutor(cores) as executor:
            for path in wanted:
                way.restore(path, directory / path.name, executor, tally.more)
    except OSError as error:
        raise not_written(directory, error, RESTORE_NOT_WRITTEN) from error
    return RestoreReport(
        verdict=Verdict.INCOMPLETE if way.losses.findings else Verdict.RESTORED,
        archive=archive,
        directory=directory,
        files=tuple(path.name for path in files if is_regular(directory / path.name)),
        kept=len(files) - len(wanted),
        lost=tuple(way.losses.images),
        findings=tuple(way.losses.findings),
    )


class _Way:
    """Gives the files back that an archive was made of."""

    def __init__(self, archive: Path, files: Sequence[Path]) -> None:
        self._sums = read_sums(archive)
        self.originals = Originals(files)
        self.losses = Losses(archive, RESTORED_WITHOUT_IMAGE)
        for name in sorted(set(self._sums) - {path.name for path in files}):
            self.losses.note_file(name, f"{name} is not in {archive} any more")

    def is_there(self, path: Path, target: Path) -> bool:
        """Tell whether a file stands at its target as it should be."""
        if not is_regular(target):
            return False
        original = self.originals.of(path)
        return sha256_of(target) == (original.sha256 if original is not None else sha256_of(path))

    def restore(self, path: Path, target: Path, executor: Executor, more: Callable[[int], None]) -> None:
        """Restore one file, and note what of it is lost."""
        if self.originals.of(path) is not None:
            self.losses.note(path.name, restore_file(path, target, executor, more))
            return
        if self._sums.get(path.name) == sha256_of(path):
            copy_file(path, target)
        elif is_recording(path) and not _is_readable(path):
            self.losses.note_file(path.name, f"{path.name} can't be read any more, and was left out")
        else:
            copy_file(path, target)
            what = f"{path.name} is not what was archived, or its checksum is lost; it was copied as it is"
            self.losses.note_file(path.name, what)
        more(path.stat().st_size)


def _check_free(wanted: Sequence[Path], directory: Path) -> None:
    """Refuse before anything is restored what would meet another file."""
    taken = [
        path.name
        for path in wanted
        if (directory / path.name).exists() or (directory / path.name).is_symlink()
    ]
    if taken:
        what = f"{', '.join(taken)} in {directory} is not what would be restored, and nothing is overwritten"
        raise UsageError(RESTORE_NOT_EMPTY.found(what))


def _is_readable(path: Path) -> bool:
    try:
        ImagePlaces(path)
    except KsyncError:
        return False
    return True
