"""A page as one file that needs no other: shell, head and index first, and the details last, packed in chunks.

A chunk is the JSON of some rows' details, compressed and in base 64, in a data block that no browser runs; the page
unpacks one when a row of it is opened. All chunks are made before the first byte is written, since the head says where
each begins: what is more than some megabytes waits in a temporary file.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from markupsafe import Markup
from msgspec.structs import replace

from boxscore.errors import BoxscoreError
from boxscore.page.read import read_page
from boxscore.run.store import store_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import IO

    from jinja2 import Template

    from boxscore.page.records import Details, Head, Scalar

PAGE = "report.html"
ASSETS = Path(__file__).with_name("assets")
SCRIPTS = (
    "base",
    "model",
    "text",
    "sections",
    "trajectory",
    "stages",
    "list",
    "charts",
    "runs",
    "page",
)  # one script, in turn
CHUNK_BYTES = 192 << 10  # of JSON: it takes a browser some milliseconds to unpack
_WAITING_BYTES = 8 << 20
_LEVEL = 6
_UNSAFE = re.compile("[<>&\u2028\u2029]")  # which could end a script, begin a comment, or a line of one


def write_page(folder: Path, path: Path | None = None) -> Path:
    """Write the page of a run directory, as a whole; by default beside its reports.

    Raises InputError for a damaged run, StoreError where the page cannot be written.
    """
    page = read_page(folder)
    path = folder / PAGE if path is None else path
    store_file(
        path, (text.encode("utf-8", "replace") for text in render_page(page.head, page.rows, page.every_details()))
    )
    return path


def render_page(
    head: Head, rows: Sequence[Sequence[Scalar]], details: Iterable[Details], *, live: bool = False
) -> Iterator[str]:
    """Yield a page in pieces. A live one has neither rows nor details: it asks its server for them."""
    if live:
        yield from _template().generate(_shell(head.title, head, live=True))
        return
    with closing(tempfile.SpooledTemporaryFile(max_size=_WAITING_BYTES)) as waiting:
        firsts, sizes = [], []
        for first, packed in _packed(details):
            firsts.append(first)
            sizes.append(waiting.write(packed))
        waiting.seek(0)
        shell = _shell(head.title, replace(head, chunks=tuple(firsts)), live=False)
        yield from _template().generate(shell, rows_json=script_json(rows), chunks=_read_chunks(waiting, sizes))


def script_json(value: object) -> Markup:
    """JSON that can stand in a script element whatever it holds."""
    text = msgspec.json.encode(value).decode()
    return Markup(_UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text))  # noqa: S704 - no `<` is left in it


def hash_source(text: str) -> str:
    """What a content security policy calls a script or a style with this text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page_policy(*, live: bool) -> str:
    """Say what a browser may do with a page, whatever is in it: a content security policy."""
    rules = [
        "default-src 'none'",
        "img-src data:",
        f"style-src {hash_source(_style())}",
        f"script-src {hash_source(_script())}",
        "base-uri 'none'",
        "form-action 'none'",
        *(["connect-src 'self'"] if live else []),
    ]
    return "; ".join(rules)


def render_runs(runs: object) -> str:
    """The page of a view's runs, which asks for `runs.json` again and again."""
    return _template().render(_shell("Runs", live=True), runs_json=script_json(runs))


def render_message(title: str, lines: Iterable[str], *, onward: tuple[str, str] | None = None) -> str:
    """A page that says why there is no other; `onward` is an address where it goes on, and its text."""
    return _template().render(_shell(title, live=True), message=tuple(lines), onward=onward)


def _shell(title: str, head: Head | None = None, *, live: bool) -> dict[str, object]:
    style, script = _style(), _script()
    return {
        "title": title,
        "head": head,
        "head_json": None if head is None else script_json(head),
        "message": (),
        "onward": None,
        "runs_json": None,
        "rows_json": None,
        "chunks": (),
        "style": Markup(style),  # noqa: S704 - ours
        "script": Markup(script),  # noqa: S704 - ours
        "csp": Markup(page_policy(live=live)),  # noqa: S704 - words and hashes, in which a quote has to stay one
    }


def _packed(details: Iterable[Details]) -> Iterator[tuple[int, bytes]]:
    """Chunks of details: the row that each begins with, and its JSON compressed and in base 64."""
    waiting: list[bytes] = []
    first = size = 0
    for row, one in enumerate(details):
        encoded = msgspec.json.encode(one)
        if waiting and size + len(encoded) > CHUNK_BYTES:
            yield first, _pack(waiting)
            waiting.clear()
            first, size = row, 0
        waiting.append(encoded)
        size += len(encoded)
    if waiting:
        yield first, _pack(waiting)


def _pack(details: Sequence[bytes]) -> bytes:
    return base64.b64encode(gzip.compress(b"[" + b",".join(details) + b"]", compresslevel=_LEVEL, mtime=0))


def _read_chunks(waiting: IO[bytes], sizes: Iterable[int]) -> Iterator[Markup]:
    for size in sizes:
        yield Markup(waiting.read(size).decode())  # noqa: S704 - base 64


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 - slow to import

    loader = FileSystemLoader(ASSETS)
    return Environment(autoescape=True, loader=loader, undefined=StrictUndefined).get_template("page.html.j2")


@cache
def _style() -> str:
    return (ASSETS / "page.css").read_text(encoding="utf-8")


@cache
def _script() -> str:
    script = "\n".join((ASSETS / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS)
    if "</script" in script.lower() or "<!--" in script:
        raise BoxscoreError("the page's script holds what would end it where it stands in a document")
    return script
