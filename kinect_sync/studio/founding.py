"""Making a studio and its hosts' folders: who may belong to it is decided here, and nowhere later."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from kinect_sync.errors import UsageError
from kinect_sync.files import is_reserved
from kinect_sync.findings.hosts import (
    HOST_EXISTS,
    HOST_FOLDER_EXISTS,
    HOST_NAME_UNUSABLE,
    HOST_REMOVED,
    HOST_UNKNOWN,
    STUDIO_EXISTS,
    STUDIO_UNWRITABLE,
    STUDIO_WITHOUT_AUTHORITY,
)
from kinect_sync.rig.address import NAME_FOR_IPV6, is_ipv6
from kinect_sync.rig.model import AGENT_PORT, HERE
from kinect_sync.studio.address import Address
from kinect_sync.studio.certificates import (
    Issued,
    issue_agent,
    issue_director,
    make_authority,
    read_issued,
    valid_until,
)
from kinect_sync.studio.expiry import director_expiry
from kinect_sync.studio.folders import (
    AGENT_FILE,
    STUDIO_FILE,
    AgentCard,
    Studio,
    StudioFolder,
    director_name,
    read_studio,
)
from kinect_sync.studio.private import new_folder, replace_private
from kinect_sync.studio.reports import HostFolderReport, RemovedHostReport, StudioReport
from kinect_sync.values import Value
from kinect_sync.verdicts import Verdict

M = TypeVar("M", bound=Value)


def found_studio(path: Path, name: str, now: datetime) -> StudioReport:
    """Make a studio: its authority, and a director's certificate; UsageError where something is there."""
    studio = _made(Studio, name=name)
    authority = make_authority(name, now)
    director = issue_director(authority, director_name(name), now)
    files = {
        STUDIO_FILE: _json(studio),
        "ca.pem": authority.certificate,
        "ca.key": authority.key,
        "director.pem": director.certificate,
        "director.key": director.key,
    }
    if os.path.lexists(path):
        raise UsageError(STUDIO_EXISTS.found(f"there is something at {path} already"))
    try:
        with new_folder(path, files):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error
    return _studio_report(StudioFolder(path, studio), now)


def renew_director(path: Path, name: str, now: datetime) -> StudioReport:
    """Make the director's certificate of the studio anew; hosts need to be told nothing."""
    folder = read_studio(path)
    if folder.studio.name != name:
        raise UsageError(STUDIO_EXISTS.found(f"the studio at {path} is {folder.studio.name}, not {name}"))
    director = issue_director(_authority(folder), folder.director, now)
    try:
        replace_private(folder.credentials.key, director.key)
        replace_private(folder.credentials.certificate, director.certificate)
    except OSError as error:
        raise _unwritable(path, error) from error
    return _studio_report(folder, now)


def add_host(
    folder: StudioFolder, host: str, address: str | None, port: int | None, output: Path, now: datetime
) -> HostFolderReport:
    """Make a host known to the studio, and its folder; UsageError where either is there already."""
    if host.casefold() == HERE or is_reserved(host):
        raise UsageError(HOST_NAME_UNUSABLE.found(f"{host!r} names something else"))
    for removed in folder.studio.removed:
        if removed.casefold() == host.casefold():
            raise UsageError(HOST_REMOVED.found(f"{removed} was a host of {folder.studio.name}"))
    for known, where in folder.studio.hosts.items():
        if known.casefold() == host.casefold():  # one folder, and one name in a rig file
            name = folder.studio.name
            raise UsageError(HOST_EXISTS.found(f"{known} is a host of {name} already, at {where}"))
    return _write_host(folder, host, _made(Address, address=address, port=port or AGENT_PORT), output, now)


def renew_host(
    folder: StudioFolder, host: str, address: str | None, port: int | None, output: Path, now: datetime
) -> HostFolderReport:
    """Make the folder of a known host anew; address and port stay where none is given."""
    before = _known(folder, host)
    new = _made(Address, address=address or before.address, port=port or before.port)
    return _write_host(folder, host, new, output, now)


