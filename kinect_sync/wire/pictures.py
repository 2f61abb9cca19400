"""What a viewer asks an agent: the pictures of its own devices, of a take or of a rig that is shown.

Nobody has to command a host for that, and nothing is changed by it. The answer is a bundle, as a page gets
it; a host gives so many bytes in a second and no more, as it records meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from kinect_sync.values import Value
from kinect_sync.wire.files import Text

MOST_DEVICES = 64
"""Devices that somebody may ask for at once: more than any host has."""

Names = Annotated[tuple[Text, ...], Field(max_length=MOST_DEVICES)]


class ShowPictures(Value):
    """Show what devices gave last; answered by `Pictures`."""

    kind: Literal["show_pictures"] = "show_pictures"
    take: Text
    """Name of the take; of a device that has no recording in it, what its worker publishes is shown."""
    devices: Names
    """Names of the devices."""
    ir: Names = ()
    """Devices whose IR is wanted too."""
    since: Annotated[Mapping[Text, int], Field(max_length=MOST_DEVICES)] = {}
    """By device, the stamp of the capture whose pictures are known: they are not sent again."""


class Pictures(Value):
    """Pictures, as the bytes of a bundle beside it: small ones, whatever the devices give."""

    kind: Literal["pictures"] = "pictures"
    wait_s: float
    """When to ask again. Where there are no bytes it was asked too soon: somebody else may look as well."""
