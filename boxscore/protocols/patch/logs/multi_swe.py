"""The parsers of Multi-SWE-bench, which read a log into sets of tests that passed, failed and were skipped.

A name in two of the sets makes the official programs refuse the whole log; here its status is `ERROR`, which none of
these parsers gives for another reason, so that a rule can refuse it too (`ResolutionRule.refused`). Lines end as
`str.splitlines` ends them, as they do there.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.protocols.patch.logs.lines import Found, Parser

ZSTD = "/home/zstd"  # in the published images
DECODER = f"make[1]: Leaving directory '{ZSTD}/doc/educational_decoder'"
POOL = "PASS: all POOL tests"
WHOLE_SUITE = "all tests"
NAME_CHARACTERS = 64 << 20  # of names that are longer than what was printed of them
TOO_MANY = "(more names than are read)"
COLOURS = re.compile(r"\x1b\[[0-?9;]*[mK]")


class Sets:
    """The three sets of a log; `tests` gives each name once, with `ERROR` where two sets have it."""

    def __init__(self) -> None:
        self.passed: dict[str, None] = {}
        self.failed: dict[str, None] = {}
        self.skipped: dict[str, None] = {}

    def add(self, name: str, status: Status) -> None:
        """Put a name into a set; ERROR puts it into two."""
        if status in (Status.PASSED, Status.ERROR):
            self.passed[name] = None
        if status in (Status.FAILED, Status.ERROR):
            self.failed[name] = None
        if status is Status.SKIPPED:
            self.skipped[name] = None

    def tests(self) -> Found:
        """Yield each name with its status."""
        # Contradictions first: who reads on until there are too many names has seen them.
        for name in {**self.failed, **self.skipped, **self.passed}:
            places = (name in self.passed, name in self.failed, name in self.skipped)
            alone = (Status.PASSED, Status.FAILED, Status.SKIPPED)[places.index(True)]
            yield name, alone if sum(places) == 1 else Status.ERROR


def split(log: str) -> Iterator[str]:
    """Yield what `str.splitlines` gives, few lines at a time, and without empty lines."""
    for part in io.StringIO(log, newline="\n"):
        yield from filter(None, part.splitlines())


def _by_line(log: str, read: Callable[[str], tuple[str, Status] | None]) -> Found:
    """Read each line for itself, without the white space around it."""
    sets = Sets()
    for line in split(log):
        found = read(line.strip())
        if found is not None:
            sets.add(*found)
    return sets.tests()


CARGO = re.compile(r"test (\S+) .{3} (ok|FAILED|ignored)")
CARGO_WORDS = {"ok": Status.PASSED, "FAILED": Status.FAILED, "ignored": Status.SKIPPED}


def cargo(log: str) -> Found:
    """Read libtest: `test module::name ... ok`, whatever stands behind the word."""

    def read(line: str) -> tuple[str, Status] | None:
        found = CARGO.match(line)
        return None if found is None else (found[1], CARGO_WORDS[found[2]])

    return _by_line(log, read)


AUTOMAKE = re.compile(r"(PASS|FAIL|SKIP): (\S+)\Z")
AUTOMAKE_WORDS = {"PASS": Status.PASSED, "FAIL": Status.FAILED, "SKIP": Status.SKIPPED}


def automake(log: str) -> Found:
    """Read automake's `PASS: name`, of names without blanks."""

    def read(line: str) -> tuple[str, Status] | None:
        found = AUTOMAKE.match(line)
        return None if found is None else (found[2], AUTOMAKE_WORDS[found[1]])

    return _by_line(log, read)


def zstd_decoder(log: str) -> Found:
    """Take the suite for one test, which passed if make left its last folder once."""
    return _whole_suite(log, DECODER)


def zstd_pool(log: str) -> Found:
    """Take the suite for one test, which passed if the tests of the pool passed once."""
    return _whole_suite(log, POOL)


def _whole_suite(log: str, sign: str) -> Found:
    if log:
        yield WHOLE_SUITE, Status.PASSED if log.count(sign) == 1 else Status.FAILED


CTEST = re.compile(r"\d+/\d+\s*Test\s*#\d+:\s*")
CTEST_PASSED = re.compile(r"\.\s*Passed")


def ctest(log: str) -> Found:
    """Read `1/9 Test #1: name ....   Passed`; a failure counts only where nothing follows its word."""

    def read(line: str) -> tuple[str, Status] | None:
        head = CTEST.match(line)
        if head is None:
            return None
        rest = line[head.end() :]
        passed = CTEST_PASSED.search(rest)
        if passed is not None:
            return rest[: passed.start()].rstrip(".").rstrip(), Status.PASSED
        name = _before_failed(rest)
        return None if name is None else (name, Status.FAILED)

    return _by_line(log, read)


