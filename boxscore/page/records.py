"""What the report page is given: a head, an index of rows and, loaded only when a row is opened, its sections.

The page knows no benchmark and no protocol: it draws these shapes. All text in them may be hostile; it reaches the
document as text nodes only. `boxscore/page/assets` is the other side of this file.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from boxscore.protocols.shows import Case, Cases, Fact, Facts, Side, Text

PAGE_VERSION = 2

Scalar = str | float | int | bool | None


class Bars(Struct, frozen=True, kw_only=True, tag="bars"):
    """A bar for each outcome, or change."""

    items: tuple[tuple[str, int], ...]


class Curve(Struct, frozen=True, kw_only=True):
    """A line: x, y and the interval of y at each point, None where it has none."""

    name: str
    points: tuple[tuple[float, float, float | None, float | None], ...]


class Lines(Struct, frozen=True, kw_only=True, tag="lines"):
    """Shares of 1 over whole numbers, called `x`."""

    x: str
    curves: tuple[Curve, ...]


class Histogram(Struct, frozen=True, kw_only=True, tag="histogram"):
    """Counts of samples between `edges`, which grow by one factor; values of 0 are in the first bin."""

    kind: Literal["number", "seconds", "money"]
    edges: tuple[float, ...]
    passed: tuple[int, ...]
    others: tuple[int, ...]


class Chart(Struct, frozen=True, kw_only=True):
    """Numbers as a table (`header`, then rows), and what is drawn of them.

    `links` names the sample of each row after the header, as rows of the index are named. `wide`: it needs the page's
    whole width.
    """

    chart_id: str
    title: str
    table: tuple[tuple[str, ...], ...]
    drawing: Bars | Lines | Histogram | None = None
    links: tuple[str, ...] = ()
    wide: bool = False


class Column(Struct, frozen=True, kw_only=True):
    """A column of the index. `shown`: at first; the reader chooses.

    A `strip` is a text such as `7 of 20 ✓✓✓↻✓✓✓✗············`: a sign for each task of a project.
    """

    key: str
    label: str
    kind: Literal["text", "number", "seconds", "bytes", "money", "outcome", "flag", "strip"]
    shown: bool = True


class Head(Struct, frozen=True, kw_only=True):
    """All of the page but its rows. `going_on`: the run has not ended, and there will be more.

    A comparison has a `sentence` below its title, `measures` (a header, then rows) in place of scores, and `statistics`
    that are shown when asked for.

    `chunks` has the number of the first row of each chunk of details. Rows have the values of `columns`, in their
    order; the columns `instance` and `sample` are always there and name a row in links. Of a run that is followed, rows
    are only added as long as `generation` is the same; under another one they are to be read again from the first.
    """

    version: int = PAGE_VERSION
    kind: Literal["run", "comparison"]
    title: str
    subtitle: tuple[str, ...] = ()
    boxscore: str
    sentence: str = ""
    score: tuple[Fact, ...] = ()
    measures: tuple[tuple[str, ...], ...] = ()
    facts: tuple[Fact, ...] = ()
    statistics: tuple[Fact, ...] = ()
    warnings: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    columns: tuple[Column, ...]
    rows: int
    chunks: tuple[int, ...]
    provenance: tuple[Fact, ...] = ()
    commands: tuple[str, ...] = ()  # commands that run the same again
    going_on: bool = False
    generation: int = 0


class DiffLine(Struct, frozen=True, array_like=True):
    """A line of a hunk: its numbers before and after, None where it is not there, and its text without the sign.

    `flag` names what hints at a forged run there, "" if nothing does.
    """

    before: int | None
    after: int | None
    text: str
    flag: str = ""


class DiffFile(Struct, frozen=True, kw_only=True):
    """A file of a diff; `hunks` are lists of lines below their headers. `note`: binary, renamed or cut."""

    path: str
    added: int
    removed: int
    hunks: tuple[tuple[str, tuple[DiffLine, ...]], ...]
    note: str = ""


class Diff(Struct, frozen=True, kw_only=True, tag="diff"):
    """A patch, or the answers of two runs beside each other."""

    title: str
    files: tuple[DiffFile, ...]
    side: Side = None


class Step(Struct, frozen=True, kw_only=True):
    """A step of an agent. `at_s` and `took_s` are seconds from its start, None where no clock was kept."""

    number: int
    source: str
    title: str
    text: str = ""
    observation: str = ""
    at_s: float | None = None
    took_s: float | None = None
    tokens: int | None = None
    cost: float | None = None
    flags: tuple[str, ...] = ()


class Trajectory(Struct, frozen=True, kw_only=True, tag="trajectory"):
    """What an agent did, in order, `left_out` steps not listed."""

    title: str
    steps: tuple[Step, ...]
    left_out: int = 0
    side: Side = None


class TaskPicture(Struct, frozen=True, kw_only=True):
    """A picture that a browser took, in base 64."""

    kind: Literal["jpeg", "png"]
    data: str


class TaskFile(Struct, frozen=True, kw_only=True):
    """A file to be saved, in base 64; `note` says why `data` is empty. `name` has plain characters alone."""

    name: str
    size: int
    data: str = ""
    note: str = ""


class TaskShot(Struct, frozen=True, kw_only=True):
    """A picture under its title: its place among those of the section, or None and why it is not there."""

    title: str
    picture: int | None
    note: str = ""


class TaskAttempt(Struct, frozen=True, kw_only=True):
    """An attempt at a task. `failing` are the tests that did not pass, `left_out` more are not listed."""

    number: int
    outcome: str
    reason: str = ""
    wrote: str = ""
    passed: int = 0
    tests: int = 0
    failing: tuple[Case, ...] = ()
    left_out: int = 0
    log: str = ""
    cut_bytes: int = 0
    times: tuple[Fact, ...] = ()
    shots: tuple[TaskShot, ...] = ()
    files: tuple[TaskFile, ...] = ()


class ProjectTask(Struct, frozen=True, kw_only=True):
    """A task of a project: `outcome` is that of its last attempt, or `not_reached`; `mark` as in the strip of a row.

    `note` says what else became of it in a word or two.
    """

    name: str
    level: str
    outcome: str
    mark: str
    note: str = ""
    attempts: tuple[TaskAttempt, ...] = ()


class Tasks(Struct, frozen=True, kw_only=True, tag="tasks"):
    """A project as a strip of its tasks; `opened` is the one that is shown first, `headline` says how far it got."""

    title: str
    headline: str
    tasks: tuple[ProjectTask, ...]
    opened: str
    pictures: tuple[TaskPicture, ...] = ()
    note: str = ""
    side: Side = None


Section = Facts | Text | Diff | Cases | Trajectory | Tasks


class Details(Struct, frozen=True, kw_only=True):
    """What is shown when a row is opened."""

    sections: tuple[Section, ...]
