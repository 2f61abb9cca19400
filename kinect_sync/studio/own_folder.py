"""Where ksync keeps what belongs to a user of this computer, such as keys."""

from __future__ import annotations

import os
import sys
from pathlib import Path

STUDIO_VARIABLE = "KSYNC_STUDIO"
"""The environment's name for the folder of the studio."""


def app_folder() -> Path:
    """Return ksync's folder where this system puts settings: the same one that click names."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home)) / "ksync"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "ksync"
    return Path(os.environ.get("XDG_CONFIG_HOME", home / ".config")) / "ksync"


def studio_folder() -> Path:
    """Return the folder of this computer's studio, which may not be there."""
    named = os.environ.get(STUDIO_VARIABLE)
    return Path(named) if named else app_folder() / "studio"
