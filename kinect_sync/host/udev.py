"""The udev rules of this computer: the SDK opens raw USB nodes, which only root may by default."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from kinect_sync.host.view import Host, read_text

RULE_FOLDERS = ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")


def find_rule(host: Host) -> str | None:
    """Return the first file with a udev rule for the depth camera's vendor and product."""
    for folder in RULE_FOLDERS:
        for path in _files(host.path(folder)):
            if any(_is_rule(line) for line in _lines(path)):
                return f"{folder}/{path.name}"
    return None


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.rules"))
    except OSError:
        return []


def _lines(path: Path) -> Iterable[str]:
    try:
        return read_text(path).lower().splitlines()
    except OSError:
        return ()


def _is_rule(line: str) -> bool:
    line = line.strip()
    return not line.startswith("#") and "045e" in line and "097" in line
