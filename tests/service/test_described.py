"""The service describes itself: every route, with fields that are spelled out."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


def described(ask: Any) -> tuple[dict[str, Any], Any, set[str]]:
    """The document, the page's response and the paths that there are."""

    async def scene(asked: Any) -> Any:
        document = (await asked.client.get("/openapi.json")).json()
        return document, await asked.client.get("/docs"), {route.path for route in asked.app.routes}

    found: tuple[dict[str, Any], Any, set[str]] = ask(scene, benchmark=True)
    return found


def references(node: Any) -> Iterator[str]:
    """All references below a node."""
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for one in node.values():
            yield from references(one)
    elif isinstance(node, list):
        for one in node:
            yield from references(one)


def test_every_route_is_described(ask: Any) -> None:
    """Paths of the document are those that there are; each says what it gives."""
    document, _, paths = described(ask)

    assert set(document["paths"]) == paths
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["responses"]["200"]["content"], path


def test_references_resolve(ask: Any) -> None:
    """Every reference leads to a schema of the document."""
    document, _, _ = described(ask)

    for reference in references(document):
        assert reference.startswith("#/components/schemas/")
        assert reference.rpartition("/")[2] in document["components"]["schemas"]


@pytest.mark.parametrize(
    ("path", "side", "field"),
    [
        ("/v1/grade", "requestBody", "entry_point"),
        ("/run_code", "requestBody", "memory_limit_MB"),
        ("/submit", "requestBody", "completion"),
        ("/verify", "requestBody", "verifier_metadata"),
    ],
)
def test_schemas_are_real(ask: Any, path: str, side: str, field: str) -> None:
    """A body's schema has its fields, under the names that are sent."""
    document, _, _ = described(ask)

    schema = document["paths"][path]["post"][side]["content"]["application/json"]["schema"]
    assert field in document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]["properties"]


class _Tags(HTMLParser):
    """Collects what a page loads, and the text of its code."""

    def __init__(self) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.names: set[str] = set()
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_code = tag == "code"
        self.loads += [str(value) for name, value in attrs if name in ("src", "srcset", "action", "data")]
        self.loads += [tag] if tag in ("script", "iframe", "link", "object", "img") else []

    def handle_data(self, data: str) -> None:
        if self._in_code:
            self.names.add(data)
        self._in_code = False


def test_the_page_needs_nothing_else(ask: Any) -> None:
    """No script, no other host, and a policy that forbids both."""
    _, response, _ = described(ask)
    page = _Tags()
    page.feed(response.text)

    assert page.loads == []
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "script" not in response.headers["content-security-policy"]


def test_the_page_spells_out_the_fields(ask: Any) -> None:
    """Each path, and each field of each body and of what is within it, is there; no bare reference is."""
    document, response, paths = described(ask)
    page = _Tags()
    page.feed(response.text)
    fields = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}

    assert paths <= page.names
    assert fields - page.names <= set(document["components"]["schemas"]["Problem"]["properties"])
    assert "$ref" not in response.text
    assert not re.search(r">None<|undefined", response.text)


def test_no_benchmark_of_that_name_can_break_the_page(ask: Any) -> None:
    """A benchmark's name is text, whatever is in it."""
    from boxscore.service.openapi import openapi_document  # noqa: PLC0415 - for this only
    from boxscore.service.page import docs_page  # noqa: PLC0415 - for this only

    page = docs_page(openapi_document([], "<script>alert(1)</script>"))

    assert "<script" not in page


def test_the_page_for_operators_is_complete(ask: Any) -> None:
    """docs/serve.md has every route and every metric, and no metric that there is not."""
    page = (Path(__file__).parents[2] / "docs" / "serve.md").read_text("utf-8")

    async def scene(asked: Any) -> Any:
        return (await asked.client.get("/metrics")).text, {route.path for route in asked.app.routes}

    text, paths = ask(scene)
    kinds = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE))
    metrics = {name for name in kinds if not name.endswith("_created")}
    named = set(re.findall(r"boxscore_[a-z_]+", page))

    assert named == metrics
    for path in paths:
        assert f"{path}`" in page or f"{path} " in page, path
