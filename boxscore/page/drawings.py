"""Draw charts as SVG that a strict page may hold: no styles, no scripts, no links, its own ids, the page's colours.

matplotlib draws, if it is there: it comes with `boxscore[page]`. What it says in styles becomes attributes; black
becomes the colour of the page's text and white nothing, so that a drawing is at home in a light page and a dark one.
Nothing is told by colour alone: lines have marks, bars have patterns and names.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

HOW_TO_HAVE = "no charts, only their tables: `pip install 'boxscore[page]'` draws them"
WIDTH_IN, HEIGHT_IN = 5.0, 2.8
MARK, SECOND = "#2f6fbb", "#b5561f"  # of enough contrast on white and on near-black
_SVG, _XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
_SETTINGS: Any = {  # whose keys matplotlib types as a long union
    "svg.fonttype": "none",
    "font.size": 10,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "hatch.linewidth": 0.6,
    "text.parse_math": False,  # a dollar in a name is one
}
_THEIRS = {"#000000": "currentColor", "black": "currentColor", "#ffffff": "none", "white": "none"}
_ALLOWED = {"svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "pattern", "circle", "line"}
_OWN = re.compile(r"url\(#([\w.-]+)\)")


def can_draw() -> bool:
    """Whether there is something to draw with."""
    try:
        import matplotlib  # noqa: F401, ICN001, PLC0415 - takes half a second, and is an extra
    except ImportError:
        return False
    return True


def drawn(chart_id: str, title: str, draw: Callable[[Axes], None], *, height_in: float = HEIGHT_IN) -> str | None:
    """Draw on an empty chart and give its SVG; None where there is nothing to draw with."""
    if not can_draw():
        return None
    import matplotlib as mpl  # noqa: PLC0415 - as above
    from matplotlib.figure import Figure  # noqa: PLC0415 - as above

    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # where it keeps its list of fonts is no news to readers
    written = io.StringIO()
    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": chart_id}), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of letters that its font lacks; the browser has its own
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        draw(figure.subplots())
        figure.savefig(written, format="svg", metadata={"Date": None, "Creator": None})
    return clean(written.getvalue(), chart_id, title)


def clean(svg: str, chart_id: str, title: str) -> str:
    """Leave of a drawing of ours what a strict page may hold, with ids that are the chart's own."""
    ET.register_namespace("", _SVG)
    ET.register_namespace("xlink", _XLINK)
    root = ET.fromstring(svg)  # noqa: S314 - drawn above
    _prune(root)
    for element in root.iter():
        _plain(element, f"chart-{chart_id}-")
    for name in ("width", "height"):
        root.attrib.pop(name, None)
    root.set("role", "img")
    root.set("aria-label", title)
    return ET.tostring(root, encoding="unicode")


def _prune(element: ET.Element) -> None:
    for child in list(element):
        if child.tag.removeprefix(f"{{{_SVG}}}") in _ALLOWED:
            _prune(child)
        else:
            element.remove(child)


def _plain(element: ET.Element, prefix: str) -> None:
    """Turn styles into attributes, and give ids and references to them a prefix."""
    given: dict[str, str] = dict(element.attrib)
    for declaration in given.pop("style", "").split(";"):
        name, colon, value = declaration.partition(":")
        if colon and name.strip() != "font-family":
            given[name.strip()] = value.strip()
    for name in ("fill", "stroke"):
        if name in given:
            given[name] = _THEIRS.get(given[name], given[name])
    if element.tag == f"{{{_SVG}}}text":
        given.setdefault("fill", "currentColor")
    if "id" in given:
        given["id"] = prefix + given["id"]
    reference = given.pop(f"{{{_XLINK}}}href", None)
    if reference is not None:
        given["href"] = f"#{prefix}{reference.removeprefix('#')}"
    given = {name: _OWN.sub(rf"url(#{prefix}\1)", value) for name, value in given.items()}
    element.attrib.clear()
    element.attrib.update(given)


def horizontal_bars(axes: Axes, names: Sequence[str], values: Sequence[float], hatches: Sequence[str]) -> None:
    """Bars from the top down, each with its name, its own pattern and its value behind it."""
    places = range(len(names))
    bars: Any = axes.barh(places, values, color=MARK, edgecolor="black", linewidth=0.6)
    for bar, hatch in zip(bars, hatches, strict=True):
        bar.set_hatch(hatch)
    axes.set_yticks(places, list(names))
    axes.invert_yaxis()
    axes.bar_label(bars, [f" {value:,.6g}" for value in values])
    axes.margins(x=0.15)
