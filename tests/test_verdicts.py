"""The ladder of verdicts, and what findings amount to."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import TypeAdapter, ValidationError

from kinect_sync.findings import Finding, Severity
from kinect_sync.findings.bench import DEVICE_BUSY, JACK_WRONG
from kinect_sync.findings.rig_file import RIG_NOT_FOUND
from kinect_sync.findings.sync import CAPTURES_LATE
from kinect_sync.verdicts import Rung, Verdict, Words, verdict_of, worst_of

NO, REFUSAL, FAILURE = (kind.found("it is so") for kind in (JACK_WRONG, RIG_NOT_FOUND, DEVICE_BUSY))
DOUBT = DEVICE_BUSY.found("it is so", severity=Severity.WARNING)
WEIGHTY = CAPTURES_LATE.found("it is so", severity=Severity.ERROR)


@pytest.mark.parametrize(
    ("sentence", "findings", "verdict"),
    [
        ("nothing was found", [], Verdict.GOOD),
        ("a doubt is none", [DOUBT], Verdict.GOOD),
        ("an error that answers", [NO, DOUBT], Verdict.BAD),
        ("a warning that weighs as an error is an answer too", [WEIGHTY], Verdict.BAD),
        ("a refusal outweighs a no", [REFUSAL, NO], Verdict.REFUSED),
        ("a failure outweighs both, as they may follow from it", [NO, FAILURE, REFUSAL], Verdict.FAILED),
        ("of a code of another version the worst is believed",
         [Finding(code="of-tomorrow", what="it is so")], Verdict.FAILED),
    ],
)  # fmt: skip
def test_what_findings_amount_to(sentence: str, findings: list[Finding], verdict: Verdict) -> None:
    assert verdict_of(findings) is verdict, sentence


def test_words_stand_in_the_order_of_their_rungs() -> None:
    rungs = list(Rung)
    places = [rungs.index(verdict.rung) for verdict in Verdict]
    assert places == sorted(places)
    assert set(places) == set(range(len(rungs)))


@pytest.mark.parametrize(
    ("verdicts", "worst"),
    [
        ([Verdict.WHOLE, Verdict.REPAIRED, Verdict.WHOLE], Verdict.REPAIRED),
        ([Verdict.NOT_REPAIRED, Verdict.REPAIRED], Verdict.NOT_REPAIRED),
        ([Verdict.GOOD, Verdict.UNKNOWN], Verdict.UNKNOWN),
        ([Verdict.UNKNOWN, Verdict.BAD], Verdict.BAD),
        ([Verdict.INCOMPLETE, Verdict.IN_SYNC], Verdict.INCOMPLETE),
        ([Verdict.OUT_OF_SYNC, Verdict.INCOMPLETE], Verdict.OUT_OF_SYNC),
    ],
)
def test_the_worst_of_several_decides(verdicts: list[Verdict], worst: Verdict) -> None:
    assert worst_of(verdicts) is worst


def test_a_verdict_is_one_of_its_words() -> None:
    of_two = TypeAdapter(Annotated[Verdict, Words(Verdict.WHOLE, Verdict.REPAIRED)])
    assert of_two.validate_json('"repaired"') is Verdict.REPAIRED
    assert of_two.json_schema() == {"type": "string", "enum": ["whole", "repaired"]}
    with pytest.raises(ValidationError, match="`good` is not among its words"):
        of_two.validate_python(Verdict.GOOD)


def test_a_word_is_printed_as_it_stands_in_a_report_and_told_as_one_says_it() -> None:
    assert (f"{Verdict.OUT_OF_SYNC}", Verdict.OUT_OF_SYNC.told) == ("out_of_sync", "out of sync")
