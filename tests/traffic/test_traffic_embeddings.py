"""Recorded embeddings are the numbers that the vendors' SDKs read in them."""

from __future__ import annotations

import pytest

from nbprovider.protocols.embeddings import Vectors
from recorded import records
from vectors import outcome

pytestmark = pytest.mark.traffic

SINGLE = "the body is Google's single form, which its SDK never asks for"


def test_a_single_vector_is_read_too():
    alone = [one for one in records("embeddings") if one["expected"] is None]
    assert alone
    for record in alone:
        found = outcome(record)
        assert isinstance(found, Vectors), SINGLE
        assert len(found.vectors) == 1


def test_perplexitys_bytes_are_as_many_numbers_as_the_model_has():
    (record,) = [one for one in records("embeddings") if one["provider"] == "perplexity"]
    found = outcome(record)
    assert isinstance(found, Vectors)
    assert [len(one) for one in found.vectors] == [1024]
    assert all(-128 <= number <= 127 for number in found.vectors[0])
