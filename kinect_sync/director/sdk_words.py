"""What the SDK says in its log, in the process of one device: its return codes tell nothing of a reason."""

from __future__ import annotations

import re
from typing import NamedTuple

from kinect_sync.findings import Finding
from kinect_sync.findings.sdk import SDK_SAID

KEPT = 12
"""Kinds of lines that are kept; of one kind are those that differ in numbers alone."""
TOLD = 4
"""Lines that are told beside a finding, the last ones."""
LONGEST = 200
"""Characters of a line that are told."""
_LINE = re.compile(
    r"\[[^\]]*\] \[(?:warning|error|critical)\] \[t=\d+\] (?:.*? \(\d+\): )?(?P<text>\S.*)", re.DOTALL
)
"""`[time] [level] [t=thread] file (line): function(). text`, in `logging.cpp` of the SDK."""
_LIBUSB = re.compile(r"libusb: error \[\w+\] (?P<text>submiturb failed.*)")
"""In `linux_usbfs.c` of libusb, which prints by itself: only there stands the system's number of an error."""
_ERRNO = re.compile(r"submiturb failed.* errno=(?P<errno>\d+)")
_NO_TRANSFERS = re.compile(r"No libusb transfers could not be submitted(?:, error:(?P<error>\w+))?")
"""In `usbstreaming.c`. Starting the cameras succeeds all the same, and depth never comes."""


class RefusedTransfers(NamedTuple):
    """Why no USB transfer of a device could be submitted."""

    error: str
    """As libusb names it, `LIBUSB_ERROR_IO`; empty where the SDK does not tell."""
    errno: int | None
    """The system's number of it; None where libusb does not tell."""


def sdk_text(line: str) -> str | None:
    """Return what a line of the SDK's log says, without when and where; None for any other line.

    A transfer that libusb refuses belongs to it; whatever else libusb prints is of no use.
    """
    if found := _LIBUSB.search(line):
        return f"libusb: {found['text']}"[:LONGEST]
    found = _LINE.fullmatch(line)
    return found["text"][:LONGEST] if found else None


def kind_of(text: str) -> str:
    """Return what lines have in common that differ in numbers alone: some come with every image."""
    return re.sub(r"\d+", "#", text)


class SdkWords:
    """The last lines that the SDK said of one device."""

    def __init__(self) -> None:
        """Know of none."""
        self._texts: dict[str, str] = {}
        self._errno: int | None = None
        self.transfers_refused: RefusedTransfers | None = None
        """Why no USB transfer of the depth camera, or of the IMU, could be submitted; None while they run."""

    def hear(self, text: str) -> None:
        """Take in a line; one of the same kind gives way to it."""
        self._texts.pop(kind_of(text), None)
        self._texts[kind_of(text)] = text
        if len(self._texts) > KEPT:
            del self._texts[next(iter(self._texts))]
        if found := _ERRNO.search(text):
            self._errno = int(found["errno"])
        if found := _NO_TRANSFERS.search(text):
            self.transfers_refused = RefusedTransfers(found["error"] or "", self._errno)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, the last one last."""
        return tuple(self._texts.values())

    def findings(self, device: str | None) -> list[Finding]:
        """Tell the last lines; nothing where there are none."""
        if not self._texts:
            return []
        told = " / ".join(f'"{line}"' for line in self.lines[-TOLD:])
        return [SDK_SAID.found(f"the SDK said: {told}", device=device)]
