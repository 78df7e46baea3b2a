"""The modules as they are written, and the one script that they are joined to, make the same page."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.page.modules import ASSETS
from boxscore.page.records import Details
from tests.page.browser.pages import row, sections, write_page_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

POLICY = re.compile(r"<meta http-equiv[^>]*>")
SCRIPT = re.compile(r'<script type="module" async>.*?</script>', re.DOTALL)
HERE = re.compile(r"http://127\.0\.0\.1:\d+/[\w.-]+\.js")


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and tells nobody."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join(60)


def test_modules_make_the_page_that_the_joined_script_makes(tmp_path: Path, visit: Visit) -> None:
    """Served each by itself, imported by a browser, the modules draw the same document, to the last attribute."""
    joined = write_page_of(tmp_path / "joined.html", [row(n) for n in range(6)], [Details(sections=sections())] * 6)
    for module in ASSETS.glob("*.js"):
        (tmp_path / module.name).write_bytes(module.read_bytes())
    text = SCRIPT.sub(
        '<script type="module" src="main.js"></script>', POLICY.sub("", joined.read_text("utf-8"), count=1)
    )
    (tmp_path / "modules.html").write_text(text, "utf-8")

    with served(tmp_path) as address:
        documents = []
        for url in (f"{address}/modules.html", joined.as_uri()):
            page = visit(url, "#sample=task%2F0%2F1")
            page.opened()
            documents.append(
                page.page.evaluate("document.body.outerHTML.replace(/<script type=.module.*?<.script>/s, '')")
            )
            asked, page.requests = page.requests, []
            assert all(HERE.fullmatch(one) for one in asked)

    assert documents[0] == documents[1]
