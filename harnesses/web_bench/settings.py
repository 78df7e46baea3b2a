"""What a project's `playwright.config.js` says, read as data: no code of the benchmark runs to learn it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

PRODUCTION = re.compile(r"process\.env\.IS_EVAL_PRODUCTION \? ([\d_]+) : [\d_]+")
NUMBER = re.compile(r"[\d_]+")
USUAL_TEST_MS, USUAL_EXPECT_MS, USUAL_SERVER_MS = 30_000, 5_000, 60_000  # Playwright's own defaults
DEVICE = "...devices['Desktop Chrome']"
# Settings that are known and do not matter here: how often to retry, what to print, what a developer's own machine
# reuses. A setting that is in neither list is refused.
PASSED_OVER = {
    "": {"testDir", "testIgnore", "forbidOnly", "retries", "workers", "reporter"},
    "use": {"trace", "headless"},
    "webServer": {"reuseExistingServer", "stdout", "stderr"},
}
READ = {
    "": {"timeout", "expect", "fullyParallel", "use", "webServer", "projects"},
    "use": {"baseURL"},
    "webServer": {"command", "url", "env", "cwd", "timeout"},
    "expect": {"timeout"},
    "project": {"name", "use"},
}
PLACES = {
    "${PROJECT_DIR}": "{root}",
    "${PORT}": "{port}",
    "${ASSETS_DIR}": "assets",
    "PROJECT_DIR": "{root}",
    "PORT.toString()": "{port}",
    "String(PORT)": "{port}",
}


class Settings(Struct, frozen=True, kw_only=True):
    """How a project is served and its specs are run in production. Times are in seconds.

    `command`, `cwd` and `env` are of the server, with `{root}` and `{port}` where the file has the candidate's folder
    and the port. `origin` is the specs' `baseURL`, `first_page` the path of the page that shows that the server is up.
    """

    test_s: float
    expect_s: float
    server_s: float
    origin: str
    first_page: str
    command: str
    cwd: str = ""
    env: tuple[tuple[str, str], ...] = ()
    viewport: tuple[int, int] | None = None
    parallel: bool = True


def read_settings(path: Path, text: str) -> Settings:
    """Read the text of a `playwright.config.js`. Raises InputError for a setting that is not understood, by name."""
    return _Reader(path).settings(text)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path

    def settings(self, text: str) -> Settings:
        _, opened, rest = _without_comments(text).partition("defineConfig({")
        if not opened:
            raise self._refused("defineConfig", "is not called with settings")
        every = self._members(_enclosed(rest), "")
        server, use = (self._members(_inner(every.get(name, "{}")), name) for name in ("webServer", "use"))
        expect = self._members(_inner(every.get("expect", "{}")), "expect")
        origin = self._template(use.get("baseURL", ""), "baseURL")
        url = self._template(server.get("url", ""), "url")
        if not origin or not url.startswith(origin):
            raise self._refused("webServer.url", "is not below use.baseURL")
        return Settings(
            test_s=self._seconds(every.get("timeout"), USUAL_TEST_MS),
            expect_s=self._seconds(expect.get("timeout"), USUAL_EXPECT_MS),
            server_s=self._seconds(server.get("timeout"), USUAL_SERVER_MS),
            origin=origin,
            first_page=url.removeprefix(origin) or "/",
            command=self._template(server.get("command", ""), "command").strip(),
            cwd=self._template(server["cwd"], "cwd") if "cwd" in server else "",
            env=tuple((name, self._template(value, name)) for name, value in _pairs(_inner(server.get("env", "{}")))),
            viewport=self._viewport(every.get("projects", "")),
            parallel=every.get("fullyParallel", "false") == "true",
        )

    def _members(self, text: str, of: str) -> Mapping[str, str]:
        found = dict(_pairs(text))
        for name in found:
            if name not in READ[of] and name not in PASSED_OVER.get(of, ()):
                raise self._refused(f"{of}.{name}".lstrip("."), "is not known")
        return found

    def _viewport(self, text: str) -> tuple[int, int] | None:
        """The viewport of the only browser, Desktop Chrome; None for its own."""
        inside = text.strip().removeprefix("[").removesuffix("]").strip().removesuffix(",")
        members = self._members(_inner(inside), "project")
        use = dict(_pairs(_inner(members.get("use", "{}"))))
        viewport = use.pop("viewport", None)
        if members.get("name") != "'chromium'" or list(use) != [DEVICE]:
            raise self._refused("projects", "is not one of Desktop Chrome")
        if viewport is None:
            return None
        sides = dict(_pairs(_inner(viewport)))
        if set(sides) != {"width", "height"} or not all(NUMBER.fullmatch(one) for one in sides.values()):
            raise self._refused("projects.use.viewport", "is not a width and a height")
        return int(sides["width"]), int(sides["height"])

    def _seconds(self, value: str | None, usual_ms: int) -> float:
        if value is None:
            return usual_ms / 1000
        found = PRODUCTION.fullmatch(value)
        number = found.group(1) if found is not None else value
        if NUMBER.fullmatch(number) is None:
            raise self._refused("timeout", f"is {value}")
        return int(number.replace("_", "")) / 1000

    def _template(self, value: str, name: str) -> str:
        """A string of the file with our placeholders: 'true', `${PROJECT_DIR}/test.sqlite`, PORT.toString()."""
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\"`"
        text = value[1:-1] if quoted else PLACES.get(value, "${" + value)
        for written, place in PLACES.items():
            if written.startswith("$"):
                text = text.replace(written, place)
        if "${" in text:
            raise self._refused(name, f"is {value}")
        return text

    def _refused(self, field: str, problem: str) -> boxscore.InputError:
        return boxscore.InputError(f"{problem}: it is not understood", path=self._path, field=field)


def _without_comments(text: str) -> str:
    text = re.sub(r"^\s*/\*.*?\*/", "", text, flags=re.DOTALL | re.MULTILINE)  # within a line, `/**` is part of a glob
    return "\n".join(line for line in text.splitlines() if not line.strip().startswith("//"))


def _enclosed(text: str) -> str:
    depth = 0
    for place, letter in _outside_strings(text):
        depth += (letter in "{[(") - (letter in "}])")
        if depth < 0:
            return text[:place]
    return text


def _inner(text: str) -> str:
    return text.strip().removeprefix("{").removesuffix("}")


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """The members of an object literal, by name; one without a name, such as `...other`, stands for its own name."""
    depth = start = 0
    ends = []
    for place, letter in _outside_strings(text):
        depth += (letter in "{[(") - (letter in "}])")
        if letter == "," and not depth:
            ends.append(place)
    for end in [*ends, len(text)]:
        member = text[start:end].strip()
        start = end + 1
        if member:
            name, colon, value = member.partition(":")
            yield (name.strip(), value.strip()) if colon else (member, member)


def _outside_strings(text: str) -> Iterator[tuple[int, str]]:
    quote = ""
    for place, letter in enumerate(text):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"`":
            quote = letter
        else:
            yield place, letter
