"""How hard a question looks: the features, the labelled questions, the user's corrections."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from nbprovider.routing.difficulty import (
    BORDER,
    Correction,
    estimate,
    fingerprints,
    question_of,
)
from nbprovider.types import Call, Media, Message, Text, Tool

LABELLED = tomllib.loads(Path(__file__).with_name("labelled.toml").read_text())


def call(text: str, *, before: int = 0, **more) -> Call:
    history = [Message("user", (Text("earlier"),)), Message("assistant", (Text("yes"),))] * before
    return Call("", (*history, Message("user", (Text(text),))), **more)


def points(asked: Call) -> float:
    return estimate(asked).points


@pytest.mark.parametrize("tier", ["cheap", "strong"])
@pytest.mark.parametrize("half", ["set with", "only measured"])
def test_nine_of_ten_labelled_questions_go_where_they_belong(tier, half):
    questions = LABELLED[tier]
    middle = len(questions) // 2
    own = questions[:middle] if half == "set with" else questions[middle:]
    wrong = [q for q in own if estimate(call(q)).tier != tier]
    assert len(wrong) <= len(own) // 10, wrong


def test_the_points_are_the_sum_of_the_features():
    told = estimate(call("Prove it, step by step. Why?"))
    assert told.points == sum(feature.points for feature in told.features)
    assert told.tier == ("strong" if told.points >= BORDER else "cheap")


def test_what_weighs_most_is_named():
    assert estimate(call("Prove the theorem, and derive the lemma. Why?")).why.startswith(
        "words of reasoning"
    )
    assert estimate(call("Translate: hello")).why == "a simple task"
    assert estimate(call("hm")).why == "nothing that looks hard"


TOOL = Tool("f", "", {"type": "object"})


@pytest.mark.parametrize(
    "harder",
    [
        call("Tell me more. " * 400),
        call("Tell me more. ", before=8),
        call("Tell me more. ", tools=(TOOL,)),
        call("Tell me more. ", schema={"type": "object"}),
        call("Tell me more. ```x = 1```"),
        call("Tell me more. KeyError"),
        Call("", (Message("user", (Media("image", "image/png", b"x"), Text("Tell me more. "))),)),
    ],
)
def test_length_code_errors_tools_pictures_and_history_count(harder):
    assert points(harder) > points(call("Tell me more. "))


def test_no_feature_alone_grows_without_end():
    assert points(call("why " * 5000)) < 20


def test_a_correction_counts_for_questions_like_it():
    question = "Name the parts of the contract that bind us after its end"
    assert estimate(call(question)).tier == "cheap"
    told = (Correction(fingerprints(question), "strong"),)
    assert estimate(call(question), told).tier == "strong"
    alike = "Name the parts of the contract that bind them after its end"
    assert estimate(call(alike), told).tier == "strong"
    assert estimate(call("What is the capital of Chile?"), told).tier == "cheap"


def test_a_correction_counts_the_other_way_too():
    question = "Prove by hand that I am at home"
    told = (Correction(fingerprints(question), "cheap"),)
    assert points(call(question)) > estimate(call(question), told).points


def test_fingerprints_do_not_tell_the_words():
    prints = fingerprints("secret plan")
    assert len(prints) == 2
    assert all(isinstance(number, int) for number in prints)
    assert prints == fingerprints("Plan, SECRET!")


def test_only_the_last_question_is_read():
    assert question_of(call("the last", before=3)) == "the last"
