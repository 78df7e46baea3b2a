"""The page `/docs`: the OpenAPI document as HTML that needs nothing else, no script and no other host.

Fields are spelled out where they stand.
"""

from __future__ import annotations

import base64
import hashlib
import re
from html import escape
from typing import Any

import msgspec

_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: #2563eb; }
@media (prefers-color-scheme: dark) { :root { --accent: #93b4ff; } }
* { box-sizing: border-box; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .5rem; }
code { font: .9em ui-monospace, monospace; overflow-wrap: break-word; }
td:first-child code { white-space: nowrap; }
details.operation { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
details.operation > summary { cursor: pointer; padding: .5rem .75rem; }
details.operation > div { padding: 0 .75rem .75rem; }
summary .method { color: var(--accent); display: inline-block; font-weight: 600; min-width: 3.2rem; }
summary .what { display: block; padding-left: 1rem; }
h3 { font-size: 1rem; margin: 1rem 0 .25rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { border-top: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; }
th { background: var(--soft); font-weight: 600; }
td details { margin-top: .25rem; }
nav a { margin-right: .75rem; white-space: nowrap; }
a { color: var(--accent); }
"""
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; style-src 'sha256-"
    f"{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'"
)
_VALUE_CHARS = 60  # of a default, as much as fits
_DEPTH = 4  # of records within records that are spelled out in place


def docs_page(document: dict[str, Any]) -> str:
    """Make the page of an OpenAPI document."""
    page = _Page(document["components"]["schemas"])
    info = document["info"]
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(page.operation(path, method, operation))
    links = "".join(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in groups)
    sections = "".join(
        f'<section id="{_anchor(name)}"><h2>{escape(name)}</h2>{"".join(parts)}</section>'
        for name, parts in groups.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} {escape(info['version'])}</title><style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{_text(info['description'])} "
        'The same for programs: <a href="openapi.json">openapi.json</a>. All but <code>/health</code>, '
        "<code>/v1/ping</code> and these two ask for the token: <code>Authorization: Bearer TOKEN</code>, or as the "
        f"password of a URL.</p><nav>{links}</nav>{sections}</body></html>"
    )


class _Page:
    """Spells schemas out; `schemas` are the records by name."""

    def __init__(self, schemas: dict[str, Any]) -> None:
        self._schemas = schemas

    def operation(self, path: str, method: str, operation: dict[str, Any]) -> str:
        """One operation: what it takes, what it gives, and what it refuses with."""
        parts = []
        if "requestBody" in operation:
            parts.append(self._body("Request", operation["requestBody"]["content"]))
        parts.append(self._body("Answer (200)", operation["responses"]["200"]["content"]))
        others = "".join(
            f"<tr><td><code>{status}</code></td><td>{_text(one['description'])}</td></tr>"
            for status, one in operation["responses"].items()
            if status != "200"
        )
        if others:
            parts.append(
                '<h3>Refusals</h3><div class="scroll"><table><tr><th>status</th><th>when</th></tr>'
                f"{others}</table></div>"
            )
        return (
            f'<details class="operation" id="{_anchor(path)}"><summary><span class="method">{method.upper()}</span> '
            f'<code>{escape(path)}</code><span class="what">{_text(operation["summary"])}</span></summary>'
            f"<div>{''.join(parts)}</div></details>"
        )

    def _body(self, title: str, content: dict[str, Any]) -> str:
        ((media, one),) = content.items()
        return f"<h3>{title} <code>{escape(media)}</code></h3>{self._schema(one['schema'], ())}"

    def _schema(self, schema: dict[str, Any], within: tuple[str, ...]) -> str:
        """A schema as a table of its fields where it is a record, else as the name of its type."""
        records = self._records(schema)
        if not records:
            return f"<p>{self._type(schema)}</p>"
        return "".join(self._record(name, within) for name in records)

    def _record(self, name: str, within: tuple[str, ...]) -> str:
        found = self._schemas[name]
        text = f"<p>{_text(found['description'])}</p>" if found.get("description") else ""
        if "properties" not in found:
            return f"{text}<p>{self._type(found)}</p>"
        required = set(found.get("required", ()))
        rows = "".join(
            self._field(field, schema, required=field in required, within=(*within, name))
            for field, schema in found["properties"].items()
        )
        table = f'<div class="scroll"><table><tr><th>field</th><th>type</th><th>default</th></tr>{rows}</table></div>'
        return text + table

    def _field(self, name: str, schema: dict[str, Any], *, required: bool, within: tuple[str, ...]) -> str:
        default = "required" if required else _value(schema["default"]) if "default" in schema else ""
        inner = ""
        for record in self._records(schema):
            if record not in within and len(within) < _DEPTH and "properties" in self._schemas[record]:
                inner += f"<details><summary>{escape(record)}</summary>{self._record(record, within)}</details>"
        return f"<tr><td><code>{escape(name)}</code></td><td>{self._type(schema)}{inner}</td><td>{default}</td></tr>"

    def _records(self, schema: dict[str, Any]) -> list[str]:
        """The records that a schema names, in any of its alternatives or items."""
        if "$ref" in schema:
            return [schema["$ref"].rpartition("/")[2]]
        found: list[str] = []
        inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
        inner += [one for key in ("items", "additionalProperties") if isinstance(one := schema.get(key), dict)]
        for one in inner:
            found += self._records(one)
        return list(dict.fromkeys(found))

    def _type(self, schema: dict[str, Any]) -> str:
        """The name of a type, as HTML."""
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._type(self._schemas[name]) if "enum" in self._schemas[name] else f"<em>{escape(name)}</em>"
        if "enum" in schema:
            return "one of " + ", ".join(_value(one) for one in schema["enum"])
        if "anyOf" in schema:
            return " or ".join(self._type(one) for one in schema["anyOf"])
        kind = schema.get("type")
        if kind == "array":
            return f"array of {self._type(schema.get('items') or {})}"
        if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
            return f"object of {self._type(schema['additionalProperties'])}"
        return escape(str(kind)) if kind else "any JSON"


def _value(value: object) -> str:
    text = msgspec.json.encode(value).decode()
    return f"<code>{escape(text if len(text) <= _VALUE_CHARS else text[:_VALUE_CHARS] + '…')}</code>"


def _text(text: str) -> str:
    """Prose of a docstring: its code marked as such."""
    plain = " ".join(text.split())
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(plain))


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