def _before_failed(rest: str) -> str | None:
    """The name before `....***Failed`, None where the text does not end so."""
    stars = rest.removesuffix("Failed")
    dots = stars.rstrip("*").rstrip()
    if stars == rest or not stars.endswith("*") or not dots.endswith("."):
        return None
    return dots.rstrip(".").rstrip()


CATCH2 = re.compile(r"\d+/\d+ test\s+#\d+: ")
CATCH2_WORDS = {
    " - success": Status.PASSED,
    " - failed": Status.FAILED,
    " - skipped": Status.SKIPPED,
}
CATCH2_CHECK = "-- performing test "


def catch2(log: str) -> Found:
    """Read ctest and what CMake tries out before it, all in small letters."""

    def read(line: str) -> tuple[str, Status] | None:
        line = line.lower()
        for word, status in CATCH2_WORDS.items():
            if line.startswith(CATCH2_CHECK) and line.endswith(word):
                name = line[len(CATCH2_CHECK) : -len(word)]
                return (name, status) if name else None
        head = CATCH2.match(line)
        if head is None:
            return None
        rest = line[head.end() :]
        passed = _dotted(rest, "passed", gap=True)
        failed = _dotted(rest, "***failed", gap=False)
        if passed is not None:
            return passed, Status.PASSED
        return None if failed is None else (failed, Status.FAILED)

    return _by_line(log, read)


def _dotted(rest: str, word: str, *, gap: bool) -> str | None:
    """The name before the last ` ....` that `word` and something more follow; with `gap` also blanks before the word.

    None where there is none, or nothing before it.
    """
    place = rest.rfind(word)
    while place > 0:
        behind = place + len(word)
        if behind + 1 < len(rest) and rest[behind].isspace():
            end = _before_dots(rest, place, gap=gap)
            if end:
                return rest[:end]
        place = rest.rfind(word, 0, place)
    return None


def _before_dots(rest: str, place: int, *, gap: bool) -> int:
    """Where a name ends that a blank, dots and, with `gap`, two blanks or more follow up to a place; 0 if none does."""
    end = place
    while gap and end and rest[end - 1].isspace():
        end -= 1
    if gap and (place - end < 2 or rest[place - 1] != " "):  # noqa: PLR2004 - two
        return 0
    start = end
    while start and rest[start - 1] == ".":
        start -= 1
    return start - 1 if start != end and start > 1 and rest[start - 1] == " " else 0


GTEST = (
    ("[       OK ] ", "", Status.PASSED),
    ("\x1b[0;32m[       OK ] \x1b[0m", "", Status.PASSED),
    ("\x1b[92m---- Passed: ", "\x1b[0m", Status.PASSED),
    ("[  FAILED  ] ", "", Status.FAILED),
    ("\x1b[0;31m[  FAILED  ] \x1b[0m", "", Status.FAILED),
    ("\x1b[91m**** FAILED: ", "\x1b[0m", Status.FAILED),
)
BLANK = re.compile(r"\s")


def gtest(log: str) -> Found:
    """Read googletest and ponytest, coloured or not: `[       OK ] Suite.Name (0 ms)`."""

    def read(line: str) -> tuple[str, Status] | None:
        for before, behind, status in GTEST:
            if not line.startswith(before) or not line.endswith(behind):
                continue
            name = line[len(before) : len(line) - len(behind)]
            if not behind:
                name, bracket, time = name.partition(" (")
                if bracket and (len(time) <= 1 or not time.endswith(")")):
                    continue
            if name and not BLANK.search(name):
                return name, status
        return None

    return _by_line(log, read)


GO = ("--- PASS: ", "--- FAIL: ", "--- SKIP: ")
GO_FAIL = re.compile(r"FAIL:?\s?(.+?)\s")
WORD = re.compile(r"\S+")


def go(log: str) -> Found:
    """Read `go test -v`, subtests by their whole names, and packages that failed."""
    return _go(log, lambda name: name)


def go_parents(log: str) -> Found:
    """Read as `go`, and name a subtest as the test that it is part of."""
    return _go(log, lambda name: name.rpartition("/")[0] if "/" in name else name)


