"""How the processes of a bench are started, and what each is told at its start."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from kinect_sync.benches.choice import BenchChoice
from kinect_sync.director.link import Launch, Link, Post, ProcessLink
from kinect_sync.errors import UsageError
from kinect_sync.findings.start import WORKER_NOT_STARTED
from kinect_sync.values import Value
from kinect_sync.wire.lodging import Place
from kinect_sync.worker.image_copies import copies_past_cache
from kinect_sync.worker.spare_memory import ALLOCATION


class Assignment(Value):
    """What a worker's process is told as it starts; all else comes in messages."""

    bench: BenchChoice
    takes: Path | None = None
    """The folder that takes are put into; None where nothing is kept."""
    published: Path | None = None
    """The folder that newest captures are published in; one that lodges makes one itself."""
    lodging: Place | None = None
    """Where it lodges; None where pipes hold it, and it ends with whoever started it."""


def assignment_text(assignment: Assignment) -> str:
    """Write an assignment as one argument of a command line."""
    return assignment.model_dump_json(by_alias=True)


def read_assignment(text: str) -> Assignment:
    """Read what `assignment_text` wrote; ValueError for anything else."""
    return Assignment.model_validate_json(text)


def worker_command(assignment: Assignment) -> list[str]:
    """Return the command line of a worker's process."""
    return [sys.executable, "-m", "kinect_sync.benches.worker", assignment_text(assignment)]


def worker_launcher(
    bench: BenchChoice, takes: Path | None = None, *, published: Path | None = None
) -> Launch:
    """Return what starts a worker's process for a device of the bench, which puts takes into `takes`.

    Where it is told to publish, it does so in the folder `published`.
    What it returns raises UsageError (`worker-not-started`) where the system starts no more processes.
    """
    folder = takes.absolute() if takes is not None else None
    command = worker_command(Assignment(bench=bench, takes=folder, published=published))
    environment = worker_environment()

    def launch(name: str, post: Post) -> Link:
        try:
            return ProcessLink(name, command, post, environment)
        except OSError as error:  # no more files, processes or memory for this user
            what = f"no process can be started for it: {error.strerror}"
            raise UsageError(WORKER_NOT_STARTED.found(what, device=name)) from error

    return launch


def process_environment() -> dict[str, str]:
    """Return the environment of every process that ksync starts.

    A file of the current folder must not stand in for a library; and one BLAS thread per process is enough.
    """
    return {"PYTHONSAFEPATH": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **os.environ}


def worker_environment() -> dict[str, str]:
    """Return the environment of a worker, with what the SDK has to find there before it is loaded.

    The SDK tells only in its log why it fails: at stdout, which the worker takes from it, and never in a file
    that all workers would share. On Windows it must copy color images, as those that are held while they wait
    for the disk are Media Foundation's own, of which there are few: the camera stops without them.
    Memory of images is kept for the next ones (`worker/spare_memory.py`), which are copied past the
    processor's caches (`worker/image_copies.py`).
    """
    kept = {name: value for name, value in process_environment().items() if name != _LOG_FILE}
    wanted = {"K4A_LOG_LEVEL": "w", "K4A_MF_COPY_TO_NEW_BUFFER": "1", **ALLOCATION}
    return {**wanted, **kept, "K4A_ENABLE_LOG_TO_STDOUT": "1", **copies_past_cache(kept)}


_LOG_FILE = "K4A_ENABLE_LOG_TO_A_FILE"
