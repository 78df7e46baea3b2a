"""The environment of a JavaScript repository: packages by its lock file, and the runner that its scripts name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.instances.sources import Environment, at_tree, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.instances.sources import EnvironmentOptions, Sources

_SCRIPT = re.compile(r"\.(?:[cm]?[jt]s|[jt]sx)$")
_TEST = re.compile(r"(?:^|[./_-])(?:test|spec)s?[./_-]|(?:^|/)__tests__/")
_INSTALLS = (
    ("package-lock.json", "npm ci"),
    ("npm-shrinkwrap.json", "npm ci"),
    ("yarn.lock", "yarn install --frozen-lockfile"),
    ("pnpm-lock.yaml", "pnpm install --frozen-lockfile"),
)
_RUNNERS = (  # by what stands in the script `test`, in this order
    ("vitest", "npx --no vitest run --reporter=verbose {tests}", "vitest"),
    ("jest", "npx --no jest --verbose --ci {tests}", "jest"),
    ("mocha", "npx --no mocha --reporter spec {tests}", "mocha"),
)


def is_javascript(sources: Sources) -> bool:
    """Whether the tests are in JavaScript or TypeScript."""
    return any(_SCRIPT.search(path) for path in sources.tests)


def find_javascript(sources: Sources, given: EnvironmentOptions, source_files: Sequence[str]) -> Environment:
    """Find packages and runner. Raises UsageError where neither package.json nor the tests name a runner."""
    del source_files
    package = _package(sources)
    needs = any(package.get(name) for name in ("dependencies", "devDependencies", "optionalDependencies"))
    lock = next(((path, line) for path, line in _INSTALLS if path in sources.files), ("package.json", "npm install"))
    install = given.install or ((lock[1],) if needs and not given.dockerfile else ())
    tests = [path for path in sources.tests if _SCRIPT.search(path)]
    tests = [path for path in tests if _TEST.search(path)] or tests
    scripts = package.get("scripts")
    script = str(scripts.get("test", "")) if isinstance(scripts, dict) else ""
    runner = next(((line, parser) for word, line, parser in _RUNNERS if word in script), None)
    commands: tuple[str, ...]
    if runner is not None:
        commands, parser = (runner[0].format(tests=quoted(tests)),), runner[1]
    elif "node:test" in sources.test_texts() or "--test" in script:
        commands, parser = tuple(f"node --test-reporter=tap {quoted([path])}" for path in tests), "tap"
    elif given.test_command is not None:
        commands, parser = (given.test_command,), "tap"
    else:
        raise UsageError(
            f"no environment was found: package.json names none of {', '.join(one[0] for one in _RUNNERS)} in its "
            "script `test`, and the tests do not use node:test; give --test-command and --parser"
        )
    return Environment(
        base="patch-node",
        instance=at_tree(*install),
        links=("node_modules",) if needs and given.dockerfile is None else (),
        build=given.build,
        commands=commands,
        parser=parser,
        found=(*((lock[0],) if needs else ()), f"tests by {'node:test' if parser == 'tap' else parser}"),
    )


def _package(sources: Sources) -> dict[str, object]:
    try:
        found = json.loads(sources.text("package.json") or "{}")
    except (ValueError, RecursionError) as error:
        raise UsageError(f"package.json of the commit cannot be read: {error}") from error
    return found if isinstance(found, dict) else {}