def _go(log: str, named: Callable[[str], str]) -> Found:
    sticky = _Sticky(named)
    for one in split(log):
        line = one.strip()
        passed, failed, skipped = (WORD.match(line, len(word)) if line.startswith(word) else None for word in GO)
        package = GO_FAIL.match(line)
        sticky.passed(passed[0] if passed else None)
        sticky.failed(failed[0] if failed else None)
        sticky.failed(package[1] if package else None)
        sticky.skipped(skipped[0] if skipped else None)
    return sticky.sets.tests()


class _Sticky:
    """Sets in which a failure stays: a name that failed does not pass later, and a skip counts after a failure alone.

    Names are looked up as they are and put in as `named` says, which is how the official parsers do it.
    """

    def __init__(self, named: Callable[[str], str]) -> None:
        self.sets, self._named = Sets(), named

    def passed(self, name: str | None) -> None:
        """Take a pass, unless it failed before."""
        if name is None or name in self.sets.failed:
            return
        self.sets.skipped.pop(name, None)
        self.sets.passed[self._named(name)] = None

    def failed(self, name: str | None) -> None:
        """Take a failure, whatever was said before."""
        if name is not None:
            self.sets.passed.pop(name, None)
            self.sets.skipped.pop(name, None)
            self.sets.failed[self._named(name)] = None

    def skipped(self, name: str | None) -> None:
        """Take a skip of what failed before: a contradiction."""
        if name is not None and name not in self.sets.passed and name in self.sets.failed:
            self.sets.skipped[self._named(name)] = None


TASK = "> Task :"
GRADLE_PASSED = ("", " UP-TO-DATE")
GRADLE_SKIPPED = (" SKIPPED", " NO-SOURCE")


def gradle(log: str) -> Found:
    """Read Gradle's tasks and `Class > method PASSED`; a failure stays, a skip beside another status contradicts it."""
    sets = Sets()
    for line in split(log):
        for name, status in _gradle_line(line, GRADLE_PASSED):
            if status is Status.FAILED:
                sets.passed.pop(name, None)
            if status is not Status.PASSED or name not in sets.failed:
                sets.add(name, status)
    return sets.tests()


def gradle_cached(log: str) -> Found:
    """Read as `gradle`, tasks from the cache too; skips count after a failure alone."""
    sticky = _Sticky(lambda name: name)
    for line in split(log):
        for name, status in _gradle_line(line.strip(), (*GRADLE_PASSED, " FROM-CACHE")):
            take = {Status.PASSED: sticky.passed, Status.FAILED: sticky.failed}.get(status, sticky.skipped)
            take(name)
    return sticky.sets.tests()


def _gradle_line(line: str, passing: Sequence[str]) -> Found:
    """Yield what a line says, of tasks and of tests, in the order in which it is taken."""
    words = (
        *((word, Status.PASSED) for word in passing),
        (" FAILED", Status.FAILED),
        *((word, Status.SKIPPED) for word in GRADLE_SKIPPED),
    )
    if line.startswith(TASK):
        for word, status in words:
            task = line[len(TASK) : len(line) - len(word)]
            if line.endswith(word) and task and not BLANK.search(task):
                yield task, status
    for word, status in ((" PASSED", Status.PASSED), (" FAILED", Status.FAILED), (" SKIPPED", Status.SKIPPED)):
        name = line.removesuffix(word)
        if name != line and 0 < name.find(" > ", 1) < len(name) - 3:
            yield name, status


SUREFIRE = re.compile(r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+), Time elapsed: [\d.]+ ")
GSON = re.compile(
    r"Tests run:\s*(\d+),\s*Failures:\s*(\d+),\s*Errors:\s*(\d+),\s*Skipped:\s*(\d+),\s*Time elapsed:\s*[\d.]+\s*sec"
)
GSON_FAILED = re.compile(
    r"Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+, Time elapsed: [\d.]+ sec +<<< FAILURE!"
)
RUNNING = "Running"
MOST_DIGITS = 4300  # of a number that Python reads


def maven(log: str) -> Found:
    """Read Surefire's summary of each class, `Tests run: 3, … Time elapsed: 0.1 s -- in org.Test`, without colours."""
    return maven_plain(COLOURS.sub("", log))


def maven_plain(log: str) -> Found:
    """Read as `maven`, with the colours."""
    sets = Sets()
    for line in split(log):
        head = SUREFIRE.search(line)
        if head is None:
            continue
        place = line.find(" in ", head.end() + 1)
        name = line[place + 4 :] if place >= 0 else ""
        if name:
            _add_class(sets, name, head)
    return sets.tests()


