"""Broken rig files: each mistake gives its finding, on its line, with a remedy, and no other error."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from kinect_sync.errors import RigError
from kinect_sync.findings import Finding, Severity
from kinect_sync.rig.loading import parse_rig
from tests.rig.rig_texts import GOOD, broken, line_of


class Case(NamedTuple):
    sentence: str
    text: str | bytes
    code: str
    at: str | int
    """The line of the finding: a piece that stands on it alone, or its number."""
    what: str
    remedy: str


def case(
    sentence: str, changes: list[tuple[str, str]], code: str, at: str | int, what: str, remedy: str = ""
) -> Case:
    return Case(sentence, broken(*changes), code, at, what, remedy)


CHAIN_OF_2 = GOOD[: GOOD.index("  - name: right")]
ONE = GOOD[: GOOD.index("  - name: left")]
STAR = GOOD.replace("daisy_chain", "star")
LONE = broken(("daisy_chain", "standalone"), ("role: master", "role: standalone"), text=ONE)
TRIGGER = GOOD.replace("role: master", "role: subordinate") + (
    "external_trigger:\n  fps: 30\n  pulse_width_us: 100\n  drive_current_ma: 8\n"
)
FEMTO = GOOD + "hardware: femto\n"


def subordinates(count: int, text: str = GOOD) -> str:
    return text + "".join(
        f'  - {{name: extra-{index}, serial: "0009{index:08d}", role: subordinate}}\n'
        for index in range(count)
    )


FIELDS = [
    case("The name is required.", [("name: studio\n", "")], "missing-field", 1, "`name` is missing",
        "add `name:`"),
    case("The topology is required.", [("topology: daisy_chain\n", "")], "missing-field", 1, "`topology`"),
    case(
        "A device's role is required, and the finding stands at the device.",
        [("    role: master\n", "")], "missing-field", "name: front", "`role` is missing", "`master`",
    ),
    case("A serial is required.", [('    serial: "000234567812"\n', "")], "missing-field", "name: left",
        "`serial`"),
    case(
        "A name is a file name: no spaces.",
        [("name: studio", "name: studio A!")], "invalid-name", 1, "`studio A!`", "`studio_A`",
    ),
    case("A name is no path.", [("name: left", "name: ../left")], "invalid-name", "../left",
        "letters, digits"),
    case("A name has letters of ASCII only.", [("name: left", "name: línks")], "invalid-name", "línks",
        "letters"),
    case(
        "A name of digits must be quoted.",
        [("name: left", "name: 12")], "wrong-type", "name: 12", "`12`", 'quotes: "12"',
    ),
    case(
        "A name of 65 letters is too long.", [("name: left", "name: " + "x" * 65)], "invalid-name", "xxx",
        "at most 64"
    ),
    case(
        "A topology is a known word.",
        [("daisy_chain", "chain")], "value-not-allowed", 2, "`chain`", "write `daisy_chain`",
    ),
    case("A role is a known word.", [("role: master", "role: slave")], "value-not-allowed", "slave",
        "`subordinate`"),
    case("Words are lower case.", [("mjpg", "MJPG")], "value-not-allowed", "MJPG", "`MJPG`", "write `mjpg`"),
    case(
        "A resolution has its p.", [("720p", "720")], "value-not-allowed", 4, "`720`", "write `720p`"
    ),
    case("25 fps do not exist.", [("fps: 30", "fps: 25")], "value-not-allowed", 7, "`25`",
        "`5`, `15` or `30`"),
    case("A number stands without quotes.", [("fps: 30", 'fps: "30"')], "value-not-allowed", 7, "",
        "without quotes"),
    case("29.97 fps do not exist.", [("fps: 30", "fps: 29.97")], "value-not-allowed", 7, "`29.97`", "`30`"),
    case("Mains have 50 or 60 Hz.", [("gain: 128", "powerline_hz: 55")], "value-not-allowed", 9, "`55`",
        "`50` or `60`"),
    case("An exposure is above 0.", [("8330", "0")], "value-out-of-range", 8, "from 1 to 200000", "`auto`"),
    case("An exposure ends at 200000.", [("8330", "200001")], "value-out-of-range", 8, "200001", "`auto`"),
    case("An exposure is a number or auto.", [("8330", "manual")], "wrong-type", 8, "`manual`", "`auto`"),
    case("A delay is a whole number.", [("usec: 200", "usec: 0.2")], "wrong-type", "0.2", "whole number"),
    case("A number is finite.", [("usec: 200", "usec: 1e999")], "wrong-type", "1e999", "whole number"),
    case("A delay has no unit.", [("usec: 200", "usec: 200us")], "wrong-type", "200us", "whole number"),
    case("Gain ends at 255.", [("gain: 128", "gain: 256")], "value-out-of-range", 9, "0 to 255",
        "255"),
    case(
        "White balance goes in steps of 10.",
        [("fps: 30", "fps: 30\n  white_balance_k: 4505")], "value-out-of-range", 8, "steps of 10", "write",
    ),
    case("`yes` is not `true`.", [("studio\n", "studio\nimu: yes\n")], "wrong-type", 2, "`yes`",
        "`true` or `false`"),
    case("A value may be forgotten.", [(" 8330", "")], "no-value", 8, "`exposure_us` has no value", "take"),
    Case("A rig has devices.", GOOD[: GOOD.index("  - name: front")].rstrip() + " []\n", "no-devices", 10,
        "empty", "add"),
    case("A device is a mapping.", [("devices:\n", "devices:\n  - third\n")], "wrong-type", "third",
        "this device"),
    case(
        "A misspelt key names the nearest one, and what it meant is not judged.",
        [("  fps: 30", "  fsp: 15"), ("nfov_unbinned", "wfov_unbinned")], "unknown-key", "fsp", "`fsp`",
        "write `fps`",
    ),
    case(
        "A misspelt key that is required is one mistake.",
        [("role: master", "rolle: master")], "unknown-key", "rolle", "no field of a device", "write `role`",
    ),
    case("A hyphen is no underscore.", [("depth_mode", "depth-mode")], "unknown-key", 6, "",
        "write `depth_mode`"),
    case(
        "A setting of the whole rig stands under camera.",
        [("role: master", "role: master\n    fps: 30")], "unknown-key", 14, "same on every device",
        "move it to `camera:`",
    ),
    case("A key in the wrong place is sent home.", [("studio\n", "studio\nfps: 30\n")], "unknown-key", 2,
        "", "`camera:`"),
    case(
        "A key that means nothing is listed against those that do.",
        [("studio\n", "studio\nzzz: 1\n")], "unknown-key", 2, "`zzz`", "`external_trigger`",
    ),
    case("A key stands once.", [("  fps: 30", "  fps: 30\n  fps: 15")], "duplicate-key", 8, "line 7",
        "keep one"),
    case(
        "A serial that is not quoted is shown as it must be written.",
        [('"000234567812"', "000234567812")], "serial-not-quoted", "000234567812", "leading zeros",
        '"000234567812"',
    ),
    case(
        "A serial that lost its zeros is shown with them.",
        [('"000234567812"', "234567812")], "serial-not-quoted", " 234567812", "loses", '"000234567812"',
    ),
]  # fmt: skip

RULES = [
    case("Some device is master.", [("role: master", "role: subordinate")], "no-master", 10,
        "no device is master"),
    Case(
        "Only one device is master.",
        broken(("role: subordinate\n    depth", "role: master\n    depth")),
        "several-masters", 16, "beside `front`", "subordinate",
    ),
    Case(
        "In a chain the master stands first.",
        broken(("role: master", "role: subordinate"),
            ("role: subordinate\n    sub", "role: master\n    sub")),
        "master-not-first", "name: right", "place 3", "cable order",
    ),
    Case("A chain of ten is too long.", subordinates(7), "too-many-devices", 28, "1 + 8", "keep 9"),
    Case("A star of four is too large.", subordinates(1, STAR), "too-many-devices", 22, "1 + 2",
        "daisy chain"),
    Case(
        "A Femto star of ten is too large.",
        subordinates(7, STAR).replace("name: studio", "hardware: femto\nname: studio"),
        "too-many-devices", 29, "1 + 8", "keep 9",
    ),
    Case("A chain of one has no cable.", ONE, "too-few-devices", 10, "no cable", "standalone"),
    Case("A standalone rig has one device.", GOOD.replace("daisy_chain", "standalone"), "too-many-devices",
        2, "3 are", ""),
    Case(
        "A standalone device is standalone.",
        ONE.replace("daisy_chain", "standalone"), "role-without-sync", "role:", "no sync cable", "standalone",
    ),
    Case(
        "A chain has no standalone device.",
        broken(("role: subordinate\n    sub", "role: standalone\n    sub")), "role-in-sync", 20,
            "not follow", "`role: sub",
    ),
    case("Names differ.", [("name: right", "name: left")], "duplicate-name", 18, "taken", "of its own"),
    case("Names differ in more than case.", [("name: right", "name: LEFT")], "duplicate-name", "LEFT",
        "other case"),
    case("Serials differ.", [("000345678912", "000123456712")], "duplicate-serial", 19, "devices[0]",
        "label"),
    case("A name is a Windows file name.", [("name: left", "name: NUL")], "reserved-name", "NUL", "Windows",
        "another"),
    case("So is the rig's.", [("name: studio", "name: com1")], "reserved-name", 1, "Windows", "another"),
    case("`trigger` is the other end of a cable.", [("name: left", "name: trigger")], "reserved-name", 14,
        "external"),
    case("A serial has 12 digits.", [("000234567812", "234567812")], "serial-not-12-digits", 15, "",
        '"000234567812"'),
    case("A serial has no letters.", [("000234567812", "CL8K14101E3")], "serial-not-12-digits", 15, "",
        "femto"),
    case("A serial has ASCII digits.", [("000234567812", "٠٠٠٢٣٤٥٦٧٨١٢")], "serial-not-12-digits", 15,
        "12 digits"),
    Case("A Femto serial is a word.", broken(("000234567812", "CL 8"), text=FEMTO),
        "serial-not-alphanumeric", 15, "CL 8", ""),
    case(
        "The master runs color.",
        [("role: master", "role: master\n    color_resolution: off")], "master-without-color", 14,
        "`front`", "color_res",
    ),
    case("A rig without color has no pulse.",
        [("720p", "off"), ("_delay_off_color_usec: 200", "_delay_off_color_usec: 0")],
         "master-without-color", 4, "color camera"),
    case("A subordinate delay ends at one period.", [("master_usec: 0", "master_usec: 33334")],
         "subordinate-delay-range", 21, "33333 µs, one period", "0 to 33333"),
    case("A subordinate delay is not negative.", [("master_usec: 0", "master_usec: -1")],
        "subordinate-delay-range", 21, "-1"),
    Case("A master has no subordinate delay.",
         broken(("role: master", "role: master\n    subordinate_delay_off_master_usec: 1")),
         "subordinate-delay-on-other-role", 14, "on a master", "take"),
    Case("Nor has a standalone device.", LONE + "    subordinate_delay_off_master_usec: 1\n",
         "subordinate-delay-on-other-role", 14, "standalone", "take"),
    case("A depth delay ends at one period.", [("usec: 200", "usec: 33334")], "depth-delay-range", 17,
        "33333", "-33333"),
    case("Also before color.", [("usec: 200", "usec: -33334")], "depth-delay-range", 17, "-33334", "33333"),
    case("A period at 15 fps is 66666 µs.", [("fps: 30", "fps: 15"), ("usec: 200", "usec: 66667")],
        "depth-delay-range",
         17, "66666"),
    case("Femto's delays end at 33333 µs at 5 fps too.", [("fps: 30", "fps: 5"), ("usec: 200", "usec: 33334"),
         ("name: studio", "hardware: femto\nname: studio")], "depth-delay-range", 18, "limit of Femto"),
    Case("A depth delay needs color.", broken(("usec: 200", "usec: 200\n    color_resolution: off")),
         "depth-delay-on-one-camera", 17, "one camera", "subordinate_delay_off_master_usec"),
    Case("A depth delay needs depth.", broken(("usec: 200", "usec: 200\n    depth_mode: off")),
         "depth-delay-on-one-camera", 17, "one camera", "subordinate"),
    Case("Some camera runs.", LONE.replace("720p", "off").replace("nfov_unbinned", "off"), "no-camera", 6,
        "both off", "give"),
    case("Depth off at a device without color is no camera.",
         [("usec: 0", "usec: 0\n    color_resolution: off\n    depth_mode: off")], "no-camera", 23,
         "`right`"),
    Case("One camera has no pairs.",
         broken(("usec: 0", "usec: 0\n    color_resolution: off\n    synchronized_images_only: true")),
         "synchronized-images-on-one-camera", 23, "`right`", "take"),
    Case("Nor where the whole rig wants pairs.",
         broken(("usec: 0", "usec: 0\n    color_resolution: off"),
             ("fps: 30", "fps: 30\n  synchronized_images_only: true")),
         "synchronized-images-on-one-camera", 8, "`right`", "take"),
    case("NV12 exists at 720p.", [("720p", "1080p"), ("mjpg", "nv12")], "format-not-at-resolution", 5,
        "1080p", "mjpg"),
    case("YUY2 too.", [("720p", "1536p"), ("mjpg", "yuy2")], "format-not-at-resolution", 5, "1536p", "mjpg"),
    case("Also where one device overrides.",
        [("usec: 0", "usec: 0\n    color_resolution: 1080p"), ("mjpg", "nv12")],
         "format-not-at-resolution", 22, "1080p", "720p"),
    case("3072p runs at 15 fps.", [("720p", "3072p")], "color-too-fast", 4, "15 fps", "1536p"),
    case("WFOV unbinned runs at 15 fps.", [("nfov_unb", "wfov_unb")], "depth-mode-too-fast", 6, "15 fps",
        "wfov_2x2"),
    case("An exposure fits a period.", [("8330", "33331")], "exposure-too-long", 8, "33330", "33330 or less"),
    case("The table decides, not the period.", [("fps: 30", "fps: 15"), ("8330", "50001")],
        "exposure-too-long", 8, "50000"),
    case("The 50 Hz table differs.", [("gain: 128", "powerline_hz: 50"), ("8330", "30001")],
        "exposure-too-long", 8, "30000"),
    Case("A Femto's exposure fits a period.", broken(("8330", "33334"), text=FEMTO), "exposure-too-long", 8,
        "33333", ""),
    Case("A master has no place beside a trigger.", broken(("000123456712\"\n    role: subordinate",
         "000123456712\"\n    role: master"), text=TRIGGER), "role-with-trigger", 13, "trigger",
         "subordinate"),
    Case("A trigger gives 5, 15 or 30 Hz.",
        broken(("  fps: 30\n  pulse", "  fps: 29.97\n  pulse"), text=TRIGGER),
         "trigger-fps", "29.97", "29.97 Hz", "exactly"),
    Case("The trigger's rate is the rig's.",
        broken(("  fps: 30\n  pulse", "  fps: 15\n  pulse"), text=TRIGGER),
         "trigger-fps-not-the-rigs", 23, "15 pulses", "equal"),
    Case("A pulse is longer than 8 µs.", broken(("us: 100", "us: 8"), text=TRIGGER),
        "trigger-pulse-too-short", 24, "8 µs", ""),
    Case("A pulse is shorter than a period.", broken(("us: 100", "us: 40000"), text=TRIGGER),
        "trigger-pulse-too-long",
         24, "period", "shorten"),
    Case("A trigger drives 8 mA.", broken(("ma: 8", "ma: 7.9"), text=TRIGGER), "trigger-current", 25,
        "7.9 mA", "buffer"),
    Case("A trigger is active high.", TRIGGER + "  polarity: active_low\n", "trigger-polarity", 26,
        "rising", "invert"),
    Case("A standalone device listens to no trigger.",
         LONE + TRIGGER[TRIGGER.index("external_trigger"):], "trigger-without-sync", 14, "standalone",
             "subordinate"),
    Case("A cable is shorter than 10 m.", GOOD + "cables:\n  - {from: front, to: left, length_m: 10}\n",
         "cable-too-long", 23, "10 m", "shorter"),
    Case("A cable has a length.", GOOD + "cables:\n  - {from: front, to: left, length_m: 0}\n",
         "value-out-of-range", 23, "above 0", "write"),
    Case("A cable's end is a device.", GOOD + "cables:\n  - {from: front, to: lef, length_m: 1}\n",
         "cable-unknown-end", 23, "`lef`", "left"),
    Case("A cable from the trigger needs one.",
        GOOD + "cables:\n  - {from: trigger, to: front, length_m: 1}\n",
         "cable-unknown-end", 23, "external_trigger", ""),
    Case("A cable does not skip a device.", GOOD + "cables:\n  - {from: front, to: right, length_m: 1}\n",
         "cable-not-in-topology", 23, "daisy_chain has no cable", "sync out"),
    Case("A cable does not run back.", GOOD + "cables:\n  - {from: left, to: front, length_m: 1}\n",
         "cable-not-in-topology", 23, "the other way", "from `front` sync out"),
    Case("A cable is listed once.", GOOD + "cables:\n" + "  - {from: front, to: left, length_m: 1}\n" * 2,
         "cable-twice", 24, "twice", "one of them"),
    Case("A standalone rig has no sync cable.", LONE + "cables:\n  - {from: front, to: front, length_m: 1}\n",
         "cable-not-in-topology", 15, "standalone", "topology"),
]  # fmt: skip

TEXTS = [
    Case("An empty file says so.", "", "empty-file", 1, "empty", "ksync schema"),
    Case("So does one of comments.", "# later\n\n", "empty-file", 1, "", "start with"),
    Case("A list is no rig.", "- a\n- b\n", "not-a-mapping", 1, "a list", "start with"),
    Case("A word is no rig.", "hello", "not-a-mapping", 1, "`hello`", "start with"),
    Case("A bracket is closed.", "name: x\ncamera: {fps: 30\n", "yaml-syntax", 3, "YAML", "bracket"),
    Case("A quote is closed.", 'name: "x\n', "yaml-syntax", 2, "YAML", "quote"),
    Case("A tab indents nothing.", "camera:\n\tfps: 30\n", "yaml-tab", 2, "tab", "spaces"),
    Case("An anchor is refused.", "camera: &all\n  fps: 30\n", "yaml-anchor", 1, "`&all`", "write"),
    Case("An alias is refused.", "camera: *all\n", "yaml-alias", 1, "`*all`", "write"),
    Case("A merge key is refused.", "camera:\n  <<: {fps: 30}\n", "yaml-merge-key", 2, "merge", "write"),
    Case("A tag is refused.", "name: !!python/object:os.system x\n", "yaml-tag", 1, "!!python", "take"),
    Case("A key is a word.", "? [a, b]\n: 1\n", "key-not-text", 1, "key", "write"),
    Case("Deep nesting is refused.", "a: " + "[" * 10_000, "nested-too-deep", 1, "16", "four"),
    Case("One file is one rig.", GOOD + "---\nname: y\n", "several-documents", 22, "second", "one rig"),
    Case("A null byte is no text.", "name: \0x\n", "not-text", 1, "character", "UTF-8"),
    Case("A binary file is no text.", b"\x7fELF\x00\xff\xfe", "not-text", 1, "not text", "YAML"),
    Case("Latin-1 is not UTF-8.", b"name: x\n# caf\xe9\n", "not-utf8", 2, "0xe9", "UTF-8"),
    Case("UTF-16 is not UTF-8.", "name: x\n".encode("utf-16"), "not-utf8", 1, "UTF-8", "UTF-8"),
    Case("Half a surrogate pair is no text.", 'name: "\\ud800"\n', "not-text", 1, "surrogate", "write"),
]

CASES = FIELDS + RULES + TEXTS


def findings_of(text: str | bytes) -> tuple[Finding, ...]:
    with pytest.raises(RigError) as caught:
        parse_rig(text, "rig.yaml")
    return caught.value.findings


def test_there_is_no_case_twice() -> None:
    sentences = [case.sentence for case in CASES]
    assert len(set(sentences)) == len(sentences) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.sentence)
def test_a_broken_rig_gives_its_one_error(case: Case) -> None:
    errors = [finding for finding in findings_of(case.text) if finding.severity is Severity.ERROR]
    assert [error.code for error in errors] == [case.code], "\n".join(map(str, errors))
    (error,) = errors
    line = case.at if isinstance(case.at, int) else line_of(str(case.text), case.at)
    assert error.where == f"rig.yaml:{line}"
    assert case.what in error.what
    assert error.remedy
    assert case.remedy in error.remedy


def test_many_mistakes_are_told_at_once_in_the_order_of_the_file() -> None:
    text = broken(
        ("name: studio", "name: aux"),
        ("720p", "1080p"),
        ("mjpg", "nv12"),
        ("nfov_unbinned", "wfov_unbinned"),
        ("gain: 128", "powerline_hz: 55"),
        ("8330", "auto"),
        ('"000123456712"', "000123456712"),
        ("name: left", "name: Right"),
        ("depth_delay_off_color_usec: 200", "depth_delay_of_color_usec: 200"),
        ("role: subordinate\n    sub", "role: standalone\n    sub"),
        ("master_usec: 0", "master_usec: 50000"),
    )
    text += "cables:\n  - {from: front, to: nobody, length_m: 12}\n"
    assert [finding.code for finding in findings_of(text)] == [
        "reserved-name",
        "format-not-at-resolution",
        "depth-mode-too-fast",
        "exposure-auto",
        "value-not-allowed",
        "serial-not-quoted",
        "unknown-key",
        "duplicate-name",
        "role-in-sync",
        "subordinate-delay-on-other-role",
        "cable-too-long",
        "cable-unknown-end",
    ]


def test_a_finding_names_line_field_and_device() -> None:
    (finding,) = findings_of(broken(('"000234567812"', "000234567812")))
    assert finding.where == "rig.yaml:15"
    assert finding.field == "devices[1].serial"
    assert finding.device == "left"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("role: master", "role: boss"), "value-not-allowed"),
        (("daisy_chain", "ring"), "value-not-allowed"),
        (('"000123456712"', "[1]"), "wrong-type"),
        (("fps: 30", "fps: 12"), "value-not-allowed"),
        (("720p", "480i"), "value-not-allowed"),
        (("name: front", "name: 5"), "wrong-type"),
    ],
)
def test_an_unreadable_field_silences_only_the_rules_that_read_it(change: tuple[str, str], code: str) -> None:
    """The other mistake, in another field of another device, is still told; nothing else is."""
    text = broken(change, ("000345678912", "34567"))
    assert [finding.code for finding in findings_of(text)] == [code, "serial-not-12-digits"]


def test_a_value_from_the_file_cannot_write_to_the_terminal() -> None:
    (finding,) = findings_of(broken(("role: master", 'role: "\\e[2Jmaster"')))
    assert "\x1b" not in str(finding)
    assert "\\x1b[2Jmaster" in finding.what
