"""Streams: rows that a program takes while they happen."""

from __future__ import annotations

from kinect_sync.findings.model import failure, refusal, warning

DIRECTOR_DIED = failure(
    "director-died",
    "The process that directs a stream has ended; devices closed their files by themselves.",
    "start the stream again; where a take was recorded, it is kept: run `ksync inspect` on it",
)
DIRECTOR_FAILED = failure(
    "director-failed",
    "The process that directs a stream met an error that ksync does not know, and ended the run.",
    "start the stream again, and report it; where a take was recorded, it is kept: run `ksync inspect` on it",
)
DIRECTOR_HANGS = failure(
    "director-hangs",
    "The process that directs a stream said nothing for a minute, and no row came or it was to end: it hung, "
    "as where a disk takes nothing for so long. It was ended; devices closed their files by themselves.",
    "look at the disk, and start the stream again half a minute later, when the cameras are free; the files "
    "of a take are whole: run `ksync inspect` on it",
)
DIRECTOR_NOT_STARTED = failure(
    "director-not-started",
    "The system starts no process to direct a stream: it allows no more files, processes or memory.",
    "raise what it allows (`ulimit -n`, `ulimit -u`), or close other programs",
)
HELD_TOO_MUCH = refusal(
    "held-too-much",
    "A program holds more images of live rows at a time than it allowed itself, and gets no copy of another.",
    "let go of what is held, or give a larger `most_held_bytes`",
)
IMAGE_OVERWRITTEN = refusal(
    "image-overwritten",
    "An image of a live row was looked at when a newer one had taken its place in memory.",
    "use a row within the time that its ring holds, `hold()` it first, or give more `ring_captures`",
)
ROWS_MISSED = warning(
    "rows-missed",
    "A program took the rows of a stream more slowly than they came: some were overwritten before it asked.",
    "do less for each row, take only the `newest`, or give more `ring_captures` if it is slow at times only",
)
ROWS_NOT_BROUGHT = warning(
    "rows-not-brought",
    "Rows were missed as captures did not come to the program in time, however fast it is: a host or its "
    "cable left them out, or a worker of this computer.",
    "use a network of 1 Gbit/s, smaller modes, or fewer devices at that host; a take has them all the same",
)
STREAM_ADDRESS_TAKEN = refusal(
    "stream-address-taken",
    "Rows are given there already, by another `ksync stream`, or something else is there.",
    "read from the stream that runs, or give another address",
)
STREAM_ADDRESS_UNUSABLE = refusal(
    "stream-address-unusable",
    "Rows can't be given there: they are on this computer alone, at the path of a socket, at 127.0.0.1:PORT, "
    "or on stdout by `-`; or the system lets nobody listen there.",
    "run the program on this computer; cameras of other computers come here by `hosts:` in the rig file",
)
STREAM_CAPTURES_LATE = warning(
    "stream-captures-late",
    "Captures came after their row had been given without them, and are in no row of the stream.",
    "give more `--patience` (a program: `patience_ms`, with more `ring_captures`); a take beside it has them "
    "where they belong",
)
STREAM_LEFT = warning(
    "stream-left",
    "A stream was interrupted a second time, and so nobody waited for its end, which comes by itself.",
    "where its process still runs after a minute, and the cameras are in use, end that process",
)
STREAM_UNREAD = warning(
    "stream-unread",
    "Whoever read the rows on stdout has gone, or it can't be written; the take beside them went on.",
    "look at the program behind the pipe; the take has all rows",
)
STREAM_CAPTURES_LEFT_OUT = warning(
    "stream-captures-left-out",
    "Captures of a device at another host were not sent: its network or its processor did not keep up.",
    "use a network of 1 Gbit/s, smaller modes, or fewer devices at that host; a take has them all the same",
)
STREAM_FULL = warning(
    "stream-full",
    "More programs came for the rows of a stream than are given any at the same time: they were sent away.",
    "end some of them, or let one program read and share what it gets",
)
STREAM_HOST_SILENT = warning(
    "stream-host-silent",
    "A host sent no captures for a while: it was cut off from this computer, or its agent was not there.",
    "see to its network and its agent (`ksync hosts list`); what is recorded there goes on",
)
STREAM_DEVICE_UNREAD = warning(
    "stream-device-unread",
    "What a device gives can't be put into memory for programs: their rows lack it. The take beside has it.",
    "make room in memory (in a container: `--shm-size`), or let KSYNC_MEMORY name a folder that has it",
)
STREAM_PULSE_UNBELIEVED = warning(
    "stream-pulse-unbelieved",
    "Captures were told with pulses that can't have been yet, by the time that passed: they are in no row.",
    "install the same version of ksync on the device's host, and report it if it comes back",
)
STREAM_RING_UNMAPPED = failure(
    "stream-ring-unmapped",
    "A program can't look at what a device gives, though it is in memory: its rows lack the device.",
    "let the program open more files (`ulimit -n`) and have more memory (`ulimit -v`), or let it close some",
)
STREAM_HOST_UNREAD = failure(
    "stream-host-unread",
    "Bringing the captures of a host here has failed within ksync: rows lack its devices from then on.",
    "start the stream again, and report it; what is recorded there goes on",
)
STREAM_NOT_UNDERSTOOD = warning(
    "stream-not-understood",
    "A host sent captures that can't be understood.",
    "install the same version of ksync on all computers of the studio",
)
