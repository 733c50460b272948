"""The rules that every protocol keeps."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, cast, get_args

from nbprovider.catalog import Provider
from nbprovider.protocols.contract import FramingName, WireProtocol
from nbprovider.testing import asking, replies
from nbprovider.testing.rule import keep
from nbprovider.testing.samples import Samples, Subject

__all__ = ["FUNCTIONS", "READING", "RULES", "SENDING", "Samples", "Subject", "check_protocol"]

FUNCTIONS = ("build", "events", "whole", "close", "error", "models", "parse_models")


def check_protocol(module: Any, samples: Samples, provider: Provider | None = None) -> None:
    """Raise AssertionError, naming the rule, unless a protocol keeps all of them.

    `module` has the names of `WireProtocol`. `provider` is one that speaks it; without one, a
    provider without any quirk is taken.
    """
    speaker = provider or Provider("sample", "Sample", "sample", default_model=samples.model)
    subject = Subject(cast("WireProtocol", module), samples, speaker)
    for rule in RULES:
        rule(subject)


def functions_of_the_contract(subject: Subject) -> None:
    """Each function of the contract is there, with its parameters and defaults."""
    for name in FUNCTIONS:
        contract = inspect.signature(getattr(WireProtocol, name)).parameters.values()
        wanted = [(one.name, one.default) for one in contract if one.name != "self"]
        own = getattr(subject.protocol, name, None)
        keep(callable(own), f"{name}: is there")
        found = [(o.name, o.default) for o in inspect.signature(own).parameters.values()]  # type: ignore[arg-type]
        told = ", ".join(name for name, _ in wanted)
        keep(found == wanted, f"{name}: has the parameters ({told}) of the contract")


def framing_and_state(subject: Subject) -> None:
    """FRAMING is one that there is, and State begins unfinished and can be marked done."""
    framing = getattr(subject.protocol, "FRAMING", None)
    keep(framing in get_args(FramingName), "FRAMING: one that there is", framing)
    kind = getattr(subject.protocol, "State", None)
    keep(kind is not None, "State: is there")
    state = subject.protocol.State(subject.call(), subject.provider)
    keep(getattr(state, "done", None) is False, "State: `done` is False at the beginning")
    state.done = True
    keep(state.done is True, "State: `done` can be set")


SENDING: tuple[Callable[[Subject], None], ...] = (
    asking.same_request_each_time,
    asking.each_option_sent_or_refused,
)
"""Rules that depend on the provider, too."""

READING: tuple[Callable[[Subject], None], ...] = (
    functions_of_the_contract,
    framing_and_state,
    replies.streamed_and_whole_say_the_same,
    replies.a_cut_is_unavailable,
    replies.replies_share_nothing,
    replies.a_refusal_means_its_status,
    replies.models_are_listed,
)

RULES = (*READING, *SENDING)
"""All rules, in the order in which they make sense."""
