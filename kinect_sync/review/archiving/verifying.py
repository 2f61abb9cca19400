"""Prove years later that a take could be restored, and name what could not."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from kinect_sync.errors import UsageError
from kinect_sync.findings.archive import ARCHIVE_IMAGE_LOST, ARCHIVE_NONE
from kinect_sync.review.archiving.folder import (
    Originals,
    files_of,
    is_archive,
    read_sums,
    sha256_of,
)
from kinect_sync.review.archiving.losses import Losses
from kinect_sync.review.archiving.reports import ArchivedFile, ArchiveReport
from kinect_sync.review.archiving.tally import Progress, Tally
from kinect_sync.takes.archive.files import forget_cached, verify_file
from kinect_sync.verdicts import Verdict


def verify_archive(archive: Path, *, cores: int, progress: Progress) -> ArchiveReport:
    """Read an archive back from the disk, and tell whether all of the take is in it as it was.

    Raises UsageError where the folder is none.
    """
    if not is_archive(archive):
        raise UsageError(ARCHIVE_NONE.found(f"{archive} is no archive"))
    files, _ = files_of(archive)
    proof = _Proof(archive, files, progress)
    with ThreadPoolExecutor(cores) as executor:
        told = [proof.of(path, executor) for path in files]
    told += [proof.of_lost(name) for name in sorted(set(proof.sums) - {path.name for path in files})]
    return ArchiveReport(
        verdict=Verdict.BAD if proof.losses.findings else Verdict.WHOLE,
        directory=archive,
        files=tuple(told),
        lost=tuple(proof.losses.images),
        findings=tuple(proof.losses.findings),
    )


class _Proof:
    """Looks at the files of an archive one after the other."""

    def __init__(self, archive: Path, files: Sequence[Path], progress: Progress) -> None:
        self._originals = Originals(files)
        self.sums = read_sums(archive)
        self.losses = Losses(archive, ARCHIVE_IMAGE_LOST)
        self._tally = Tally(sum(map(self._originals.nbytes, files)), progress)

    def of(self, path: Path, executor: Executor) -> ArchivedFile:
        """Prove one file."""
        before = len(self.losses.findings)
        forget_cached(path)
        original = self._originals.of(path)
        sha256 = sha256_of(path)  # what is read here from the disk is decoded then out of memory
        as_written = sha256 == self.sums.get(path.name)
        if original is not None:
            damage, _ = verify_file(path, executor, self._tally.more)
            self.losses.note(path.name, damage)
            if not damage and not as_written:
                what = f"{path.name} is not what was written, and the recording in it is whole"
                self.losses.note_file(path.name, f"{what}: restore it and archive it again")
        elif not as_written:
            self.losses.note_file(path.name, f"{path.name} is not what was written")
        if original is None:
            self._tally.more(path.stat().st_size)
        state: Literal["whole", "damaged"] = "whole" if len(self.losses.findings) == before else "damaged"
        return ArchivedFile(
            name=path.name,
            state=state,
            nbytes=self._originals.nbytes(path),
            archived_nbytes=path.stat().st_size,
            sha256=original.sha256 if original is not None else self.sums.get(path.name, ""),
        )

    def of_lost(self, name: str) -> ArchivedFile:
        """Tell that a file is not there any more."""
        self.losses.note_file(name, f"{name} is not there any more")
        return ArchivedFile(name=name, state="lost", nbytes=0, archived_nbytes=0, sha256="")
