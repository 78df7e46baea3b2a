"""The JDK and the libraries that a box has: what a project is compiled and run with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box

OLDEST = 11  # that our compiler's program is written for
LIBRARIES, RUNNER = "/usr/share/boxscore/libraries", "/usr/share/boxscore/jvm/runner.jar"
GET = "use the image `jvm` (`boxscore images build jvm`), or for local boxes install a JDK below /usr/lib/jvm"
JARS = "and put the jars there that `images/jvm/jars.txt` names"
MAKE = f"and make it there: `sandbox/jvm/build {RUNNER} '{LIBRARIES}/junit5/*'`"
_LIST = r"""
for home in /usr/lib/jvm/*; do
  [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
  printf 'home %s %s\n' "$(sed -n 's/^JAVA_VERSION=//p' "$home/release" | tr -d '"')" "$home"
done
runner=$1 root=$2; shift 2
for folder; do
  for jar in "$root/$folder"/*.jar; do [ -r "$jar" ] && printf 'jar %s %s\n' "$folder" "$jar"; done
done
[ -r "$runner" ] && printf 'runner jar %s\n' "$runner"
exit 0
"""
_LINE = re.compile(r"(home|jar|runner) (\S+) (/\S+)")


class JavaTools(Struct, frozen=True, kw_only=True):
    """Where a JDK is, which version of Java it has, and the jars of the libraries that were asked for.

    `runner` is the jar of our own that runs tests, "" where there is none.
    """

    home: str
    feature: int
    jars: tuple[str, ...]
    runner: str = ""

    def needed_runner(self) -> str:
        """The jar that runs tests. Raises HarnessError with what to do where there is none."""
        if not self.runner:
            raise HarnessError(f"there is no {RUNNER} here, which runs tests", details=(GET, MAKE))
        return self.runner


def find_tools(box: Box, libraries: Sequence[str], release: int) -> JavaTools:
    """Find the oldest JDK, from 11 on, that knows a release, and the jars.

    Raises HarnessError with what to do where something is missing, or BoxError.
    """
    done = box.run(["sh", "-c", _LIST, "sh", RUNNER, LIBRARIES, *libraries])
    if done.exit_code != 0:
        raise BoxError(f"what a box has for Java cannot be listed: exit code {done.exit_code}, signal {done.signal}")
    lines = done.stdout.decode(errors="replace").splitlines()
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    feature, home = _jdk([(_feature(version), path) for kind, version, path in found if kind == "home"], release)
    jars = [(folder, path) for kind, folder, path in found if kind == "jar"]
    if missing := {*libraries} - {folder for folder, _ in jars}:
        raise HarnessError(f"there are no jars in {LIBRARIES}/{min(missing)} here", details=(GET, JARS))
    runner = next((path for kind, _, path in found if kind == "runner"), "")
    return JavaTools(home=home, feature=feature, jars=tuple(path for _, path in jars), runner=runner)


def _jdk(homes: Sequence[tuple[int, str]], release: int) -> tuple[int, str]:
    """The version and the home of the JDK to take. Raises HarnessError where there is none."""
    fitting = sorted((feature, home) for feature, home in homes if feature >= max(release, OLDEST))
    if not fitting:
        known = ", ".join(str(feature) for feature in sorted({feature for feature, _ in homes})) or "none"
        raise HarnessError(f"there is no JDK for Java {release} here; there is {known}", details=(GET,))
    return fitting[0]


def _feature(version: str) -> int:
    """The number of a Java by its version: 8 for 1.8.0_392, 17 for 17.0.15; 0 where it cannot be read."""
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers[1]) if numbers else 0
