"""The files of an answer, as Web-Agent reads them: what its own program makes of each text here."""

from __future__ import annotations

import pytest

from boxscore.agents.web.answer import UnreadableAnswer, read_files

CASES = {
    "```html\nindex.html\n<p>\n```": {"index.html": "<p>"},
    "```html\n/user/index.html\n<p>\n```": {"user/index.html": "<p>"},
    "```src/a.ts\nlet a\n```": {"src/a.ts": "let a"},
    "```\n\n\nsrc/a.ts\n\nlet a\n```": {"src/a.ts": "\nlet a"},
    "```html\n<p>\n/user/index.html\n```": {"user/index.html": "<p>"},
    "```js\nlet a\n/index.js\n```": {"": "let a\n/index.js"},
    "```js\nlet a\n```": {"": "let a"},
    "```python3\na.py\nx\n```": {"": "python3\na.py\nx"},
    "```js\na.js\na.js\nx\n```": {"a.js": "a.js\nx"},
    "```js\na.js\nx```js\nb.js\ny```": {"a.js": "x"},
    "```js\na.js\n1\n```\n```js\nb.js\n2\n```\n```js\na.js\n3\n```": {"a.js": "3", "b.js": "2"},
    "```vue\npages/[id].vue\nx\n```": {"pages/[id].vue": "x"},
    "```css\nmy styles, v-2.css\nx\n```": {"my styles, v-2.css": "x"},
    "```css\nvery/deep/../a.css\nx\n```": {"very/deep/../a.css": "x"},
    "```css\na.b4r\nx\n```": {"": "a.b4r\nx"},
    "```\n.env\nA=1\n```": {".env": "A=1"},
    "```js\r\na.js\r\nx\r\n```": {"": "js\r\na.js\r\nx"},
    "````js\na.js\nx\n````": {"": "`js\na.js\nx"},
    "no code": {},
    "``````": {},
    "```js\na.js\nx": {},
}


@pytest.mark.parametrize("answer", CASES)
def test_reads_what_the_official_program_reads(answer: str) -> None:
    """Names, languages and line ends, in their order."""
    assert list(read_files(answer).items()) == list(CASES[answer].items())


@pytest.mark.parametrize("answer", ["```html\n```", "```js\nx\n```\n```css\n\n```"])
def test_a_language_and_nothing_else_is_no_answer(answer: str) -> None:
    """The official program fails there with this message, and tells the model so."""
    with pytest.raises(UnreadableAnswer, match="Cannot read properties of undefined"):
        read_files(answer)


def test_takes_time_linear_in_the_answer() -> None:
    """No text can hold it up: many fences, or a long line that is nearly a name."""
    assert read_files("```" * 100_000) == {"": "`"}
    assert read_files(f"```\n{'a.' * 50_000}\n```") == {"": "a." * 50_000}
