"""take.json of a take that is being recorded: read when it is there, and again when it was replaced."""

from __future__ import annotations

from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings import Finding
from kinect_sync.findings.files import TAKE_BROKEN
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.manifest_file import read_manifest
from kinect_sync.takes.names import MANIFEST


class FollowedManifest:
    """What take.json says, as it was when it was looked at last."""

    def __init__(self, folder: Path) -> None:
        """Follow the one of a take's folder, which may not be there yet."""
        self._folder = folder
        self._read_as: tuple[int, int, int] | None = None
        self.manifest: Manifest | None = None
        """None where there is none, or none that this ksync knows."""
        self.problem: Finding | None = None
        """Why what is there can't be read."""

    def look(self) -> None:
        """Read it where it is another than at the last look."""
        try:
            status = (self._folder / MANIFEST).lstat()
        except OSError:
            self._read_as, self.manifest, self.problem = None, None, None
            return
        now = status.st_ino, status.st_mtime_ns, status.st_size
        if now == self._read_as:
            return
        self._read_as, self.manifest, self.problem = now, None, None
        try:
            self.manifest = read_manifest(self._folder)
        except UsageError as error:
            self.problem = error.findings[0]
        except OSError as error:
            what = f"{self._folder / MANIFEST} can't be read: {error.strerror or error}"
            self.problem = TAKE_BROKEN.found(what)
