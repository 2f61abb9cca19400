"""The view of a computer through which the checks look, so that a made-up one can stand in its place."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from kinect_sync.host.disk import REAL_DISK, Disk
from kinect_sync.host.kernel_clock import kernel_is_synchronised

COMMAND_S = 5.0
"""How long a command may take; one that waits for a service that hangs is as good as absent."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A Python distribution that is installed."""

    version: str
    files: tuple[str, ...]
    """Its files, relative to where packages are installed."""


def run_command(command: Sequence[str]) -> str | None:
    """Return what a command prints; None where it is absent, fails or hangs."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_S,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")


def find_installed(distribution: str) -> Installed | None:
    """Look a distribution up without importing anything of it."""
    try:
        found = metadata.distribution(distribution)
        return Installed(found.version, tuple(str(path) for path in found.files or ()))
    except (metadata.PackageNotFoundError, OSError, ValueError, KeyError):
        return None


def usable_cores() -> int | None:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def effective_user() -> int | None:
    """Return the effective user id; None where the platform has none."""
    return os.geteuid() if hasattr(os, "geteuid") else None


def may_use(path: Path) -> bool:
    """Tell whether this process may read and write a device node."""
    return os.access(path, os.R_OK | os.W_OK)


@dataclass(frozen=True)
class Host:
    """One computer."""

    system: str = sys.platform
    """As `sys.platform` names it."""
    root: Path = Path("/")
    """Where /sys, /proc, /etc, /run and /dev are."""
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    run: Callable[[Sequence[str]], str | None] = run_command
    installed: Callable[[str], Installed | None] = find_installed
    may_use: Callable[[Path], bool] = may_use
    kernel_clock: Callable[[], bool | None] = kernel_is_synchronised
    user: int | None = field(default_factory=effective_user)
    cores: int | None = field(default_factory=usable_cores)
    disk: Disk = REAL_DISK

    @property
    def is_linux(self) -> bool:
        """Whether there is a /sys and a /proc to read."""
        return self.system.startswith("linux")

    @property
    def is_root(self) -> bool:
        """Whether permissions do not matter to this process."""
        return self.user == 0

    def path(self, absolute: str) -> Path:
        """Return where an absolute path of this computer is."""
        return self.root / absolute.lstrip("/")

    def read(self, absolute: str) -> str:
        """Read a small text file; OSError where that can't be done."""
        return read_text(self.path(absolute))

    def exists(self, absolute: str) -> bool:
        """Tell whether something is there, as far as this user may see."""
        try:
            return self.path(absolute).exists()
        except OSError:
            return False


def read_text(path: Path) -> str:
    """Read a small text file, whatever bytes are in it; OSError where that can't be done."""
    return path.read_bytes().decode(errors="replace").strip()


def reason(error: OSError) -> str:
    """Return why reading failed, in the system's words: `permission denied`."""
    return (error.strerror or type(error).__name__).lower()
