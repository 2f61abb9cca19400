"""What a director asks an agent about its computer, which may take a while: no command waits for it.

Nobody has to command a host for that, and nothing is changed by it.
"""

from __future__ import annotations

from typing import Literal

from kinect_sync.values import Value


class ListConnected(Value):
    """Say which devices the USB bus lists, without opening one; answered by `Connected`."""

    kind: Literal["list_connected"] = "list_connected"


LookRequest = ListConnected


class Connected(Value):
    """What the USB bus lists."""

    kind: Literal["connected"] = "connected"
    serials: tuple[str, ...] | None
    """Serial numbers, in their order; null where nobody can tell without opening devices."""
