"""A hook of mkdocs: the site holds docs/ alone, so links to files outside of it become their paths.

The navigation is drawn from the map in docs/README.md, so that a page is listed in one place.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parents[1] / "docs"
LINK = re.compile(r"\[([^\]]+)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def on_config(config: Any) -> Any:
    """Set the navigation to the sections of the map, in its order; pages of benchmarks stand in their own section."""
    nav: list[Any] = [{"Documentation": "README.md"}]
    listed: set[str] = set()
    for section in re.split(r"^## ", (DOCS / "README.md").read_text("utf-8"), flags=re.MULTILINE)[1:]:
        heading = section.splitlines()[0]
        pages = [page for _, page, _ in LINK.findall(section) if (DOCS / page).is_file() and page not in listed]
        pages = list(dict.fromkeys(page for page in pages if not page.startswith("..")))
        listed.update(pages)
        benchmarks = [page for page in pages if page.startswith("benchmarks/")]
        entries: list[Any] = [page for page in pages if page not in benchmarks]
        nav.append({heading: [*entries, {"Benchmarks": benchmarks}] if benchmarks else entries})
    config["nav"] = nav
    return config


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Replace each link that leaves docs/ by its text and the path in the repository."""
    folder = (DOCS / page.file.src_path).parent

    def inside(link: re.Match[str]) -> str:
        text, target = link[1], link[2]
        path = (folder / target).resolve()
        if "://" in target or path.is_relative_to(DOCS) or not path.exists():
            return link[0]
        name = str(path.relative_to(DOCS.parent))
        return text if name in text else f"{text} (`{name}`)"

    return LINK.sub(inside, markdown)
