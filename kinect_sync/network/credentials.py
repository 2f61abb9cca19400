"""Certificates and keys as Python's TLS reads them: Zenoh says nothing of a file that it can't use."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kinect_sync.errors import UsageError
from kinect_sync.findings.hosts import STUDIO_UNREADABLE
from kinect_sync.studio.folders import Credentials


def tls_context(credentials: Credentials, protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> ssl.SSLContext:
    """Return what one side shows and trusts.

    UsageError where a file is missing, can't be read, or a key does not belong to its certificate.
    """
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with _told(credentials.authority):
        context.load_verify_locations(credentials.authority)
    with _told(credentials.certificate):
        context.load_cert_chain(credentials.certificate, credentials.key)
    return context


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # also ssl.SSLError
        reason = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        what = f"{path}, or its key, can't be used: {reason}"
        raise UsageError(STUDIO_UNREADABLE.found(what)) from error
