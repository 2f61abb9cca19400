"""The folder of one take as it is recorded: made once, never overwritten."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from kinect_sync.calibration.rig_calibration import FILE as RIG_CALIBRATION
from kinect_sync.errors import UsageError
from kinect_sync.files import is_too_long
from kinect_sync.findings.recording import TAKE_EXISTS, TAKE_UNWRITABLE
from kinect_sync.rig.model import RigFields
from kinect_sync.takes.manifest import Manifest
from kinect_sync.takes.manifest_file import write_manifest
from kinect_sync.takes.names import INDEX, LOAD, MANIFEST, recording_name


class TakeFolder:
    """The folder of one take: made once, never overwritten."""

    def __init__(self, path: Path) -> None:
        """Stand for the folder at `path`; `create` makes it."""
        self.path = path

    def check(self) -> None:
        """See early that the folder is new and can be made; UsageError if not."""
        if any(map(is_too_long, self.path.parts)):
            raise _cannot_write(self.path, OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG)))
        if self.path.exists():
            raise _take_exists(self.path)
        if not os.access(self.disk, os.W_OK):
            raise _cannot_write(self.path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))

    @property
    def disk(self) -> Path:
        """The nearest folder above that exists: it is on the take's disk."""
        return next(parent for parent in (self.path, *self.path.absolute().parents) if parent.is_dir())

    def create(self) -> None:
        """Make the folder; UsageError if there is one already, or it can't be made."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.mkdir()
        except FileExistsError:
            raise _take_exists(self.path) from None
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    def refused(self, error: OSError) -> UsageError:
        """Take back what was made of a take that can't begin, and return why; nothing is recorded in it."""
        with suppress(OSError):
            for name in (MANIFEST, INDEX, LOAD, RIG_CALIBRATION):
                (self.path / name).unlink(missing_ok=True)
            self.path.rmdir()
        return _cannot_write(self.path, error)

    @property
    def is_gone(self) -> bool:
        """Whether it was removed or moved meanwhile."""
        return not os.path.lexists(self.path)

    def recording(self, device: str) -> Path:
        """Return the path of a device's recording."""
        return self.path / recording_name(device)

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace take.json as a whole; OSError where the disk refuses."""
        write_manifest(self.path, manifest)


def take_name(rig: RigFields, now: datetime) -> str:
    """Name a take after its rig and the moment, in UTC: `studio-a-20260131-142500`."""
    return f"{rig.name}-{now.astimezone(timezone.utc):%Y%m%d-%H%M%S}"


def _take_exists(path: Path) -> UsageError:
    """Say that a take is in the way; takes are never overwritten."""
    what = f"there is a take at {path} already, and takes are never overwritten"
    return UsageError(TAKE_EXISTS.found(what))


def _cannot_write(path: Path, error: OSError) -> UsageError:
    """Say why a take can't be written there."""
    what = f"the take's folder {path} can't be made: {error.strerror or error}"
    return UsageError(TAKE_UNWRITABLE.found(what))
