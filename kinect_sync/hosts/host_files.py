"""Files of a take on one host, asked for over a line that may fail meanwhile: then it is asked again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from kinect_sync.errors import BenchError, KsyncError, UsageError
from kinect_sync.files import is_plain_name
from kinect_sync.findings.collecting import (
    COLLECTION_CUT_OFF,
    FILE_CHANGED,
    FILE_NAME_REFUSED,
    HOST_RECORDS,
)
from kinect_sync.hosts.asking import Explain, other_version
from kinect_sync.rig.problem import shown
from kinect_sync.steady import steady_s
from kinect_sync.takes.names import is_recording_name
from kinect_sync.wire.files import (
    MOST_PART_NBYTES,
    FileEntry,
    FileHash,
    FileList,
    FilePart,
    FileRequest,
    HashFile,
    ListFiles,
    ReadTimes,
    Scanning,
)
from kinect_sync.wire.files import ReadFile as ReadPart
from kinect_sync.wire.hosts import Envelope, OtherVersion, Refused
from kinect_sync.wire.lines import Answered, DirectorLine, HostSilent

ASK_S = 5.0
"""For one answer: a part of a file comes with as many others as there are hosts, maybe over a radio link."""
AGAIN_S = 0.5
MOST_TIMES_NBYTES = 1 << 30
"""What may be said of a recording without its images: a hundred hours are not so much."""
MOST_ANEW = 10
"""How often a host may begin to hash a file anew: its agent was restarted, or somebody writes the file."""
STILL_S = 60.0
"""For how long a host's disk may not answer while a recording is looked at."""
PATIENCE_S = 60.0
"""For how long a host may be away, or be busy with the end of a recording."""


class Halted(Exception):
    """Whoever collects was told to end."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a host is waited for, and what ends the wait."""

    limit_s: float = PATIENCE_S
    halt: threading.Event = field(default_factory=threading.Event)
    """Set where nobody wants to wait any longer, as at Ctrl-C."""
    clock: Callable[[], float] = steady_s
    pause: Callable[[float], object] | None = None
    """Waits for so long; None for as long as nobody halts."""

    def rest(self) -> None:
        """Wait a little; Halted where somebody wants an end."""
        (self.pause or self.halt.wait)(AGAIN_S)
        self.look()

    def look(self) -> None:
        """Go on; Halted where somebody wants an end."""
        if self.halt.is_set():
            raise Halted


