"""Archives: what makes them, and what years do to them."""

from __future__ import annotations

from kinect_sync.findings.model import answer, refusal

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
RESTORE_NO_ROOM = refusal(
    "restore-no-room",
    "The disk has too little room for the restored take.",
    "make room, or choose another disk with -o",
)
RESTORE_NOT_EMPTY = refusal(
    "restore-not-empty",
    "The folder to restore into holds something else.",
    "choose a new folder with -o",
)
RESTORE_NOT_WRITTEN = refusal(
    "restore-not-written",
    "The restored take could not be written.",
    "make room or choose another folder, and run the same command again: what is there is kept",
)
RESTORED_WITHOUT_IMAGE = answer(
    "restored-without-image",
    "A packed image is damaged; the restored recording is without it, and all others are in it.",
    "take the recording from another copy, if there is one",
)
