"""What an agent writes down, so that the one after it goes on where it ended: who commanded, and who lodges.

The folder is the agent's alone: whoever can read a worker's key can command its device.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterator
from multiprocessing.connection import Listener
from pathlib import Path

from kinect_sync.devices.file_lock import FileLock
from kinect_sync.errors import UsageError
from kinect_sync.files import replace_file
from kinect_sync.findings.hosts import AGENT_FOLDER_UNUSABLE, AGENT_RUNS_ALREADY
from kinect_sync.studio.private import write_private
from kinect_sync.values import Value, read_known
from kinect_sync.wire.hosts import Lease
from kinect_sync.worker.meeting_place import is_inhabited, meeting_place

KEY_NBYTES = 32
READ_TIMES = 3
READ_AGAIN_S = 0.1
"""For a file that somebody else has open for a moment, as scanners of Windows do."""


class LodgedWorker(Value):
    """A worker that was started, as far as its own words do not tell it."""

    worker: str
    pid: int
    started: str | None
    """When, in the system's words: another process may have its number one day."""
    run: str
    """Of the director that had it started."""
    take: str | None
    """The take that it may record."""


class StateFolder:
    """The folder of one agent, which has it for itself."""

    def __init__(self, folder: Path) -> None:
        """Take it; UsageError where another agent has it, or where it can't be used."""
        self._folder = folder
        self._workers = folder / "workers"
        self._epoch = folder / "epoch.json"
        try:
            self._workers.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            self._lock = FileLock(folder / "lock")
            alone = self._lock.acquire()
            if alone:
                _try_to_meet(folder)
        except OSError as error:
            what = f"{folder} can't be used: {error.strerror or error}"
            raise UsageError(AGENT_FOLDER_UNUSABLE.found(what)) from error
        if not alone:
            raise UsageError(AGENT_RUNS_ALREADY.found(f"an agent runs already with the folder {folder}"))

    def close(self) -> None:
        """Leave it to another agent."""
        self._lock.release()

    # --- who commanded --------------------------------------------------------------------------------

    def last_lease(self) -> Lease | None:
        """Return who commanded last; None where nobody ever did."""
        try:
            return Lease.model_validate_json(self._epoch.read_bytes())
        except (OSError, ValueError):
            return None

    def keep_lease(self, lease: Lease) -> None:
        """Write down who commands, for the agent that comes next; OSError where the disk refuses.

        Nothing waits for a busy disk here either. A power cut that takes it takes all workers along, and with
        them whatever a director of before could command.
        """
        replace_file(self._epoch, lease.model_dump_json().encode())

    # --- who lodges -----------------------------------------------------------------------------------

    def make_folder(self, worker: str) -> Path:
        """Make the folder of a worker, with its key; OSError where the disk refuses.

        Nothing waits for a busy disk here: the agent answers nobody meanwhile, and is taken for lost.
        """
        folder = self._workers / worker
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        write_private(folder / "key", secrets.token_bytes(KEY_NBYTES), durable=False)
        return folder

    def keep(self, record: LodgedWorker) -> None:
        """Write down what an agent that comes later has to know; OSError where the disk refuses."""
        replace_file(self._workers / record.worker / "worker.json", record.model_dump_json().encode())

    def remove(self, worker: str) -> None:
        """Forget a worker."""
        shutil.rmtree(self._workers / worker, ignore_errors=True)

    def lodged(self) -> Iterator[tuple[LodgedWorker | None, Path]]:
        """Give the workers that were lodged when the last agent ended, each with its folder.

        None for one that lives in a folder of which nothing can be read. Where nobody lives, the folder goes.
        """
        for folder in sorted(self._workers.iterdir()):
            record = _read_patiently(folder / "worker.json")
            if record is not None or is_inhabited(folder):
                yield record, folder
            else:
                shutil.rmtree(folder, ignore_errors=True)


def _read_patiently(path: Path) -> LodgedWorker | None:
    """Read who lodges, also as another version wrote it; None where it can't be read, nor a moment later."""
    for _ in range(READ_TIMES):
        try:
            return read_known(LodgedWorker, path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            time.sleep(READ_AGAIN_S)
    return None


def _try_to_meet(folder: Path) -> None:
    """See that workers can be reached in a folder: a USB stick takes no sockets. Raises OSError."""
    with meeting_place(folder) as address, Listener(address):
        return
