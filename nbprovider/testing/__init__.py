"""The rules that protocols, providers and factories keep, as functions: ours and a third party's.

Each raises AssertionError, naming the rule that is broken. No test runner is needed.
"""

from nbprovider.testing.factory import check_factory
from nbprovider.testing.protocol import Samples, check_protocol
from nbprovider.testing.provider import check_provider

__all__ = ["Samples", "check_factory", "check_protocol", "check_provider"]
