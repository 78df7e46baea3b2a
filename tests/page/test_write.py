"""The file that a page is: what is in it, in which order, under which policy, and that nothing in it is live."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.page.read import read_page
from boxscore.page.records import Details, Head
from boxscore.page.write import write_page
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

OURS = {"head", "rows"}


class Elements(HTMLParser):
    """The elements of a page as a browser finds them, with the text of scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None], str]] = []
        self._within = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs), ""))
        self._within = True

    def handle_endtag(self, tag: str) -> None:
        self._within = False

    def handle_data(self, data: str) -> None:
        if self._within:
            tag, attributes, text = self.found[-1]
            self.found[-1] = tag, attributes, text + data

    def texts(self, tag: str, **wanted: str) -> list[str]:
        return [
            text
            for name, attributes, text in self.found
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items())
        ]


def unpacked(text: str) -> list[Any]:
    found = json.loads(gzip.decompress(base64.b64decode(text)))
    assert isinstance(found, list)
    return found


def many(folder: Path, *, hostile: bool) -> Path:
    made = make_run(folder, 16, hostile=hostile, agents=True, each=2, log_bytes=20_000)
    write_page(made)
    return made


@pytest.fixture(scope="module", name="hostile")
def fixture_hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return many(tmp_path_factory.mktemp("hostile") / "run", hostile=True)


def test_the_file_holds_what_is_read(hostile: Path) -> None:
    page, elements = read_page(hostile), Elements((hostile / "report.html").read_text())
    head = json.loads(elements.texts("script", id="head")[0])
    chunks = [unpacked(text) for text in elements.texts("script", type="application/octet-stream")]

    assert msgspec.convert(head, Head) == msgspec.structs.replace(page.head, chunks=tuple(head["chunks"]))
    assert json.loads(elements.texts("script", id="rows")[0]) == json.loads(msgspec.json.encode(page.rows))
    assert head["chunks"][0] == 0
    assert len(head["chunks"]) == len(chunks) > 1
    for first, chunk in zip(head["chunks"], chunks, strict=True):
        for place, one in enumerate(chunk):
            assert msgspec.convert(one, Details) == page.details(first + place)
    assert sum(map(len, chunks)) == len(page.rows) == head["rows"]


def test_hostile_texts_make_no_element(hostile: Path, tmp_path: Path) -> None:
    def shape(folder: Path) -> set[tuple[str, tuple[str, ...]]]:
        elements = Elements((folder / "report.html").read_text()).found
        assert [one for one in elements if one[0] in {"img", "iframe", "object", "svg", "a", "details"}] == []
        return {(tag, tuple(sorted(attributes))) for tag, attributes, _ in elements}

    assert shape(hostile) == shape(many(tmp_path / "run", hostile=False))


def test_json_of_a_page_cannot_end_its_script(hostile: Path) -> None:
    elements = Elements((hostile / "report.html").read_text())

    for name in OURS:
        (text,) = elements.texts("script", id=name)
        assert not set("<>&\u2028\u2029") & set(text)


def test_the_policy_allows_what_is_there_and_nothing_else(hostile: Path) -> None:
    elements = Elements((hostile / "report.html").read_text())
    policy = next(one[1]["content"] or "" for one in elements.found if "http-equiv" in one[1])
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}

    def hashes(texts: list[str]) -> list[str]:
        return [f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts]

    assert rules == {
        "default-src": ["'none'"],
        "img-src": ["data:"],
        "style-src": hashes(elements.texts("style")),
        "script-src": hashes(elements.texts("script", type="module")),
        "base-uri": ["'none'"],
        "form-action": ["'none'"],
    }
    for _, attributes, _ in elements.found:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        assert not (attributes.get("href") or "data:,").startswith(("http", "//"))
        assert "src" not in attributes
