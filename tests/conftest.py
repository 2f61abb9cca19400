"""Fixtures that several folders of tests use."""

from tests.display import display as display
from tests.display import session_display as session_display
from tests.virtual_k4a.fixtures import virtual_k4a as virtual_k4a
