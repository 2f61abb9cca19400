"""Where an agent is reached: an IPv4 address or a name in the network, and a port."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from kinect_sync.rig.address import is_address
from kinect_sync.rig.model import AGENT_PORT
from kinect_sync.values import Value


def _checked(text: str) -> str:
    if not is_address(text):
        raise ValueError("it is neither an IPv4 address nor the name of a host")
    return text


class Address(Value):
    """Where the agent of a host listens."""

    address: Annotated[str, AfterValidator(_checked)]
    """IPv4 address or name of the host, as a director dials it; it stands in the host's certificate."""
    port: Annotated[int, Field(ge=1, le=65535)] = AGENT_PORT
    """TCP port."""

    def __str__(self) -> str:
        """`10.0.0.12:7447`."""
        return f"{self.address}:{self.port}"
