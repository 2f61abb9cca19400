"""What the files of a take are called, and which names a take from elsewhere may give them.

A take may come from anybody. A name in it that is a path would lead whoever reads, exports or repairs the
take out of its folder; so names obey the rules of rig files, and files lie directly in the folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, TypeAdapter, ValidationError

from kinect_sync.files import is_no_path, is_regular, is_reserved
from kinect_sync.rig.model import Name
from kinect_sync.rig.problem import shown

MANIFEST = "take.json"
INDEX = "alignment.csv"
LOAD = "load.csv"
KEPT_INDEX = "alignment.incomplete.csv"
KEPT_MANIFEST = "take.incomplete.json"
"""What was there of a take before all that its hosts had recorded was known."""
OCCUPIED = ".occupied"
"""A file that is there while somebody records a take, or collects into its folder, and locked by them."""
RECORDING = ".mkv"
"""How the names of recordings end; before it stands the device's name."""
REPAIRED = ".repaired.mkv"
"""How the names of completed copies end; in a folder, one stands in for its original."""

_NAME: TypeAdapter[str] = TypeAdapter(Name)


def recording_name(device: str) -> str:
    """Return the name of a device's recording."""
    return f"{device}{RECORDING}"


def recordings_in(folder: Path) -> list[Path]:
    """Return all that has the name of a recording, in the order of names."""
    return sorted(folder.glob(f"*{RECORDING}"))


def repaired_copy_of(recording: Path) -> Path:
    """Return where the completed copy of a recording is."""
    return recording.with_name(recording.stem + REPAIRED)


def original_of(recording: Path) -> Path:
    """Return the recording that a completed copy was made of, or a recording itself."""
    return recording.with_name(recording.name.replace(REPAIRED, RECORDING))


def best_of(recording: Path) -> Path:
    """Return the completed copy of a recording where there is one, else the recording."""
    copy = repaired_copy_of(recording)
    return copy if is_regular(copy) else recording


def is_device_name(text: str) -> bool:
    """Tell whether a device may have this name: that of a file everywhere, and safe on a terminal."""
    try:
        _NAME.validate_python(text)
    except ValidationError:
        return False
    return not is_reserved(text)


def is_recording_name(text: str) -> bool:
    """Tell whether a recording may have this name: no path on any system, and safe on a terminal."""
    return is_no_path(text) and text.endswith(RECORDING) and text != RECORDING


def _recording_name(text: str) -> str:
    if not is_recording_name(text):
        raise ValueError(f"`{shown(text)}` can't be the name of a recording")
    return text


RecordingName = Annotated[str, AfterValidator(_recording_name)]
