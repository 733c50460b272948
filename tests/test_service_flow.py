"""A service's call as a generator, driven by hand: no clock, no network."""

from __future__ import annotations

from nbprovider import catalog
from nbprovider.catalog import Endpoint
from nbprovider.credentials import Access, Secret
from nbprovider.errors import BadRequest, NoRoute, RateLimited, Unavailable
from nbprovider.persistence import Means, Policy
from nbprovider.protocols.openai_chat_errors import error
from nbprovider.service_flow import Exchange, Reply, served
from nbprovider.types import (
    Answered,
    Block,
    Failed,
    Head,
    Opened,
    Read,
    Report,
    Request,
    Route,
    Send,
    Served,
    Sleep,
    Started,
    Usage,
)

KEY = "sk-handdriven0123456789abcdef"
ROUTES = (Route("openai", "m", "openai"), Route("groq", "n", "groq"))
STEADY = Policy(tries=2, jitter=lambda: 0.5)


def access(route):
    provider = catalog.find(route.provider)
    endpoint = Endpoint(provider, "https://a.example/v1")
    return Access(endpoint, Secret(KEY), "Authorization: Bearer {key}")


def job(endpoint, model):
    """Ask for a body, which is taken as it comes."""

    def read(_, body):
        if not body:
            raise Unavailable("Nothing came.")
        return Reply(body.decode(), Usage(3, 0), model)

    return Exchange(Request("POST", endpoint.url("/x"), {}, b"ask"), read, error)


def drive(replies, routes=ROUTES[:1], asked=job):
    """Answer each Send with the next reply; return the steps and events, and what came of it."""
    flow, said, rest, value = served(asked, routes, Means(access, STEADY)), [], iter(()), None
    replies = iter(replies)
    while True:
        try:
            step = flow.send(value)
        except StopIteration as end:
            return said, end.value
        except (NoRoute, BadRequest, RateLimited, Unavailable) as failed:
            return said, failed
        said.append(step)
        value = None
        if isinstance(step, Block):
            value = step.function()
        elif isinstance(step, Send):
            status, headers, *pieces = next(replies)
            value, rest = Head(status, headers), iter(pieces)
        elif isinstance(step, Read):
            value = next(rest, b"")


def of_kind(said, *kinds):
    return [one for one in said if isinstance(one, kinds)]


def test_a_reply_is_read_whole_and_told_in_events():
    said, value = drive([(200, {"x-request-id": "r1"}, b"wo", b"rds")])
    assert value == "words"
    told = of_kind(said, Started, Opened, Served, Report, Answered)
    assert [type(one) for one in told] == [Started, Opened, Served, Report, Answered]
    assert (told[1].request_id, told[2].model, told[3].usage) == ("r1", "m", Usage(3, 0))


def test_counts_that_make_no_sense_reach_no_ledger():
    def odd(endpoint, model):
        def read(_, body):
            return Reply(body, Usage("many", 0, extra={"seconds": "long"}), 7)

        return Exchange(Request("POST", endpoint.url("/x"), {}, b"ask"), read, error)

    said, _ = drive([(200, {}, b"ok")], asked=odd)
    assert Report(Usage(None, 0)) in said
    assert Served("7") in said


def test_the_request_carries_the_key():
    said, _ = drive([(200, {}, b"words")])
    (send,) = of_kind(said, Send)
    assert send.request.headers["Authorization"] == f"Bearer {KEY}"
    assert send.request.body == b"ask"


def test_what_passes_is_tried_again_and_what_does_not_is_not():
    said, value = drive([(429, {}, b"{}"), (200, {}, b"words")])
    assert (value, len(of_kind(said, Sleep))) == ("words", 1)
    said, value = drive([(400, {}, b'{"error": {"message": "no"}}')])
    assert isinstance(value, BadRequest)
    assert len(of_kind(said, Send)) == 1


def test_a_reply_that_is_none_is_tried_again():
    said, value = drive([(200, {}), (200, {}, b"words")])
    assert value == "words"
    assert isinstance(of_kind(said, Failed)[0].error, Unavailable)


def test_another_route_answers_where_one_fails():
    said, value = drive([(429, {}, b"{}")] * 2 + [(200, {}, b"words")], ROUTES)
    assert value == "words"
    assert of_kind(said, Answered)[0].route == ROUTES[1]


def test_the_errors_of_all_routes_are_kept():
    _, value = drive([(429, {}, b"{}")] * 4, ROUTES)
    assert isinstance(value, NoRoute)
    assert [type(one) for _, one in value.errors] == [RateLimited, RateLimited]


def test_a_redirect_is_not_followed():
    _, value = drive([(302, {"location": "https://b.example/x"}, b"")] * 2)
    assert isinstance(value, Unavailable)
    assert "points to https://b.example/x" in value.message


def test_an_option_that_cannot_be_sent_is_refused_before_anything_is():
    def refusing(*_):
        raise BadRequest("no such option")

    said, value = drive([], asked=refusing)
    assert isinstance(value, BadRequest)
    assert not of_kind(said, Send)
