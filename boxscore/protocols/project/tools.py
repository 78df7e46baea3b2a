"""The JDK and the libraries that a box has: what a project is compiled and run with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box

LIBRARIES = "/usr/share/boxscore/libraries"
GET = "use the image `jvm` (`boxscore images build jvm`), or for local boxes install a JDK below /usr/lib/jvm"
_LIST = r"""
for home in /usr/lib/jvm/*; do
  [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
  printf 'home %s %s\n' "$(sed -n 's/^JAVA_VERSION=//p' "$home/release" | tr -d '"')" "$home"
done
root=$1; shift
for folder; do
  for jar in "$root/$folder"/*.jar; do [ -r "$jar" ] && printf 'jar %s %s\n' "$folder" "$jar"; done
done
exit 0
"""
_LINE = re.compile(r"(home|jar) (\S+) (/\S+)")


class JavaTools(Struct, frozen=True, kw_only=True):
    """Where a JDK is, which version of Java it has, and the jars of the libraries that were asked for."""

    home: str
    feature: int
    jars: tuple[str, ...]


def find_tools(box: Box, libraries: Sequence[str], release: int) -> JavaTools:
    """Find the oldest JDK that knows a release, and the jars. Raises HarnessError with what to do, or BoxError."""
    done = box.run(["sh", "-c", _LIST, "sh", LIBRARIES, *libraries])
    if done.exit_code != 0:
        raise BoxError(f"what a box has for Java cannot be listed: exit code {done.exit_code}, signal {done.signal}")
    found = [match for line in done.stdout.decode(errors="replace").splitlines() if (match := _LINE.fullmatch(line))]
    homes = sorted((_feature(one[2]), one[3]) for one in found if one[1] == "home")
    fitting = [(feature, home) for feature, home in homes if feature >= release]
    if not fitting:
        known = ", ".join(str(feature) for feature, _ in homes) or "none"
        raise HarnessError(f"there is no JDK for Java {release} here; there is {known}", details=(GET,))
    jars = [(one[2], one[3]) for one in found if one[1] == "jar"]
    for name in libraries:
        if name not in {folder for folder, _ in jars}:
            raise HarnessError(f"there are no jars in {LIBRARIES}/{name} here", details=(GET, "with jars there"))
    feature, home = fitting[0]
    return JavaTools(home=home, feature=feature, jars=tuple(path for _, path in jars))


def _feature(version: str) -> int:
    """The number of a Java by its version: 8 for 1.8.0_392, 17 for 17.0.15; 0 where it cannot be read."""
    numbers = re.match(r"(?:1\.)?(\d+)", version)
    return int(numbers[1]) if numbers else 0
