"""Markdown of hostile text is text: nothing in it is markup, a link, a mention, or unseen."""

from __future__ import annotations

import re

import pytest

from boxscore.report.markdown import MOST_CHARACTERS, bullets, escape, markdown_table

JOINER = "\u2060"


def shown(text: str) -> str:
    return re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", text).replace(JOINER, "")


@pytest.mark.parametrize(
    "text",
    [
        "</details><script>alert(1)</script>",
        "<!-- marker -->",
        "![image](http://evil.example/a.png)",
        "[link](javascript:alert(1))",
        "`code` ~~~ ``` **bold** _low_ $x$ &lt; a|b {x}",
        "# heading",
        "- item",
        "+ item",
        "---",
        "===",
        "> quote",
        "1. first",
        "12) twelfth",
        "@team and a@b.example and #1 and GH-1",
        "www.evil.example http://evil.example",
    ],
)
def test_it_reads_as_it_was(text: str) -> None:
    escaped = escape(text)

    assert shown(escaped) == text
    assert not re.search(r"(?<!\\)[<>\[\]`*_~|$&{}!]", escaped)
    assert not re.match(r"[-+=]\s|---|===|\d+[.)]\s", escaped)


@pytest.mark.parametrize("live", ["@team", "(@team/x", "a@b.example", "#12", "GH-5", "www.evil", "http://evil.example"])
def test_nothing_is_live(live: str) -> None:
    assert live not in escape(f"see {live}").replace("\\", "")


@pytest.mark.parametrize(
    "unseen", ["\u202e", "\u2066", "\u200b", "\x1b[2J", "\x00", "\u2028", "\r", "\n", "\ud800", "\u3164", "\U000e0100"]
)
def test_nothing_is_unseen(unseen: str) -> None:
    escaped = escape(f"a{unseen}b")

    assert unseen not in escaped
    assert escaped.encode()


def test_it_is_bounded() -> None:
    assert len(escape("x" * 1_000_000)) == MOST_CHARACTERS
    assert len(escape("@" * 1_000_000)) <= 3 * MOST_CHARACTERS
    assert len(escape("*" * 1_000_000, 10)) <= 30


def test_tables_and_lists_keep_their_form() -> None:
    table = markdown_table(("a", "b"), [("x|y\nz", "\r\n| c |")])

    assert len(table.splitlines()) == 3
    assert len(re.findall(r"(?<!\\)\|", table.splitlines()[2])) == 3
    assert len(bullets(["a\nb", "c"]).splitlines()) == 2
