"""Certificates of a studio: its own authority, and what that says of a director and of each host.

A certificate says a name (who it is), where it may be dialled, and which side of a connection it is for. A
host's is no director's, whatever name it says: TLS refuses a server's certificate where a client is asked for
one.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kinect_sync.errors import UsageError
from kinect_sync.findings.hosts import STUDIO_UNREADABLE
from kinect_sync.rig.address import ip_of

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 730
"""Two years: a studio renews them now and then, and not in the middle of a production."""
EARLIER = timedelta(days=1)
"""By which they are valid before they are made: a host's time of day may be some hours behind."""


class Issued(NamedTuple):
    """A certificate and its key, as PEM."""

    certificate: bytes
    key: bytes


def make_authority(studio: str, now: datetime) -> Issued:
    """Make the authority of a studio."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(f"ksync studio {studio}")
    builder = (
        _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return _pem(builder.sign(key, hashes.SHA256()), key)


def issue_director(authority: Issued, name: str, now: datetime) -> Issued:
    """Make a director's certificate: it dials, and nobody dials it."""
    return _issue(authority, name, None, ExtendedKeyUsageOID.CLIENT_AUTH, now)


def issue_agent(authority: Issued, host: str, address: str, now: datetime) -> Issued:
    """Make the certificate of a host that is dialled at an address."""
    return _issue(authority, host, address, ExtendedKeyUsageOID.SERVER_AUTH, now)


def valid_until(path: Path) -> datetime:
    """Return when a certificate expires; UsageError where the file can't be read."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc
    except (OSError, ValueError) as error:
        raise UsageError(STUDIO_UNREADABLE.found(f"{path} is no certificate: {error}")) from error


def read_issued(certificate: Path, key: Path) -> Issued:
    """Read a certificate and its key; OSError where there is none."""
    return Issued(certificate.read_bytes(), key.read_bytes())


def utc_now() -> datetime:
    """Return the time of day, as certificates count it."""
    return datetime.now(timezone.utc)


def _issue(
    authority: Issued, name: str, address: str | None, purpose: x509.ObjectIdentifier, now: datetime
) -> Issued:
    issuer = x509.load_pem_x509_certificate(authority.certificate)
    issuer_key = _private(authority.key)
    key = ec.generate_private_key(ec.SECP256R1())
    above = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
    days = min(CERTIFICATE_DAYS, (issuer.not_valid_after_utc - now).days)
    builder = (
        _builder(_name(name), issuer.subject, key.public_key(), now, days)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
        .add_extension(above, critical=False)
    )
    if address is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([_place(address)]), critical=False)
    return _pem(builder.sign(issuer_key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=days))
    )


def _name(common_name: str) -> x509.Name:
    """Return a name that is nothing but the name: Zenoh knows a peer by it."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _place(address: str) -> x509.GeneralName:
    number = ip_of(address)
    return x509.DNSName(address) if number is None else x509.IPAddress(number)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: bytes) -> ec.EllipticCurvePrivateKey:
    private = serialization.load_pem_private_key(key, None)
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        raise ValueError("the authority's key is of another kind than ksync makes")
    return private


def _pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Issued:
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Issued(certificate.public_bytes(serialization.Encoding.PEM), private)
