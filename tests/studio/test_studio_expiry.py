"""What is said of certificates that expire, on which day."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from kinect_sync.studio.expiry import director_expiry, host_expiry
from tests.studio.studios import MadeStudio

MADE = datetime(2027, 3, 1, 12, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    ("sentence", "days", "code"),
    [
        ("of two years", 0, None),
        ("31 days are left", 699, None),
        ("30 days are left", 700, "certificate-expires"),
        ("its last day", 730, "certificate-expires"),
        ("it is over", 731, "certificate-expired"),
    ],
)
def test_a_directors_certificate(sentence: str, days: int, code: str | None, tmp_path: Path) -> None:
    studio = MadeStudio(tmp_path, now=MADE)
    found = list(director_expiry(studio.director, MADE + timedelta(days=days)))
    assert [finding.code for finding in found] == ([code] if code else []), sentence
    assert all("ksync hosts init studio --renew" in str(finding) for finding in found)


def test_the_authoritys_certificate(tmp_path: Path) -> None:
    studio = MadeStudio(tmp_path, now=MADE)
    found = list(director_expiry(studio.director, MADE + timedelta(days=3640)))
    assert [(finding.code, "authority" in finding.what) for finding in found] == [
        ("certificate-expired", False),
        ("certificate-expires", True),
    ]


def test_a_hosts_certificate_is_told_by_the_day_that_its_agent_says() -> None:
    (finding,) = host_expiry("host-b", date(2027, 3, 20), MADE)
    assert finding.what == "the certificate of host-b expires on 2027-03-20, in 19 days"
    assert finding.remedy == "make a new one: `ksync hosts add host-b --renew`"
