"""Whether an HTML file is a whole page: what the parser of Web-Bench's program says of each text here."""

from __future__ import annotations

import pytest

from boxscore.agents.web.page import is_whole_page

WHOLE = [
    "<!doctype html>\n<html lang='en'><body></body></html>",
    "<html>",
    "text <body> text",
    "<div></div><body>",
    "<br><html></html>",
    "<!-- <p> --><html>",
    '<p title="a>b"><div></div></p><html>',
    "<li>a<li>b</li><html>",
    "<div><div><body></body>",
]
NOT_WHOLE = [
    "",
    "text",
    "<div></div>",
    "<HTML></HTML>",
    "<div><html></html></div>",
    "<div><body>",
    "<!-- <html> -->",
    "<script><html></script>",
    "<script>'</SCRIPT>'<html>",
    "<a b='<html>'>",
    "< html>",
    "<htmlx>",
    "</html>",
    "<li><ul></li><html>",
    "<p><div></p><html>",
    "<div><body></body><b>",
]


@pytest.mark.parametrize("text", WHOLE)
def test_is_whole(text: str) -> None:
    """One of the outermost elements is `html` or `body`."""
    assert is_whole_page(text)


@pytest.mark.parametrize("text", NOT_WHOLE)
def test_is_not_whole(text: str) -> None:
    """None is: case counts, and what is in comments, scripts or values is none."""
    assert not is_whole_page(text)


@pytest.mark.parametrize("text", ["<a " * 30_000, "<a b='", "<!--" * 30_000, "<b><i>" * 15_000, "'\"" * 30_000])
def test_takes_time_linear_in_the_text(text: str) -> None:
    """No text can hold it up, with an end or without."""
    assert not is_whole_page(text)
    assert not is_whole_page(f"<a {text}>")
