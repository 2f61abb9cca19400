"""A studio's folder and those of its hosts: what is in them, for whom, and that none is overwritten."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kinect_sync.errors import UsageError
from kinect_sync.studio.certificates import CERTIFICATE_DAYS, utc_now
from kinect_sync.studio.folders import read_agent, read_studio
from kinect_sync.studio.founding import add_host, found_studio, renew_director, renew_host
from tests.studio.studios import MadeStudio

NOW = utc_now()


@pytest.fixture
def studio(tmp_path: Path) -> MadeStudio:
    return MadeStudio(tmp_path / "made", now=NOW)


def certificate(path: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(path.read_bytes())


def common_name(path: Path) -> str | bytes:
    (name,) = certificate(path).subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return name.value


def purposes(path: Path) -> list[x509.ObjectIdentifier]:
    return list(certificate(path).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


def code_of(wrong: Callable[[], object]) -> str:
    with pytest.raises(UsageError) as caught:
        wrong()
    return caught.value.findings[0].code


def test_a_host_gets_what_it_needs_and_nothing_of_the_others(studio: MadeStudio) -> None:
    agent = studio.add("host-b", port=7447)
    assert {path.name for path in agent.path.iterdir()} == {"agent.json", "agent.pem", "agent.key", "ca.pem"}
    assert agent.address == studio.director.studio.hosts["host-b"]
    assert studio.director.credentials.authority.read_bytes() == agent.credentials.authority.read_bytes()


def test_certificates_say_who_it_is_where_and_for_which_side(studio: MadeStudio) -> None:
    agent, named = studio.add("host-b", port=1), studio.add("host-c", "camera-pc.local", port=1)
    director = studio.director.credentials.certificate
    assert common_name(director) == studio.director.director == agent.director == "ksync-director.studio"
    assert common_name(agent.credentials.certificate) == "host-b"
    assert purposes(director) == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert purposes(agent.credentials.certificate) == [ExtendedKeyUsageOID.SERVER_AUTH]
    places = [
        certificate(each.credentials.certificate)
        .extensions.get_extension_for_class(x509.SubjectAlternativeName)
        .value
        for each in (agent, named)
    ]
    assert [str(each.get_values_for_type(x509.IPAddress)[0]) for each in places[:1]] == ["127.0.0.1"]
    assert places[1].get_values_for_type(x509.DNSName) == ["camera-pc.local"]


def test_they_are_valid_for_two_years_and_never_longer_than_the_authority(studio: MadeStudio) -> None:
    agent = studio.add("host-b", port=1)
    ends = certificate(agent.credentials.certificate).not_valid_after_utc
    assert abs(ends - NOW - timedelta(days=CERTIFICATE_DAYS)) < timedelta(seconds=1)
    old = MadeStudio(studio.path / "old", now=NOW - timedelta(days=3600))
    add_host(old.director, "host-b", "127.0.0.1", None, old.path / "host-b", NOW)
    ends = certificate(old.path / "host-b" / "agent.pem").not_valid_after_utc
    assert ends <= certificate(old.director.credentials.authority).not_valid_after_utc


@pytest.mark.skipif(os.name == "nt", reason="rights of files are another thing there")
def test_nobody_but_the_owner_reads_keys(studio: MadeStudio) -> None:
    agent = studio.add("host-b", port=1)
    for folder in (agent.path, studio.director.path):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    renew_director(studio.director.path, "studio", NOW)
    assert stat.S_IMODE(studio.director.credentials.key.stat().st_mode) == 0o600


def test_nothing_is_overwritten(studio: MadeStudio, tmp_path: Path) -> None:
    agent = studio.add("host-b", port=1)
    before = {path: path.read_bytes() for path in studio.path.rglob("*") if path.is_file()}
    (tmp_path / "mine").mkdir()

    assert code_of(lambda: found_studio(studio.director.path, "other", NOW)) == "studio-exists"
    assert code_of(lambda: found_studio(tmp_path / "mine", "other", NOW)) == "studio-exists"
    assert (
        code_of(lambda: add_host(studio.director, "host-b", "10.0.0.1", None, tmp_path / "x", NOW))
        == "host-exists"
    )
    assert code_of(lambda: studio.add("Host-B", port=1)) == "host-exists"
    assert (
        code_of(lambda: add_host(studio.director, "c", "10.0.0.1", None, agent.path, NOW))
        == "host-folder-exists"
    )
    assert code_of(lambda: renew_host(studio.director, "host-b", None, None, agent.path, NOW)) == (
        "host-folder-exists"
    )
    assert {path: path.read_bytes() for path in studio.path.rglob("*") if path.is_file()} == before


def test_a_renewed_host_keeps_its_address_unless_it_gets_another_one(studio: MadeStudio) -> None:
    agent = studio.add("host-b", port=1)
    renew_host(studio.director, "host-b", None, None, studio.path / "new", NOW)
    renewed = read_agent(studio.path / "new")
    assert renewed.card == agent.card
    assert renewed.credentials.certificate.read_bytes() != agent.credentials.certificate.read_bytes()
    renew_host(studio.director, "host-b", "10.0.0.9", None, studio.path / "moved", NOW)
    assert str(studio.director.studio.hosts["host-b"]) == "10.0.0.9:1"
    assert code_of(lambda: renew_host(studio.director, "host-c", None, None, studio.path / "c", NOW)) == (
        "host-unknown"
    )


def test_a_renewed_director_keeps_its_name(studio: MadeStudio) -> None:
    credentials = studio.director.credentials
    before = credentials.certificate.read_bytes(), credentials.key.read_bytes()
    renew_director(studio.director.path, "studio", NOW)
    after = credentials.certificate.read_bytes(), credentials.key.read_bytes()
    assert all(old != new for old, new in zip(before, after, strict=True))
    assert common_name(credentials.certificate) == "ksync-director.studio"
    assert code_of(lambda: renew_director(studio.director.path, "other", NOW)) == "studio-exists"


def test_a_copy_without_the_authoritys_key_directs_and_makes_no_certificates(studio: MadeStudio) -> None:
    studio.director.authority_key.unlink()
    assert code_of(lambda: studio.add("host-b", port=1)) == "studio-without-authority"
    assert code_of(lambda: renew_director(studio.director.path, "studio", NOW)) == "studio-without-authority"
    assert studio.director.credentials.certificate.exists()


@pytest.mark.parametrize(
    ("sentence", "read", "file", "content", "code"),
    [
        ("no studio", read_studio, "studio.json", None, "studio-missing"),
        ("no folder of a host", read_agent, "agent.json", None, "agent-folder-missing"),
        ("no JSON", read_studio, "studio.json", "{", "studio-unreadable"),
        ("a name that is a way out", read_agent, "agent.json",
         '{"studio": "s", "host": "../x", "address": "a"}', "studio-unreadable"),
        ("of a later format", read_studio, "studio.json", '{"format": 2, "name": "s"}', "studio-unreadable"),
    ],
)  # fmt: skip
def test_what_is_no_such_folder_is_told(
    sentence: str, read: Callable[[Path], object], file: str, content: str | None, code: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / file).write_text(content)
    assert code_of(lambda: read(tmp_path)) == code, sentence


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("10.0.0.12", True),
        ("fd00::12", False),
        ("[fd00::12]", False),
        ("camera-pc", True),
        ("camera-pc.studio.local", True),
        ("", False),
        ("10.0.0.300", False),
        ("10.0.0.12:7447", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("tls/10.0.0.1", False),
        ("a b", False),
        ("-a", False),
        ("x" * 64, False),
        ("ksync/**", False),
    ],
)
def test_what_may_be_an_address(text: str, usable: bool, studio: MadeStudio) -> None:
    if usable:
        assert studio.add("host-b", text, port=1).card.address == text
    else:
        assert code_of(lambda: studio.add("host-b", text, port=1)) == "host-name-unusable"


@pytest.mark.parametrize("address", ["::1", "[::1]", "[fd00::12]:7447", "fe80::1%eth0"])
def test_of_an_ipv6_address_it_is_said_what_serves_instead(address: str, studio: MadeStudio) -> None:
    with pytest.raises(UsageError) as refused:
        studio.add("host-b", address, port=1)
    (finding,) = refused.value.findings
    assert "an IPv6 address can't be dialled" in finding.remedy
    assert "a name in the network" in finding.remedy


@pytest.mark.parametrize(
    "name", ["", "-a", "a b", "a/b", "ksync-director.studio", "x" * 65, "a\x1b[2J", "Here", "con"]
)
def test_what_no_host_is_named(name: str, studio: MadeStudio) -> None:
    assert code_of(lambda: studio.add(name, port=1)) == "host-name-unusable"
    assert not studio.director.studio.hosts


def test_a_folder_that_can_not_be_written_leaves_nothing(studio: MadeStudio, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    there = tmp_path / "file" / "host-b"
    assert (
        code_of(lambda: add_host(studio.director, "b", "10.0.0.1", None, there, NOW)) == "studio-unwritable"
    )
    assert not studio.director.studio.hosts
