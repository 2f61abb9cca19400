"""The rig file as a text: whether it can be read, and whether each value is one that its field takes.

The same reader reads the faults of a simulated bench.
"""

from __future__ import annotations

from kinect_sync.findings.model import refusal

DUPLICATE_KEY = refusal(
    "duplicate-key",
    "A key stands twice in one mapping, and nobody knows which of its values is meant.",
    "keep one of them",
)
EMPTY_FILE = refusal(
    "empty-file",
    "The file is empty, or holds comments only.",
    "start with `name:`, `topology:` and `devices:`; `ksync schema` shows every field",
)
FAULTS_UNREADABLE = refusal(
    "faults-unreadable",
    "The file of faults for --simulate cannot be read.",
    "give a YAML file",
)
FAULT_OF_UNKNOWN_DEVICE = refusal(
    "fault-of-unknown-device",
    "The file of faults names a device that the rig does not have.",
    "name a device of the rig",
)
INVALID_NAME = refusal(
    "invalid-name",
    "A name holds characters that cannot stand in the name of a file, or is too long.",
    "write letters, digits, `-` and `_`, 64 at most",
)
KEY_NOT_TEXT = refusal(
    "key-not-text",
    "A list or mapping stands where a key should.",
    "write text",
)
MISSING_FIELD = refusal(
    "missing-field",
    "A field that has no default is missing.",
    "add the field; `ksync schema` shows what it takes",
)
NESTED_TOO_DEEP = refusal(
    "nested-too-deep",
    "Lists and mappings are nested deeper than any rig file needs.",
    "a rig needs no more than four",
)
NO_VALUE = refusal(
    "no-value",
    "A key has no value.",
    "write a value, or take the line out",
)
NOT_A_MAPPING = refusal(
    "not-a-mapping",
    "The file is a list or a single value, not `key: value` lines.",
    "start with `name:`, `topology:` and `devices:`; `ksync schema` shows every field",
)
NOT_TEXT = refusal(
    "not-text",
    "The file is binary, or holds a character that no text file holds.",
    "save it as plain UTF-8 text",
)
NOT_UTF8 = refusal(
    "not-utf8",
    "The file is text in another encoding than UTF-8.",
    "save it as UTF-8",
)
RIG_EXISTS = refusal(
    "rig-exists",
    "`ksync init` was to write a file that exists.",
    "choose another name with -o",
)
RIG_IS_A_DIRECTORY = refusal(
    "rig-is-a-directory",
    "A directory was given in place of a rig file.",
    "give the path of a rig file in it",
)
RIG_NOT_FOUND = refusal(
    "rig-not-found",
    "There is no file at the path of the rig.",
    "check the path; `-` reads standard input",
)
RIG_NOT_PERMITTED = refusal(
    "rig-not-permitted",
    "You may not read the rig file.",
    "give yourself read permission",
)
RIG_TOO_LARGE = refusal(
    "rig-too-large",
    "The file is many times larger than the largest rig, so it is another file.",
    "give the path of a rig file",
)
RIG_UNREADABLE = refusal(
    "rig-unreadable",
    "The system cannot read the rig file.",
    "check the path and the disk",
)
RIG_UNWRITABLE = refusal(
    "rig-unwritable",
    "`ksync init` cannot write its file.",
    "choose a file in a folder that exists and that you may write to",
)
SERIAL_NOT_QUOTED = refusal(
    "serial-not-quoted",
    "A serial is written as a number, and a YAML number loses its leading zeros.",
    "put it in quotes",
)
SEVERAL_DOCUMENTS = refusal(
    "several-documents",
    "The file holds a second YAML document.",
    "keep one rig a file",
)
UNKNOWN_KEY = refusal(
    "unknown-key",
    "A key is no field, or stands at a place where it is none.",
    "correct it, move it to where it belongs, or take it out",
)
VALUE_NOT_ALLOWED = refusal(
    "value-not-allowed",
    "A value is none of the words that its field takes.",
    "write one of the words that the finding lists",
)
VALUE_OUT_OF_RANGE = refusal(
    "value-out-of-range",
    "A number is smaller or larger than its field takes.",
    "write a number within the range that the finding names",
)
WRONG_TYPE = refusal(
    "wrong-type",
    "A value is of another type than its field takes: text for a number, a list for a single value.",
    "write a value of the type that the finding names",
)
WRONG_VALUE = refusal(
    "wrong-value",
    "A fault has a value that is not possible.",
    "configs/faults has an example of each fault",
)
YAML_ALIAS = refusal(
    "yaml-alias",
    "The file uses a YAML alias, with which one line would mean several devices.",
    "write the value out here",
)
YAML_ANCHOR = refusal(
    "yaml-anchor",
    "The file uses a YAML anchor, with which one line would mean several devices.",
    "write the values out where used",
)
YAML_MERGE_KEY = refusal(
    "yaml-merge-key",
    "The file uses a YAML merge key, with which one line would mean several devices.",
    "write the values out",
)
YAML_SYNTAX = refusal(
    "yaml-syntax",
    "The file is not valid YAML.",
    "look for a missing quote, colon or bracket, or wrong indentation, here or just above",
)
YAML_TAB = refusal(
    "yaml-tab",
    "A tab stands where YAML wants spaces.",
    "indent with spaces",
)
YAML_TAG = refusal(
    "yaml-tag",
    "The file uses a YAML tag, which a rig needs nowhere.",
    "take it out",
)
