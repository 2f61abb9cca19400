"""Why a host is absent: Zenoh dials again and again, and never says what became of it.

One handshake by Python's own TLS tells apart what looks alike: nobody listens, one side refuses the other's
certificate, or whoever listens is no agent.
"""

from __future__ import annotations

import socket
import ssl

from kinect_sync.findings import Finding
from kinect_sync.findings.hosts import CERTIFICATE_EXPIRED, HOST_REFUSED, HOST_SILENT, HOST_UNREACHABLE
from kinect_sync.network.credentials import tls_context
from kinect_sync.steady import steady_s
from kinect_sync.studio.address import Address
from kinect_sync.studio.folders import StudioFolder

PATIENCE_S = 1.0
"""For a connection, for its handshake, and for a refusal after that."""
_LOOK_S = 0.05
_NOT_YET, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64
"""What OpenSSL finds in a certificate (`X509_V_ERR_…` in its x509_vfy.h)."""


def why_absent(folder: StudioFolder, host: str, address: Address) -> Finding:
    """Dial a host whose agent is not seen, and say why it is not; takes some seconds at most.

    UsageError where the director's own certificate can't be used.
    """
    context = tls_context(folder.credentials)
    where = f"{host} at {address}"
    try:
        with socket.create_connection((address.address, address.port), PATIENCE_S) as plain:
            return _shake_hands(context, plain, host, where, address)
    except TimeoutError:
        return HOST_UNREACHABLE.found(f"{where} does not answer")
    except OSError as error:
        return HOST_UNREACHABLE.found(f"{where} can't be reached: {error.strerror or error}")


def _shake_hands(
    context: ssl.SSLContext, plain: socket.socket, host: str, where: str, address: Address
) -> Finding:
    try:
        with context.wrap_socket(plain, server_hostname=address.address) as secured:
            return _named_otherwise(secured, host, where) or _hear_out(secured, where)
    except ssl.SSLCertVerificationError as error:
        return _its_certificate(where, error)
    except ssl.SSLError as error:
        return _its_words(where, error.reason or "")
    except OSError as error:  # it hung up, or said nothing
        return HOST_SILENT.found(f"{where} takes connections and shows no certificate: {error}")


def _named_otherwise(secured: ssl.SSLSocket, host: str, where: str) -> Finding | None:
    """Return what is wrong where the certificate has this address and another name."""
    subject: tuple[tuple[tuple[str, str], ...], ...] = (secured.getpeercert() or {}).get("subject", ())  # type: ignore[assignment]
    names = [value for part in subject for kind, value in part if kind == "commonName"]
    if names == [host]:
        return None
    return HOST_REFUSED.found(f"{where} shows the certificate of {', '.join(names) or 'nobody'}")


def _hear_out(secured: ssl.SSLSocket, where: str) -> Finding:
    """Wait for the other side's word on our certificate: by TLS 1.3 it comes after the handshake.

    An accepted one gets a ticket, with which it might come back.
    """
    secured.settimeout(_LOOK_S)
    until_s = steady_s() + PATIENCE_S
    while steady_s() < until_s and not (secured.session and secured.session.has_ticket):
        try:
            if not secured.recv(1):
                return HOST_REFUSED.found(f"{where} ended the connection")
        except TimeoutError:
            continue
    return HOST_SILENT.found(f"{where} accepts this director, and its agent is not there: it stands still")


def _its_certificate(where: str, error: ssl.SSLCertVerificationError) -> Finding:
    """Say what is wrong with what a host showed."""
    if error.verify_code in (_EXPIRED, _NOT_YET):
        return CERTIFICATE_EXPIRED.found(
            f"the certificate of {where} is not valid now: {error.verify_message}"
        )
    if error.verify_code in (_OTHER_NAME, _OTHER_ADDRESS):
        return HOST_REFUSED.found(f"{where} shows the certificate of another host: {error.verify_message}")
    return HOST_REFUSED.found(f"{where} shows no certificate of this studio: {error.verify_message}")


def _its_words(where: str, reason: str) -> Finding:
    """Say what a host said when it ended a handshake."""
    words = reason.lower().replace("_", " ")
    if "ALERT" not in reason:
        return HOST_SILENT.found(f"{where} takes connections and speaks no TLS: {words}")
    if "EXPIRED" in reason:
        return CERTIFICATE_EXPIRED.found(f"{where} says that the director's certificate is not valid now")
    return HOST_REFUSED.found(f"{where} does not accept the certificate of this director: {words}")
