"""What the commands that make a studio report; described without what makes certificates."""

from __future__ import annotations

from typing import Annotated, Literal

from kinect_sync.verdicts import UNANSWERED, Report, Verdict, Words


class StudioReport(Report):
    """What `ksync hosts init --json` prints."""

    report: Literal["studio"] = "studio"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: there is a studio, and its director has a certificate."""
    studio: str | None = None
    """Name of the studio."""
    folder: str | None = None
    """Its folder, which holds the key of its authority."""
    certificate_until: str | None = None
    """When the director's certificate expires, as an ISO date."""


class HostFolderReport(Report):
    """What `ksync hosts add --json` prints."""

    report: Literal["host_folder"] = "host_folder"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: the host is known to the studio, and there is a folder for it."""
    studio: str | None = None
    """Name of the studio."""
    host: str | None = None
    """Name of the host in it."""
    address: str | None = None
    """Address by which directors dial it, and which its certificate says."""
    port: int | None = None
    """TCP port of its agent."""
    folder: str | None = None
    """The folder to carry to the host."""
    certificate_until: str | None = None
    """When the host's certificate expires, as an ISO date."""


class RemovedHostReport(Report):
    """What `ksync hosts remove --json` prints."""

    report: Literal["removed_host"] = "removed_host"
    format: Literal[1] = 1
    verdict: Annotated[Verdict, Words(Verdict.GOOD, *UNANSWERED)]
    """`good`: the studio does not know the host any more."""
    studio: str | None = None
    """Name of the studio."""
    host: str | None = None
    """Name that the host had in it."""
    address: str | None = None
    """Address by which directors dialled it."""
    port: int | None = None
    """TCP port of its agent."""
