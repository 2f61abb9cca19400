"""Fixtures that several folders of tests use."""

from tests.virtual_k4a.fixtures import virtual_k4a as virtual_k4a