def _add_class(sets: Sets, name: str, counts: re.Match[str]) -> None:
    if any(len(counts[group]) > MOST_DIGITS for group in range(1, 5)):
        sets.add(name, Status.ERROR)
        return
    ran, failures, errors, skipped = (int(counts[group]) for group in range(1, 5))
    if failures or errors:
        sets.add(name, Status.FAILED)
    elif skipped == ran:
        sets.add(name, Status.SKIPPED)
    elif ran:
        sets.add(name, Status.PASSED)


def gson(log: str) -> Found:
    """Read older Surefire: `Running Class`, then the next line that begins with `Tests run:` is that class's.

    The official expression begins at the ninth character. A summary that says it failed is the class's named on the
    line before it, too.
    """
    sets = Sets()
    pending = before = ""
    for line in (part.removesuffix("\n") for part in io.StringIO(log[8:], newline="\n")):
        rest = line
        if line.startswith("Tests run:"):
            counts = GSON.match(line)
            if counts is not None and pending:
                _add_class(sets, pending, counts)
            _, running, last = before.partition("Running ")
            if running and last and GSON_FAILED.match(line):
                sets.add(last, Status.FAILED)
            pending, rest = "", line[counts.end() if counts is not None else 0 :]
        pending = pending or _running(rest)
        before = line
    return sets.tests()


def _running(line: str) -> str:
    """The class that a line says is running, "" if none."""
    place = line.find(RUNNING)
    after = line[place + len(RUNNING) :] if place >= 0 else ""
    return after.strip() if after[:1].isspace() else ""


# What a duration in brackets may be, as words that do not overlap: each is read in one pass.
JEST_TIME = re.compile(r"\d\w+|\d+\s+\w+|\d*\.\d\w+|\d*\.\d+\s+\w+")
MOCHA_TIME = re.compile(r"\w+|\d*\s+\w+|\d*\.\w+|\d*\.\d*\s+\w+")


def _without_time(text: str, time: re.Pattern[str]) -> str:
    """A title without the ` (12 ms)` at its end."""
    place = text.rfind("(") - 1
    if place > 0 and text.endswith(")") and text[place].isspace() and time.fullmatch(text, place + 2, len(text) - 1):
        return text[:place]
    return text


def jest(log: str) -> Found:
    """Read `jest --verbose`: files, and tests as `file:title`."""

    def title(text: str) -> str:
        return _without_time(text, JEST_TIME)

    return _suites(log, file=title, test=title)


def darkreader(log: str) -> Found:
    """Read as `jest`, where whatever stands in brackets at the end is no part of a name."""
    return _suites(log, file=_file_alone, test=_before_brackets)


def _suites(log: str, *, file: Callable[[str], str], test: Callable[[str], str]) -> Found:
    sets, left = Sets(), NAME_CHARACTERS
    suite: str | None = None
    for one in split(log):
        line = one.strip()
        for word, status in (("PASS ", Status.PASSED), ("FAIL ", Status.FAILED)):
            name = file(line[len(word) :]) if line.startswith(word) else ""
            if name:
                suite = name
                sets.add(name, status)
        for word, status in (("✓ ", Status.PASSED), ("✕ ", Status.FAILED)):
            name = test(line[len(word) :]) if line.startswith(word) else ""
            left -= len(name) + len(suite or "") if name else 0
            if left < 0:
                sets.add(TOO_MANY, Status.ERROR)
                return sets.tests()
            if name:  # of no file: the official programs refuse the log
                sets.add(f"{suite}:{name}", Status.ERROR if suite is None else status)
    return sets.tests()


def _file_alone(text: str) -> str:
    """The first word, if nothing but something in brackets follows it; "" otherwise."""
    blank = BLANK.search(text)
    word = text if blank is None else text[: blank.start()]
    rest = text[len(word) :].lstrip()
    if not rest or (rest.startswith("(") and rest.endswith(")") and len(rest) > 2):  # noqa: PLR2004 - one between
        return word
    place = word.rfind("(")
    return word[:place] if place > 0 and text.endswith(")") and place + 2 < len(text) else ""


def _before_brackets(text: str) -> str:
    """What stands before the first white space and bracket, if the text ends with the other bracket."""
    place = text.find("(") if text.endswith(")") else -1
    while 0 <= place < len(text) - 2:
        if place > 1 and text[place - 1].isspace():
            return text[: max(1, len(text[:place].rstrip()))]
        place = text.find("(", place + 1)
    return text


