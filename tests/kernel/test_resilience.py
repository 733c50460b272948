"""What a reader sees in a real kernel while providers fail: waits, seams, and who answered."""

from __future__ import annotations

import re
import time

import pytest

from kernels import VERSIONS, kernel
from loopback import answering, delta, ending, serving

pytestmark = pytest.mark.kernel

SETTINGS = """
first_wait = 1.2
heartbeat = 0.3
stall_warning = 0.6
silence = 3
tries = 2
breaker_failures = 2
"""

FIRST, SECOND = "openai-compatible:tiny", "groq:small"
ASK = f"%%chat {FIRST} --new\nTell me"


def slow_to_begin(peer):
    """Take a moment for the head, and a longer one for the first word."""
    time.sleep(0.5)
    peer.head()
    time.sleep(1.2)
    peer.chunk(delta("At last."))
    peer.chunk(ending())
    peer.end()


def silent(peer):
    """Say two words, then nothing."""
    peer.head()
    peer.chunk(delta("Two words"))
    peer.wait_closed(30)


def busy(peer):
    """Refuse for now, as a provider with too much to do."""
    peer.whole(503, {"error": {"message": "busy"}})


def calm(peer):
    """Answer, after a moment in which the screen can be seen."""
    time.sleep(0.5)
    answering("Hello from ", "two.")(peer)


class Once:
    """Do one thing for the first request, another for all that follow."""

    def __init__(self, first, then):
        self._scripts = [first]
        self._then = then

    def __call__(self, peer):
        (self._scripts.pop() if self._scripts else self._then)(peer)


@pytest.fixture(params=VERSIONS, scope="module")
def two(request, tmp_path_factory):
    """Run a kernel that knows two providers, each a server on loopback."""
    home = tmp_path_factory.mktemp("home")
    (home / "config").mkdir()
    (home / "config" / "settings.toml").write_text(SETTINGS)
    with serving(answering("one")) as one, serving(calm) as other:
        variables = {
            "NBPROVIDER_HOME": str(home),
            "OPENAI_COMPATIBLE_BASE_URL": f"{one.url}/v1",
            "GROQ_API_KEY": "gsk_test0123456789",
            "GROQ_BASE_URL": f"{other.url}/openai/v1",
        }
        with kernel(request.param, **variables) as running:
            running.run("%load_ext nbprovider")
            yield running, one


@pytest.fixture(autouse=True)
def closed(two):
    """Begin with closed circuits."""
    two[0].run("%provider health reset")


def painted(ran):
    """Return all that the cell showed, in order: also what it showed over."""
    shown = ran.of("display_data", "update_display_data")
    return [content["data"].get("text/markdown", "") for content in shown]


def footer(ran):
    (output,) = ran.shown
    return output["data"]["text/plain"].splitlines()[-1]


def test_the_status_line_tells_the_way_of_a_call_and_that_nothing_comes(two):
    running, server = two
    server.script = slow_to_begin
    ran = running.run(ASK)
    lines = [line for line in painted(ran) if "⏳" in line]
    assert any(re.search(r"connecting [\d.]+ s → waiting · openai-comp", line) for line in lines)
    warned = [line for line in lines if "⚠ nothing has come for 1 s" in line]
    assert warned
    assert warned[0].count("waiting") + warned[0].count("connecting") >= 1
    assert "⏳" not in painted(ran)[-1]
    assert "At last." in painted(ran)[-1]


def test_a_retry_is_counted_down_and_told_at_the_end(two):
    running, server = two
    server.script = Once(busy, answering("Here I am."))
    ran = running.run(ASK)
    counts = re.findall(rf"trying {FIRST} again in (\d) s", "\n".join(painted(ran)))
    assert counts == sorted(counts, reverse=True)
    assert {"1", "2"} >= set(counts) >= {"1"}
    assert any("> ⚠ The provider is overloaded (503)" in text for text in painted(ran))
    assert footer(ran).endswith("after 1 failed attempt: Overloaded")


def test_a_silent_provider_is_left_for_another_one_with_a_visible_seam(two):
    """What was said stays above the seam while the other one answers, then is folded away."""
    running, server = two
    server.script = silent
    ran = running.run(ASK)
    told = "\n".join(painted(ran))
    assert re.search(r"no words for \d s.*⚠ nothing has come for \d s", told)
    assert f"trying {FIRST} again in" in told
    *before, final = painted(ran)
    assert any("said nothing for 3 s. Going on with groq:" in text for text in before)
    fold, _, below = final.partition("</details>")
    assert "<summary>⚠ 2 failed attempts</summary>" in fold
    assert fold.count("Two words") == 2
    assert below.strip().startswith("Hello from two.")
    assert footer(ran).endswith(f"groq answered after 2 failed attempts: Stalled at {FIRST}")


def test_who_failed_again_and_again_is_passed_over_and_health_says_so(two):
    running, server = two
    server.script = busy
    running.run(f"%provider chain create safe {FIRST} {SECOND}")
    running.run("%%chat safe --new\nTell me")
    asked = len(server.requests)
    again = running.run("%%chat safe --new\nTell me")
    assert len(server.requests) == asked
    assert footer(again).endswith(f"groq answered after 1 failed attempt: CircuitOpen at {FIRST}")
    (table,) = running.run("%provider health").shown
    assert re.search(r"openai-compatible +tiny +open +2", table["data"]["text/plain"])


def test_when_nobody_answers_each_reason_has_its_line(two):
    running, server = two
    server.script = lambda peer: peer.whole(401, {"error": {"message": "no"}})
    running.run("%provider chain create bare openai-compatible:a openai-compatible:b")
    ran = running.run("%%chat bare --new\nTell me")
    head, first, second, step = "\n".join(ran.error["traceback"]).splitlines()
    assert head.endswith("None of 2 routes answered:")
    assert first.startswith("- openai-compatible:a: The provider does not accept the key (401)")
    assert second.startswith("- openai-compatible:b: ")
    assert step.startswith("For openai-compatible:a: ")
