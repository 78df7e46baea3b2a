"""How Playwright is started on a project's specs in the browser's box: where its files go, and with what settings.

Theory of operation. A run has a folder of its own below the scratch, so that nothing of a run before it is read:
the specs and what they load, the grader's configuration beside them, an empty profile, and a copy of the candidate's
files where specs read those, as data. `sandbox/web/run.js` starts Playwright, holds its report and its log in pipes,
and ends it before the box does. Chromium is driven over a pipe that it alone has: nothing listens in the box but the
forwarder to the project.
"""

from __future__ import annotations

import posixpath
import re
import secrets
from collections.abc import Mapping  # noqa: TC003 - a field of a record
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore import resources
from boxscore.errors import BoxError
from boxscore.protocols.web.specs import MOST_PICTURE_BYTES, MOST_PICTURES, MOST_TRACE_BYTES, folder_of, spec_files
from boxscore.protocols.web.task import WebTask  # noqa: TC001 - a field of a record

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box, Completed

PACKAGES = "/opt/playwright/node_modules"  # as images/browser/Dockerfile has it
CHROMIUM = "/usr/bin/chromium-headless-shell"
SCRATCH = "/scratch"
CACHE = f"{SCRATCH}/compiled"
"""One for all runs in a box: only the grader's programs and specs are compiled into it."""
PROGRAMS = (
    *("brands.cjs", "config.cjs", "guard.mjs", "guard-hooks.mjs", "isolate.cjs", "popups.cjs", "reporter.cjs"),
    "run.js",
)
CONFIG = "boxscore.config.cjs"
SEEN = "seen/src"  # of a run: where specs find the candidate's files
MOST_LOG_BYTES = 1 << 20
OUTPUT_BYTES = 24 << 20
LIST_S, LAUNCH_S, PICTURE_S, TRACE_S, SPARE_S = 180.0, 90.0, 60.0, 60.0, 30.0
BYTES_PER_WORKER = 2 << 30

ARGUMENTS = (
    "--disable-blink-features=AutomationControlled",  # `navigator.webdriver` is false, as in a person's browser
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
)
"""What the browser is started with in addition to Playwright's own arguments."""


class Order(Struct, frozen=True):
    """What to run, or only to list: the specs of some steps of a task, against what is served at a port.

    `files_seen` are the candidate's files that specs may read, None if there are none; `modules` what each module that
    specs import exports, by its path (see `boxscore.protocols.web.browser`).
    """

    task: WebTask
    steps: tuple[str, ...]
    port: int
    files_seen: Mapping[str, bytes] | None = None
    modules: Mapping[str, Mapping[str, Any]] = {}
    listing: bool = False


def play(box: Box, order: Order) -> Completed:
    """Run, or only list, specs in the browser's box. Raises BoxError where the box fails.

    The folder of the run is removed when it has ended.
    """
    folder = f"{SCRATCH}/run-{secrets.token_hex(6)}"
    place = _Place(folder, order)
    limits = structs.replace(order.task.browser_limits, output_bytes=OUTPUT_BYTES)
    box.put_folder(folder, place.files())
    try:
        argv = ["node", f"{folder}/ours/run.js"]
        env = {"NODE_COMPILE_CACHE": f"{CACHE}/node"}
        return box.run(argv, stdin=msgspec.json.encode(place.settings()), env=env, cwd=folder, limits=limits)
    finally:
        with suppress(BoxError):  # a lost box shows in what ran in it, or in what runs in it next
            box.run(["rm", "-rf", folder], limits=limits)


class _Place:
    """Where the files of one run are in the box."""

    def __init__(self, folder: str, order: Order) -> None:
        self._folder, self._order, self._task = folder, order, order.task
        self._tests = folder_of(order.task)
        self._project = posixpath.dirname(self._tests)

    def files(self) -> dict[str, bytes]:
        """The files of a run by their paths in its folder: trusted ones, and below `seen` those of the candidate."""
        specs = {posixpath.join("specs", path): content for path, content in self._task.specs}
        ours = {f"ours/{name}": (resources.folder("sandbox") / "web" / name).read_bytes() for name in PROGRAMS}
        ours[posixpath.join("specs", self._project, CONFIG)] = ours.pop("ours/config.cjs")
        seen = {f"{SEEN}/{path}": content for path, content in (self._order.files_seen or {}).items()}
        about = posixpath.join("specs", self._project, "package.json")
        if seen and about in specs:
            seen["seen/package.json"] = specs[about]  # says how a reference's modules load where tests are listed
        return {**specs, **ours, **seen}

    def settings(self) -> dict[str, object]:
        """What `sandbox/web/run.js` reads. Times are in milliseconds there."""
        return {**self._paths(), **self._chosen(), **self._pages(), **self._bounds()}

    def _paths(self) -> dict[str, object]:
        folder = self._folder
        project = posixpath.join(folder, "specs", self._project)
        return {
            "folder": folder,
            "packages": PACKAGES,
            "cache": CACHE,
            "browser": CHROMIUM,
            "project": project,
            "config": posixpath.join(project, CONFIG),
            "reporter": f"{folder}/ours/reporter.cjs",
            "brands": f"{folder}/ours/brands.cjs",
            "popups": f"{folder}/ours/popups.cjs",
            "isolate": f"{folder}/ours/isolate.cjs",
            "root": posixpath.join(folder, SEEN),
            "tests": posixpath.join(folder, "specs", self._tests),
            "output": f"{project}/test-results",
        }

    def _chosen(self) -> dict[str, object]:
        order = self._order
        specs = (posixpath.join(self._folder, "specs", spec) for spec in spec_files(self._task, order.steps))
        environment = _environment(posixpath.join(self._folder, SEEN), order.port)
        return {
            "words": [f"^{re.escape(spec)}$" for spec in specs],
            "list": order.listing,
            "guarded": bool(order.files_seen) and not order.listing,
            "modules": order.modules,
            "environment": {**environment, **dict(self._task.settings.environment)},
        }

    def _pages(self) -> dict[str, object]:
        given = self._task.settings
        origin = given.origin.replace("{port}", str(self._order.port))
        return {
            "arguments": ARGUMENTS,
            "isolated": given.isolated,
            "origin": origin,
            "first_page": origin + given.first_page,
            "viewport": given.viewport and dict(zip(("width", "height"), given.viewport, strict=True)),
        }

    def _bounds(self) -> dict[str, object]:
        given, limits = self._task.settings, self._task.browser_limits
        wall_s = LIST_S if self._order.listing else max(1.0, limits.wall_s - PICTURE_S - TRACE_S - SPARE_S)
        return {
            "parallel": given.parallel,
            "workers": max(1, limits.memory_bytes // BYTES_PER_WORKER) if given.parallel else 1,
            "test_ms": round(given.test_s * 1000),
            "expect_ms": round(given.expect_s * 1000),
            "wall_ms": round(wall_s * 1000),
            "launch_ms": round(LAUNCH_S * 1000),
            "pictures": given.pictures,
            "picture_ms": round(PICTURE_S * 1000) if given.pictures else 0,
            "trace_ms": round(TRACE_S * 1000) if given.pictures else 0,
            "most_log": MOST_LOG_BYTES,
            "most_picture": MOST_PICTURE_BYTES,
            "most_pictures": MOST_PICTURES,
            "most_trace": MOST_TRACE_BYTES,
            "most_failures": given.most_failures,
        }


def _environment(root: str, port: int) -> dict[str, str]:
    return {
        "EVAL": "true",
        "EVAL_PROJECT_ROOT": root,
        "EVAL_PROJECT_PORT": str(port),
        "IS_EVAL_PRODUCTION": "true",
    }
