"""What is asked for of an attempt: messages for a model, a request for an agent behind an address."""

from __future__ import annotations

import json

import pytest

from boxscore.agents.web.answer import UnreadableAnswer
from boxscore.agents.web.request import Request, body_of, messages_of, read_reply, request_of
from boxscore.protocols.web.agent_walk import Walk, WalkStep

RULES = "1. Always produce a single code block.,2. Never separate the code into multiple code blocks.,3. Only"


def test_the_first_question_says_that_only_code_is_wanted() -> None:
    """Files, the task and that sentence follow each other without a line between them."""
    system, user = messages_of(Request(kind="normal", text="do it", files={"a.js": "1", "b/c.js": ""}))

    assert system["role"] == "system"
    assert system["content"].startswith(f"\n# Rules\nWhen generating new code:\n{RULES}")
    assert system["content"].endswith("});\n```\n</example>\n")
    assert user["content"] == (
        "```a.js\n1\n``````b/c.js\n\n```do it \n Do not compress the original code in file and return full file."
        "I only want the returned results to contain code, without any explanations."
    )


def test_an_error_without_words_is_none() -> None:
    """As there, where it is not true."""
    first = messages_of(Request(kind="normal", text="x", files={}))

    assert messages_of(Request(kind="normal", text="x", files={}, error="")) == first


def test_a_long_question_has_lines_between_its_parts() -> None:
    """A peculiarity of the official program, for what is more than a third of a million characters."""
    last = "I only want the returned results to contain code, without any explanations."
    short, long = (messages_of(Request(kind="normal", text="x" * size, files={})) for size in (333_000, 334_000))

    assert short[1]["content"].endswith(f"return full file.{last}")
    assert long[1]["content"].endswith(f"return full file.\n{last}")


@pytest.mark.parametrize(("text", "first"), [("make it", "make it."), ("make it.", "make it."), ("it\n", "it\n")])
def test_the_words_of_init_say_how_to_name_files(text: str, first: str) -> None:
    """And which there are in the folder that the benchmark begins with otherwise."""
    walk = Walk(steps=(WalkStep(name="init", text=text, tolerated=True),), start={"b.js": b"", "a/c.js": b""})

    assert request_of(walk, walk.steps[0], {}, None) == Request(
        kind="init",
        text=f"{first}\nAdd filename after code block.\nThe filename should appear on the line following the language "
        "specifier in your code block.\nThe existing files: a/c.js,b.js",
        files={},
    )


def test_the_body_of_a_request_is_what_javascript_writes() -> None:
    """Fields in their order, and nothing escaped that need not be."""
    body = body_of(Request(kind="normal", text='é"\u2028', files={"a.js": "\x01\x7f\n"}, error="no"))

    assert body == '{"files":{"a.js":"\\u0001\x7f\\n"},"type":"normal","task":"é\\"\u2028","error":"no"}'
    assert "error" not in json.loads(body_of(Request(kind="init", text="", files={})))


def test_reads_a_reply_whatever_else_it_says() -> None:
    """The official agent server says more, such as an exit code."""
    assert read_reply('\ufeff{"files": {"a.js": "x"}, "exit_code": 0, "trajectory": "t"}') == {"a.js": "x"}


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", '{"files": null}', '{"files": {"a": 1}}', "[" * 100_000])
def test_refuses_what_is_no_reply(text: str) -> None:
    """An attempt that failed: the model behind it can be told."""
    with pytest.raises(UnreadableAnswer, match="the answer is not"):
        read_reply(text)
