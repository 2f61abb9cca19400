"""The recording that an archive was made of, as the archive's header tells."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from kinect_sync.values import Value

RESTORE_NAME = "RESTORE"
"""The track with what an archive keeps for the way back."""
ORIGINAL_TAG = "KSYNC_ORIGINAL"
"""The recording that an archive was made of: JSON, with blanks behind it to a fixed length."""
ORIGINAL_ROOM = 256
"""Bytes of its value."""


class Original(Value):
    """The recording that an archive was made of."""

    nbytes: int
    sha256: str
    complete: bool
    """Whether it was closed properly."""
    truncated_bytes: int
    """Bytes at its end that belonged to no whole block."""


def original_in_tags(tags: Mapping[str, str]) -> Original | None:
    """Return what the tags of a file say that it is the archive of; None where it is none."""
    try:
        return Original.model_validate_json(tags.get(ORIGINAL_TAG, ""))
    except ValidationError:
        return None
