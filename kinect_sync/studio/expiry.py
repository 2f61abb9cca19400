"""Certificates that expire: told before a take, as a connection ends with one of its certificates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import CERTIFICATE_EXPIRED, CERTIFICATE_EXPIRES
from kinect_sync.studio.certificates import valid_until
from kinect_sync.studio.folders import StudioFolder

SOON = timedelta(days=30)


def expiry_findings(whose: str, until: date, now: datetime, renew: str) -> Iterator[Finding]:
    """Yield what there is to say of a certificate; `renew` is the command that makes a new one."""
    left = until - now.date()
    remedy = f"make a new one: `{renew}`"
    if left < timedelta(0):
        yield CERTIFICATE_EXPIRED.found(f"the certificate of {whose} expired on {until}", remedy=remedy)
    elif left <= SOON:
        yield CERTIFICATE_EXPIRES.found(
            f"the certificate of {whose} expires on {until}, in {left.days} days", remedy=remedy
        )


def director_expiry(folder: StudioFolder, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say of the certificates in a director's folder."""
    name = folder.studio.name
    yield from expiry_findings(
        "the director",
        valid_until(folder.credentials.certificate).date(),
        now,
        f"ksync hosts init {name} --renew",
    )
    yield from expiry_findings(
        f"the authority of {name}", valid_until(folder.credentials.authority).date(), now, "ksync hosts init"
    )


def expiries(folder: StudioFolder, until: Mapping[str, date | None], now: datetime) -> Iterator[Finding]:
    """Yield what there is to say of the director's certificates and of hosts', which tell their last days."""
    yield from director_expiry(folder, now)
    for host, day in until.items():
        if day is not None:
            yield from host_expiry(host, day, now)


def host_expiry(host: str, until: date, now: datetime) -> Iterator[Finding]:
    """Yield what there is to say of a host's certificate, which expires on the day that its agent tells."""
    yield from expiry_findings(host, until, now, f"ksync hosts add {host} --renew")