def remove_host(folder: StudioFolder, host: str) -> RemovedHostReport:
    """Make a host unknown to the studio for good; UsageError where it is none of its hosts."""
    was = _known(folder, host)
    hosts = {name: each for name, each in folder.studio.hosts.items() if name != host}
    studio = folder.studio.model_copy(update={"hosts": hosts, "removed": (*folder.studio.removed, host)})
    try:
        replace_private(folder.path / STUDIO_FILE, _json(studio))
    except OSError as error:
        raise _unwritable(folder.path, error) from error
    return RemovedHostReport(
        verdict=Verdict.GOOD,
        findings=(),
        studio=studio.name,
        host=host,
        address=was.address,
        port=was.port,
    )


def _known(folder: StudioFolder, host: str) -> Address:
    if host not in folder.studio.hosts:
        known = ", ".join(folder.studio.hosts) or "none yet"
        raise UsageError(HOST_UNKNOWN.found(f"{folder.studio.name} has no host {host}; it has: {known}"))
    return folder.studio.hosts[host]


def _write_host(
    folder: StudioFolder, host: str, address: Address, output: Path, now: datetime
) -> HostFolderReport:
    """Write a host's folder; the studio knows the host when that is there, and not before."""
    card = _made(AgentCard, studio=folder.studio.name, host=host, address=address.address, port=address.port)
    hosts = {**folder.studio.hosts, host: address}
    studio = _made(Studio, **{**dict(folder.studio), "hosts": hosts})
    authority = _authority(folder)
    issued = issue_agent(authority, host, address.address, now)
    files = {
        AGENT_FILE: _json(card),
        "agent.pem": issued.certificate,
        "agent.key": issued.key,
        "ca.pem": authority.certificate,
    }
    if os.path.lexists(output):
        raise UsageError(HOST_FOLDER_EXISTS.found(f"there is something at {output} already"))
    try:
        with new_folder(output, files):
            replace_private(folder.path / STUDIO_FILE, _json(studio))
    except OSError as error:
        raise _unwritable(output, error) from error
    return HostFolderReport(
        verdict=Verdict.GOOD,
        findings=tuple(director_expiry(folder, now)),
        studio=folder.studio.name,
        host=host,
        address=address.address,
        port=address.port,
        folder=str(output),
        certificate_until=_until(output / "agent.pem"),
    )


def _studio_report(folder: StudioFolder, now: datetime) -> StudioReport:
    return StudioReport(
        verdict=Verdict.GOOD,
        findings=tuple(director_expiry(folder, now)),
        studio=folder.studio.name,
        folder=str(folder.path),
        certificate_until=_until(folder.credentials.certificate),
    )


def _made(model: Callable[..., M], **fields: object) -> M:
    """Make a value of what somebody typed; UsageError where it can't be one."""
    try:
        return model(**fields)
    except ValidationError as error:
        wrong = str(error.errors()[0]["input"])
        remedy = NAME_FOR_IPV6 if is_ipv6(wrong) else None
        what = f"{wrong!r} can't be used as a name or an address"
        raise UsageError(HOST_NAME_UNUSABLE.found(what, remedy=remedy)) from None


def _authority(folder: StudioFolder) -> Issued:
    try:
        return read_issued(folder.credentials.authority, folder.authority_key)
    except FileNotFoundError as error:
        raise UsageError(STUDIO_WITHOUT_AUTHORITY.found(f"there is no {error.filename}")) from None


def _until(certificate: Path) -> str:
    return valid_until(certificate).date().isoformat()


def _unwritable(path: Path, error: OSError) -> UsageError:
    return UsageError(STUDIO_UNWRITABLE.found(f"{path} can't be written: {error.strerror or error}"))


def _json(value: Value) -> bytes:
    return (value.model_dump_json(indent=2) + "\n").encode()
