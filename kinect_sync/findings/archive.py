"""Archives: what makes them, and what years do to them."""

from __future__ import annotations

from kinect_sync.findings.model import answer, refusal, warning

ARCHIVE_ALREADY = warning(
    "archive-already",
    "A recording is packed already; it was copied as it is.",
    "nothing has to be done: `ksync restore` gives it back as it is, and again what the cameras gave",
)
ARCHIVE_DAMAGED = answer(
    "archive-damaged",
    "A file of an archive is not any more what was written.",
    "take it from another copy of the archive; all that is not named is whole",
)
ARCHIVE_DIFFERS = refusal(
    "archive-differs",
    "What was read back of an archive is not the recording.",
    "check memory and disk; the recording was not touched",
)
ARCHIVE_IMAGE_LOST = answer(
    "archive-image-lost",
    "An image in an archive is not any more what was recorded.",
    "take the file from another copy of the archive; all images that are not named are whole",
)
ARCHIVE_LEFT_OUT = warning(
    "archive-left-out",
    "Something in the take's folder is no file: a folder, a link or a pipe. It is not in the archive.",
    "keep it elsewhere",
)
ARCHIVE_NONE = refusal(
    "archive-none",
    "The folder is no archive of ksync.",
    "give the folder that `ksync archive` wrote",
)
ARCHIVE_NOT_A_RECORDING = warning(
    "archive-not-a-recording",
    "A file can't be read as a recording; it was copied as it is.",
    "`ksync inspect` says what is wrong with it",
)
ARCHIVE_NOT_WRITTEN = refusal(
    "archive-not-written",
    "The archive could not be written.",
    "make room or choose another folder, and run the same command again: what is there is kept",
)
ARCHIVE_NO_ROOM = refusal(
    "archive-no-room",
    "The disk has too little room for the archive.",
    "make room, or choose another disk with -o",
)
ARCHIVE_OF_ANOTHER_TAKE = refusal(
    "archive-of-another-take",
    "The folder holds the archive of another take, or of this one as it was before.",
    "choose a new folder with -o",
)
ARCHIVE_OF_ARCHIVE = refusal(
    "archive-of-archive",
    "The folder is an archive itself.",
    "copy it as it is; `ksync archive --verify` proves it",
)
ARCHIVE_TAKE_BUSY = refusal(
    "archive-take-busy",
    "Somebody records the take, or collects into its folder.",
    "wait until that has ended",
)
NOTHING_PACKED = refusal(
    "nothing-packed",
    "No recording of the take is packed, so that there is nothing to restore.",
    "use it as it is: every program that reads recordings of the SDK reads it",
)
PYAV_MISSING = refusal(
    "pyav-missing",
    "FFV1 needs PyAV, which is not installed.",
    'pip install "kinect-sync[archive]", or choose --codec png',
)
RESTORED_WITHOUT_IMAGE = answer(
    "restored-without-image",
    "A packed or archived image is damaged; the restored recording is without it, and all others are in it.",
    "take the recording from another copy, if there is one",
)
RESTORE_NOT_EMPTY = refusal(
    "restore-not-empty",
    "The folder to restore into holds something else; nothing was restored.",
    "choose a new folder with -o",
)
RESTORE_NOT_WRITTEN = refusal(
    "restore-not-written",
    "The restored take could not be written.",
    "make room or choose another folder, and run the same command again: what is there is kept",
)
RESTORE_NO_ROOM = refusal(
    "restore-no-room",
    "The disk has too little room for the restored take.",
    "make room, or choose another disk with -o",
)