def _marked(log: str, marks: Sequence[tuple[str, Status]], title: Callable[[str], str]) -> Found:
    def read(line: str) -> tuple[str, Status] | None:
        for mark, status in marks:
            if line.startswith(mark) and len(line) > len(mark):
                return title(line[len(mark) :]), status
        return None

    return _by_line(log, read)


NUMBER = re.compile(r"\d+\) ")


def mocha(log: str) -> Found:
    """Read the spec reporter: titles alone, without the suites'; `1) title` failed."""

    def read(line: str) -> tuple[str, Status] | None:
        number = NUMBER.match(line)
        if line.startswith("✔ "):
            text, status = line[2:], Status.PASSED
        elif number:
            text, status = line[number.end() :], Status.FAILED
        else:
            return None
        return (_without_time(text, MOCHA_TIME), status) if text else None

    return _by_line(log, read)


UNITS = ("ms", "s", "m")


def vitest(log: str) -> Found:
    """Read `vitest --reporter=verbose`: `✓ file > suite > title 3ms`, without the duration."""

    def title(text: str) -> str:
        cuts = [place for unit in UNITS if text.endswith(unit) and (place := _number(text, len(text) - len(unit)))]
        return text[: min(cuts)] if cuts else text

    return _marked(log, (("✓ ", Status.PASSED), ("\u00d7 ", Status.FAILED)), title)


def _number(text: str, end: int) -> int:
    """Where a number that ends before `end`, with the white space around it, begins, 1 at least; 0 if none does."""
    end = len(text[:end].rstrip())
    start = _digits(text, end)
    if start == end or end < 2:  # noqa: PLR2004 - a character of the name, and a digit
        return 0
    if start and text[start - 1] == ".":
        start = _digits(text, start - 1)
    return max(1, len(text[:start].rstrip()))


def _digits(text: str, end: int) -> int:
    while end and text[end - 1].isdecimal():
        end -= 1
    return end


TESTS = re.compile(r"\d+\s+tests")
WORD_CHARACTER = re.compile(r"\w")


def insomnia(log: str) -> Found:
    """Read files and marks of jest and vitest together: `✓ title (3 tests) 5ms`, `PASS file (2 s)`."""

    def read(line: str) -> tuple[str, Status] | None:
        for word, status in (("PASS ", Status.PASSED), ("FAIL ", Status.FAILED)):
            if line.startswith(word) and line[len(word) :]:
                return _without_time(line[len(word) :], JEST_TIME), status
        if line.startswith("✓ ") and line[2:]:
            return _without_time(_without_loose_time(line[2:]), TESTS), Status.PASSED
        return None

    return _by_line(log, read)


def _without_loose_time(text: str) -> str:
    """A title without the number and word at its end, which may stand in brackets, or in half of them."""
    end = len(text) - text.endswith(")")
    start = end
    while start and WORD_CHARACTER.match(text[start - 1]):
        start -= 1
    if start == end:
        return text
    digit = next((place for place in range(start, end - 1) if text[place].isdecimal()), None)
    apart = _number_start(text, len(text[:start].rstrip()))
    if apart is not None and (start and text[start - 1].isspace()):
        digit = apart
    elif digit == start:
        digit = _number_start(text, start + 1)
    if digit is None:
        return text
    begin = digit
    if begin <= start and begin and text[begin - 1] == "(":
        begin -= 1
    if begin <= start:
        begin = len(text[:begin].rstrip())
    return text[: max(1, begin)]


def _number_start(text: str, end: int) -> int | None:
    """Where a number that ends at `end` begins, with what stands before its point; None if there is none."""
    start = _digits(text, end)
    if start == end:
        return None
    return _digits(text, start - 1) if start and text[start - 1] == "." else start


PARSERS: dict[str, Parser] = {
    "multi-swe-automake": automake,
    "multi-swe-cargo": cargo,
    "multi-swe-catch2": catch2,
    "multi-swe-ctest": ctest,
    "multi-swe-darkreader": darkreader,
    "multi-swe-go": go,
    "multi-swe-go-parents": go_parents,
    "multi-swe-gradle": gradle,
    "multi-swe-gradle-cached": gradle_cached,
    "multi-swe-gson": gson,
    "multi-swe-gtest": gtest,
    "multi-swe-insomnia": insomnia,
    "multi-swe-jest": jest,
    "multi-swe-maven": maven,
    "multi-swe-maven-plain": maven_plain,
    "multi-swe-mocha": mocha,
    "multi-swe-vitest": vitest,
    "multi-swe-zstd-decoder": zstd_decoder,
    "multi-swe-zstd-pool": zstd_pool,
}
