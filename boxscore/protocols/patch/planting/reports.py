"""The reports that a build tool leaves in the tree, read after the tests.

A candidate may have written them: they can deny a success, and prove none. One that cannot be read is none.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import BoxError, ProtocolError
from boxscore.protocols.patch.logs import read_junit
from boxscore.protocols.statuses import Status
from boxscore.protocols.trusted import run_trusted, trusted_limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.logs import JunitCase
    from boxscore.protocols.patch.task import PatchTask

REPORT_BYTES, READ_BYTES = 8 << 20, 64 << 20  # of all reports without what tests print, and of these as JSON
MOST_OF_ONE, MOST_READ = 64 << 20, 1 << 30  # letters, with what they print: of one, and of all
READ = """
import json, os, re, sys
request = json.load(sys.stdin.buffer)
PRINTED = re.compile("<system-(?:out|err)>")
END, END_OF_DATA = re.compile("</system-(?:out|err)>"), re.compile(r"]]>\\s*</system-(?:out|err)>")
def without_output(path, text):
    kept, at = [], 0
    for begin in PRINTED.finditer(text):
        if begin.start() >= at:
            has_data = text.startswith("<![CDATA[", begin.end())
            end = (END_OF_DATA if has_data else END).search(text, begin.end())
            if end is None:
                break
            kept.append(text[at : begin.start()])
            at = end.end()
    return "".join([*kept, text[at:]])
def pattern_of(text):
    return re.escape(text).replace(r"\\*\\*/", "(?:[^/]+/)*").replace(r"\\*", "[^/]*")
def paths_of(patterns):  # through no link: two that lead to their own folder have no end
    chosen = re.compile("|".join(map(pattern_of, patterns)))
    for folder, folders, names in os.walk("."):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from filter(chosen.fullmatch, (os.path.join(folder, name)[2:] for name in names))
os.chdir(request["tree"])
found, left, unread = [], request["most"], request["most_read"]
try:
    paths = sorted(paths_of(request["patterns"]))
except RecursionError:  # in folders that no build makes
    paths = []
for path in paths:
    if os.path.isfile(path) and not os.path.islink(path):
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                text = file.read(min(request["most_of_one"], unread))
        except OSError:  # a candidate may take everybody's rights away
            continue
        unread -= len(text)
        text = without_output(path, text)
        left -= len(text)
        if left < 0 or unread <= 0:  # holes of a file take no room on a disk, and time to read
            break
        found.append(text)
print(json.dumps(found))
""".strip()


def remove_reports(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return the line for a shell that removes reports of an earlier run."""
    return (f"(shopt -s globstar nullglob; rm -f -- {' '.join(patterns)})",) if patterns else ()


def read_reports(box: Box, task: PatchTask, patterns: Sequence[str]) -> tuple[JunitCase, ...]:
    """Read the cases of all reports; one that is broken has none. Raises BoxError if the box fails.

    How many are read may not hang on what tests print, as that differs from run to run.
    """
    if not patterns:
        return ()
    bounds = {"most": REPORT_BYTES, "most_of_one": MOST_OF_ONE, "most_read": MOST_READ}
    request = {"tree": task.image.tree, "patterns": patterns, **bounds}
    done = run_trusted(box, READ, request, trusted_limits(task.limits, output_bytes=READ_BYTES))
    try:
        texts = msgspec.json.decode(done.stdout, type=list[str])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BoxError(f"reports could not be read in a box: {done.stderr[-300:]!r}") from error
    cases: list[JunitCase] = []
    for text in texts:
        with suppress(ProtocolError):
            cases += read_junit(text.encode())
    return tuple(cases)


def count_passed(cases: Iterable[JunitCase]) -> dict[str, int]:
    """Count the tests of each class that passed; an aborted or skipped one did not."""
    return dict(Counter(case.classname for case in cases if case.status is Status.PASSED))
