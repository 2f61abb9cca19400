"""Keeping takes from a program: packed without loss, proven, and brought back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kinect_sync.host.view import usable_cores
from kinect_sync.library.reviewing import untold
from kinect_sync.library.take import Take, path_of
from kinect_sync.review.archiving.archiving import archive_take
from kinect_sync.review.archiving.reports import ArchiveReport, ArchiveRequest, RestoreReport
from kinect_sync.review.archiving.restoring import restore_take
from kinect_sync.review.archiving.verifying import verify_archive as verify
from kinect_sync.takes.packing.packings import Packing


def archive(
    take: Take | Path | str,
    directory: Path | str,
    *,
    codec: Packing | str = Packing.FFV1,
    remove_originals: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> ArchiveReport:
    """Archive a take as `ksync archive` does, on all cores; what is there already is kept.

    `codec` is `ffv1`, which needs PyAV, or `png`. `remove_originals` removes the recordings once all of the
    archive was read back. `progress` is called with the bytes done and the bytes there are, each twice.

    Raises UsageError where the take or the folder do not allow it, somebody records the take, or the disk
    refuses. What was archived stays, and the take is as it was.
    """
    request = ArchiveRequest(
        take=path_of(take),
        directory=Path(directory),
        codec=Packing(codec),
        remove_originals=remove_originals,
    )
    return archive_take(request, cores=usable_cores() or 1, progress=progress or untold)


def verify_archive(
    directory: Path | str, *, progress: Callable[[int, int], None] | None = None
) -> ArchiveReport:
    """Prove that an archive is whole, as `ksync archive --verify` does; `lost` has each image that is not.

    Raises UsageError where the folder is no archive.
    """
    return verify(Path(directory), cores=usable_cores() or 1, progress=progress or untold)


def restore(
    archive: Path | str, directory: Path | str, *, progress: Callable[[int, int], None] | None = None
) -> RestoreReport:
    """Restore the files of an archive, or unpack a take that was recorded packed, as `ksync restore` does.

    Raises UsageError where another file is in the way, before anything is restored, where there is no
    archive, or the disk refuses. What is damaged is told in the report, and all else restored.
    """
    return restore_take(
        Path(archive), Path(directory), cores=usable_cores() or 1, progress=progress or untold
    )
