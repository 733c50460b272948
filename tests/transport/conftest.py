"""Fixtures of the connection's tests."""

from names import connected, names  # noqa: F401 - found by pytest under their names
