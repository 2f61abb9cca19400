"""Archive a take: its recordings packed and proven one after the other, everything else copied."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Literal

from kinect_sync.errors import KsyncError, UsageError
from kinect_sync.files import is_regular
from kinect_sync.findings import Finding, Kind, Severity
from kinect_sync.findings.archive import (
    ARCHIVE_ALREADY,
    ARCHIVE_DIFFERS,
    ARCHIVE_NO_ROOM,
    ARCHIVE_NOT_A_RECORDING,
    ARCHIVE_NOT_WRITTEN,
    ARCHIVE_OF_ANOTHER_TAKE,
    ARCHIVE_OF_ARCHIVE,
)
from kinect_sync.findings.collecting import FILE_ELSEWHERE
from kinect_sync.findings.export import FOLDER_NOT_EMPTY
from kinect_sync.findings.files import (
    RECORDING_HEADER_INCOMPLETE,
    RECORDING_MISSING,
    RECORDING_NOT_KINECT,
    RECORDING_NOT_MATROSKA,
)
from kinect_sync.review.archiving.folder import (
    ARCHIVE,
    at_rest,
    check_room,
    copy_file,
    files_of,
    is_archive,
    is_recording,
    mark_of_folder,
    not_written,
    read_sums,
    sha256_of,
    total_nbytes,
    write_sums,
)
from kinect_sync.review.archiving.reports import ArchivedFile, ArchiveReport, ArchiveRequest
from kinect_sync.review.archiving.tally import Progress, Tally
from kinect_sync.review.claiming import claim_folder, make_folder
from kinect_sync.takes.archive.files import archive_file, forget_cached, original_in, verify_file
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.mkv.reader import read_recording
from kinect_sync.takes.opened_take import problem_with
from kinect_sync.takes.packing.encoding import gray_encoder
from kinect_sync.takes.packing.packings import PACKED
from kinect_sync.verdicts import Verdict

_MOST_PACKED = 0.6
"""Share of its size that a packed image takes at most: of noisy IR it is 0.52 with PNG."""
_SMALL = (32, 32)


def archive_take(request: ArchiveRequest, *, cores: int, progress: Progress) -> ArchiveReport:
    """Archive a take; what an earlier run has archived is kept. `progress` counts each byte twice: it is
    packed, and proven.

    Raises UsageError where the folders do not allow it, somebody records the take, the codec is not there,
    or the disk refuses. What was archived stays, and the take is as it was.
    """
    gray_encoder(_SMALL, request.codec)  # where its library is not there, nothing is begun
    files, findings = files_of(request.take)
    with at_rest(request.take):
        findings += _lacking(request)
        _check(files, request)
        run = _Run(request, files, progress)
        try:
            make_folder(request.directory)
            with ThreadPoolExecutor(cores) as executor:
                done = [run.archive(path, executor) for path in files]
                if request.remove_originals:
                    done = [run.remove(each, executor) for each in done]
        except OSError as error:
            raise not_written(request.directory, error, ARCHIVE_NOT_WRITTEN) from error
    return ArchiveReport(
        verdict=Verdict.ARCHIVED,
        take=request.take,
        directory=request.directory,
        codec=request.codec,
        files=tuple(done),
        findings=(*findings, *run.findings),
    )


class _Run:
    """One run over the files of a take."""

    def __init__(self, request: ArchiveRequest, files: Sequence[Path], progress: Progress) -> None:
        self._request = request
        self._sums = read_sums(request.directory)
        self._tally = Tally((3 if request.remove_originals else 2) * total_nbytes(files), progress)
        self.findings: list[Finding] = []

    def archive(self, source: Path, executor: Executor) -> ArchivedFile:
        """Archive one file, or keep what an earlier run has made of it."""
        target = self._request.directory / source.name
        nbytes = source.stat().st_size
        if (sha256 := self._made_before(source, target, nbytes)) is not None:
            self._tally.more(2 * nbytes)
            return self._told(source, "kept", nbytes, sha256)
        state: Literal["archived", "copied"] = "copied"
        if is_recording(source) and (made := self._packed(source, target, executor)) is not None:
            state, sha256 = "archived", made
            self._sums[source.name] = sha256_of(target)
        else:
            sha256 = self._sums[source.name] = copy_file(source, target)
            self._tally.more(2 * nbytes)
        write_sums(self._request.directory, self._sums)
        return self._told(source, state, nbytes, sha256)

    def remove(self, file: ArchivedFile, executor: Executor) -> ArchivedFile:
        """Remove a recording whose archive was proven, if it is still what was archived."""
        path = self._request.take / file.name
        if file.state == "kept" and is_recording(path):
            self._prove_again(file, executor)
        self._tally.more(file.nbytes)
        if not is_recording(path) or sha256_of(path) != file.sha256:
            return file
        path.unlink()
        return file.model_copy(update={"removed": True})

    def _packed(self, source: Path, target: Path, executor: Executor) -> str | None:
        """Pack a recording and return its checksum; None for one that stays as it is, which is told."""
        try:
            return archive_file(source, target, self._request.codec, executor, self._tally.more).sha256
        except KsyncError as error:
            if (kind := _COPIED.get(error.findings[0].code)) is None:
                raise
            self.findings.append(kind.found(f"{source.name}: {error.findings[0].what}"))
            return None

    def _made_before(self, source: Path, target: Path, nbytes: int) -> str | None:
        """Return the checksum of a file of which an earlier run made the archive; None where there is none.

        A recording's archive has its name only once it was proven.
        """
        if not is_regular(target):
            return None
        original = original_in(target) if is_recording(target) else None
        if original is None:
            sha256 = sha256_of(target)
            if sha256 != sha256_of(source):
                raise _differs(target)
        else:
            sha256 = original.sha256
            if original.nbytes != nbytes:
                raise _differs(target)
        if target.name not in self._sums:  # the run ended between the file and its checksum
            self._sums[target.name] = sha256_of(target)
            write_sums(self._request.directory, self._sums)
        return sha256

    def _prove_again(self, file: ArchivedFile, executor: Executor) -> None:
        """See before a recording is removed that the archive which an earlier run made is as it was."""
        target = self._request.directory / file.name
        forget_cached(target)
        if original_in(target) is None:
            whole = sha256_of(target) == file.sha256
        else:
            whole = not verify_file(target, executor, lambda _nbytes: None)[0]
        if not whole:
            raise KsyncError(ARCHIVE_DIFFERS.found(f"{target} is damaged; nothing more is removed"))

    def _told(
        self, source: Path, state: Literal["archived", "kept", "copied"], nbytes: int, sha256: str
    ) -> ArchivedFile:
        return ArchivedFile(
            name=source.name,
            state=state,
            nbytes=nbytes,
            archived_nbytes=(self._request.directory / source.name).stat().st_size,
            sha256=sha256,
        )


_COPIED: dict[str, Kind] = {
    ARCHIVE_ALREADY.code: ARCHIVE_ALREADY,
    RECORDING_HEADER_INCOMPLETE.code: ARCHIVE_NOT_A_RECORDING,
    RECORDING_NOT_MATROSKA.code: ARCHIVE_NOT_A_RECORDING,
    RECORDING_NOT_KINECT.code: ARCHIVE_NOT_A_RECORDING,
}
"""Recordings that stay as they are, by the code that says why."""


def _differs(target: Path) -> UsageError:
    what = f"{target} is the archive of something else: the take has changed since"
    return UsageError(ARCHIVE_OF_ANOTHER_TAKE.found(what))


def _lacking(request: ArchiveRequest) -> list[Finding]:
    """Say which recordings of the take are not there; UsageError where they are on other hosts."""
    try:
        manifest = read_manifest(request.take)
    except (OSError, UsageError):
        return []
    problems = [problem_with(request.take, device, manifest.report) for device in manifest.devices]
    elsewhere = [each for each in problems if each is not None and each.kind is FILE_ELSEWHERE]
    if elsewhere:
        raise UsageError(*elsewhere)
    return [
        problem.model_copy(update={"severity": Severity.WARNING})
        for problem, device in zip(problems, manifest.devices, strict=True)
        if problem is not None
        and problem.kind is RECORDING_MISSING
        and not is_regular(request.directory / device.file)
    ]


def _check(files: Sequence[Path], request: ArchiveRequest) -> None:
    """See that the folder is free for this archive, and the disk has room for it; then claim it."""
    if is_archive(request.take):
        raise UsageError(ARCHIVE_OF_ARCHIVE.found(f"{request.take} is an archive"))
    if request.directory.resolve() == request.take.resolve():
        what = f"{request.directory} is the take itself, and the archive's recordings have the same names"
        raise UsageError(FOLDER_NOT_EMPTY.found(what))
    missing = [path for path in files if not is_regular(request.directory / path.name)]
    check_room(request.directory, sum(map(_most_nbytes, missing)), ARCHIVE_NO_ROOM, needs="the archive")
    mark = {**mark_of_folder(request.take), "codec": request.codec.value}
    try:
        claim_folder(
            request.directory,
            ARCHIVE,
            mark,
            not_empty=FOLDER_NOT_EMPTY,
            other=ARCHIVE_OF_ANOTHER_TAKE,
            word="an archive",
        )
    except OSError as error:
        raise not_written(request.directory, error, ARCHIVE_NOT_WRITTEN) from error


def _most_nbytes(path: Path) -> float:
    """Return what the archive of a file takes at most, of any usual scene."""
    nbytes = float(path.stat().st_size)
    if not is_recording(path):
        return nbytes
    try:
        recording = read_recording(path)
    except KsyncError:
        return nbytes
    packed = sum(int(recording.tracks[name].sizes.sum()) for name in PACKED if name in recording.tracks)
    return nbytes if recording.facts.packing is not None else nbytes - (1 - _MOST_PACKED) * packed
