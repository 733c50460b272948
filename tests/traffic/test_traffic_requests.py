"""Recorded requests can be said as Calls: built again, they ask the same."""

from __future__ import annotations

import pytest

from recorded import records
from requests_back.again import FORMS, asks, changes
from requests_back.reasons import REASONS, reason

pytestmark = pytest.mark.traffic


@pytest.mark.parametrize("traffic", FORMS)
def test_a_request_read_as_a_call_and_built_again_asks_the_same(traffic):
    """Nearly all bodies are equivalent, fields of the provider's own included; all else is told."""
    asked = [one for one in records(traffic) if asks(one)]
    changed = {one["id"]: told for one in asked if (told := changes(traffic, one))}
    unknown = {
        id_: places
        for id_, told in changed.items()
        if (places := [p for p in told if not reason(p)])
    }
    assert not unknown
    assert len(changed) <= 0.05 * len(asked)


def test_every_reason_is_needed():
    """What does not happen any more is not excused."""
    seen = {
        reason(place)
        for traffic in FORMS
        for one in records(traffic)
        if asks(one)
        for place in changes(traffic, one)
    }
    assert seen == {why for _, why in REASONS}