class HostFiles:
    """What one host has of a take."""

    def __init__(
        self,
        host: str,
        take: str,
        line: DirectorLine,
        explain: Explain,
        patience: Patience,
    ) -> None:
        """Ask `host` over `line`; `explain` says why it can't be reached."""
        self.host = host
        self.take = take
        self._line = line
        self._explain = explain
        self._patience = patience

    def entries(self) -> tuple[FileEntry, ...]:
        """Return the files that there are. Raises as `part` does.

        A host may say what it likes: a name that is none of a recording would be written somewhere else.
        """
        answer = self._ask(ListFiles(take=self.take)).answer
        files = answer.files if isinstance(answer, FileList) else ()
        strange = [each for each in files if not _is_recording(each)]
        if strange:
            what = f"`{self.host}` lists `{shown(strange[0].name)}`, which can't be a recording of a take"
            raise BenchError(FILE_NAME_REFUSED.found(what))
        return files

    def part(self, entry: FileEntry, offset: int) -> bytes:
        """Read from a file, up to the end or to as much as comes at once.

        Raises KsyncError where the host can't be reached or records for longer than one waits, where it
        serves no such file, and where the file is not the one that was listed; Halted.
        """
        answered = self._ask(ReadPart(take=self.take, name=entry.name, offset=offset))
        if not _is_part(answered, offset, entry.nbytes):
            what = f"{entry.name} on `{self.host}` is not the file any more that had {entry.nbytes} bytes"
            raise BenchError(FILE_CHANGED.found(what))
        return answered.payload

    def parts(self, entry: FileEntry, offset: int) -> Generator[bytes, None, None]:
        """Read a file from a place to its end; each part is asked for while the one before is put away.

        Raises as `part` does.
        """
        with ThreadPoolExecutor(1, "collecting-ahead") as ahead:
            asked = ahead.submit(self.part, entry, offset) if offset < entry.nbytes else None
            while asked is not None:
                content = asked.result()
                offset += len(content)
                asked = ahead.submit(self.part, entry, offset) if offset < entry.nbytes else None
                yield content

    def times(self, name: str) -> bytes:
        """Return what a recording says without its images. Raises as `part` does."""
        packed, nbytes = bytearray(), -1
        while len(packed) != nbytes:
            answered = self._scanned(ReadTimes(take=self.take, name=name, offset=len(packed)))
            if nbytes < 0 and isinstance(answered.answer, FilePart):
                nbytes = answered.answer.nbytes
            if nbytes > MOST_TIMES_NBYTES or not _is_part(answered, len(packed), nbytes):
                raise BenchError(FILE_CHANGED.found(f"{name} on `{self.host}` is another one by now"))
            packed += answered.payload
        return bytes(packed)

    def sha256(self, entry: FileEntry, nbytes: int) -> str:
        """Return what a file hashes to, up to a place in it. Raises as `part` does."""
        hashed_nbytes, anew = -1, 0
        while anew < MOST_ANEW:
            answer = self._ask(HashFile(take=self.take, name=entry.name, nbytes=nbytes)).answer
            if not isinstance(answer, FileHash):
                break
            if answer.sha256 is not None:
                return answer.sha256
            anew += answer.hashed_nbytes <= hashed_nbytes
            hashed_nbytes = answer.hashed_nbytes
        raise BenchError(FILE_CHANGED.found(f"{entry.name} on `{self.host}` changes while it is hashed"))

    def _scanned(self, request: ReadTimes) -> Answered:
        """Ask until the host has looked at a recording; BenchError where it does not get on with that."""
        reads, since_s = -1, self._patience.clock()
        while isinstance(answer := (answered := self._ask(request)).answer, Scanning):
            if answer.reads > reads:
                reads, since_s = answer.reads, self._patience.clock()
            elif self._patience.clock() - since_s >= STILL_S:
                what = f"the disk of `{self.host}` does not answer about {request.name}"
                raise BenchError(COLLECTION_CUT_OFF.found(what))
            self._patience.rest()
        return answered

    def _ask(self, request: FileRequest) -> Answered:
        """Ask until there is an answer, or until patience is at its end."""
        since_s: float | None = None
        while True:
            self._patience.look()
            answered = self._asked_once(request)
            if isinstance(answered, Answered):
                return answered
            now_s = self._patience.clock()
            since_s = now_s if since_s is None else since_s
            if now_s - since_s >= self._patience.limit_s:
                raise self._given_up(answered)
            self._patience.rest()

    def _asked_once(self, request: FileRequest) -> Answered | Refused | None:
        """Return the answer, a refusal that may end by itself, or None where nobody answered."""
        try:
            answered = self._line.ask(self.host, Envelope(request=request), ASK_S)
        except HostSilent:
            return None
        except OtherVersion as other:
            raise BenchError(other_version(self.host, other.protocol)) from None
        if not isinstance(answered.answer, Refused):
            return answered
        if all(each.kind is HOST_RECORDS for each in answered.answer.findings):
            return answered.answer
        raise UsageError(*answered.answer.findings)

    def _given_up(self, refused: Refused | None) -> KsyncError:
        if refused is not None:
            return UsageError(*refused.findings)
        reason = self._explain(self.host)
        what = f"`{self.host}` can't be reached: {reason.what}"
        return UsageError(COLLECTION_CUT_OFF.found(what))


def _is_recording(entry: FileEntry) -> bool:
    """Tell whether a host may list this; a name may lead nowhere else on any system, as NTFS's streams do."""
    return is_plain_name(entry.name) and is_recording_name(entry.name) and entry.nbytes >= 0


def _is_part(answered: Answered, offset: int, nbytes: int) -> bool:
    """Tell whether this is the part of a file from `offset` on: all that fits into one answer."""
    answer, fits = answered.answer, min(MOST_PART_NBYTES, nbytes - offset)
    told = isinstance(answer, FilePart) and (answer.offset, answer.nbytes) == (offset, nbytes)
    return told and len(answered.payload) == fits
