"""What a director asks an agent about files of takes: which there are, their bytes, and what these hash to.

Nobody has to command a host for that: whoever has a director's certificate may ask. Each request is answered
in a moment, also about a recording of hours: who asks for its hash asks again until it is there.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.values import Value

MOST_PART_NBYTES = 1 << 20
"""Of a file in one answer; larger ones are not faster, and stand longer in the way of commands."""

Text = Annotated[str, Field(max_length=255)]
"""A name as somebody asks for it; whether it is one, the agent sees."""
Count = Annotated[int, Field(ge=0)]


class ListFiles(Value):
    """Say which files of a take there are; answered by `FileList`."""

    kind: Literal["list_files"] = "list_files"
    take: Text


class ReadFile(Value):
    """Read a part of a file; answered by `FilePart`, with the bytes."""

    kind: Literal["read_file"] = "read_file"
    take: Text
    name: Text
    offset: Count
    nbytes: Annotated[int, Field(ge=1, le=MOST_PART_NBYTES)] = MOST_PART_NBYTES


class HashFile(Value):
    """Hash a file from its beginning; answered by `FileHash`, which may say that it takes longer."""

    kind: Literal["hash_file"] = "hash_file"
    take: Text
    name: Text
    nbytes: Count
    """How much of it."""


class ReadTimes(Value):
    """Read a part of what a recording says without its images; answered by `FilePart`, with the bytes.

    Or by `Scanning`, until the host has looked at all of the recording.
    """

    kind: Literal["read_times"] = "read_times"
    take: Text
    name: Text
    offset: Count


FileRequest = ListFiles | ReadFile | HashFile | ReadTimes


class FileEntry(Value):
    """A file of a take."""

    name: str
    nbytes: int


class FileList(Value):
    """The files of a take on a host: none where the host has no such take."""

    kind: Literal["file_list"] = "file_list"
    files: tuple[FileEntry, ...]


class FilePart(Value):
    """What was read; its bytes come beside it, fewer than asked for only at the end of the file."""

    kind: Literal["file_part"] = "file_part"
    offset: int
    nbytes: int
    """Size of the whole file."""


class FileHash(Value):
    """How far a file is hashed."""

    kind: Literal["file_hash"] = "file_hash"
    hashed_nbytes: int
    sha256: str | None
    """Of as much as was asked for; null where that takes longer: then ask again, and it goes on."""


class Scanning(Value):
    """A recording is looked at, or waits until others were: ask again."""

    kind: Literal["scanning"] = "scanning"
    reads: int
    """How often the host has read for that from any recording so far: it grows while its disk answers."""
