"""docs/formats.md names every field of every record that is written to a file, and no others."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from boxscore import Limits, Outcome, Result, Sample, Trust
from boxscore.agents.contract import Draft
from boxscore.agents.rules import Flag
from boxscore.models.contract import Answer, Usage
from boxscore.protocols.patch.task import PatchDetail
from boxscore.protocols.program.task import CaseResult, ProgramDetail
from boxscore.protocols.project.task import ProjectDetail
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.provenance import (
    GradedUnder,
    NodeRecord,
    Provenance,
    RoundScore,
    RunRecord,
    SamplingRecord,
    StoredSample,
)
from boxscore.records import Applied, CompileError, Conditions, OtherDetail, PatchFlag
from boxscore.report.build import Report
from boxscore.report.records import (
    Bracket,
    Excluded,
    Failure,
    Flagged,
    ModelScore,
    Resolved,
    Slow,
    Spread,
    Timing,
    Unresolvable,
)
from boxscore.report.several import BenchmarkScore, SeveralReport
from boxscore.run.folders import RunsRecord
from boxscore.sampling.records import Answered, Asked, Attempt, Round, Unanswered
from boxscore.score.planning import Detectable, VarianceSplit
from boxscore.score.statistics import Estimate

PAGE = (Path(__file__).parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
SECTIONS: dict[str, type[msgspec.Struct]] = {
    "results.jsonl": Result,
    "Conditions": Conditions,
    "PatchDetail": PatchDetail,
    "PatchFlag": PatchFlag,
    "ProgramDetail": ProgramDetail,
    "CaseResult": CaseResult,
    "ProjectDetail": ProjectDetail,
    "CompileError": CompileError,
    "WebDetail": WebDetail,
    "WebAttempt": WebAttempt,
    "OtherDetail": OtherDetail,
    "Applied": Applied,
    "Asked": Asked,
    "Answered": Answered,
    "Unanswered": Unanswered,
    "Answer": Answer,
    "Usage": Usage,
    "attempts.jsonl": Attempt,
    "Flag": Flag,
    "Draft": Draft,
    "rounds.jsonl": Round,
    "SamplingRecord": SamplingRecord,
    "RoundScore": RoundScore,
    "samples.jsonl": StoredSample,
    "Sample": Sample,
    "report.json": Report,
    "GradedUnder": GradedUnder,
    "ModelScore": ModelScore,
    "Estimate": Estimate,
    "Failure": Failure,
    "Flagged": Flagged,
    "Excluded": Excluded,
    "Unresolvable": Unresolvable,
    "Resolved": Resolved,
    "Bracket": Bracket,
    "Detectable": Detectable,
    "VarianceSplit": VarianceSplit,
    "Timing": Timing,
    "Spread": Spread,
    "Slow": Slow,
    "Limits": Limits,
    "runs.json": RunsRecord,
    "SeveralReport": SeveralReport,
    "BenchmarkScore": BenchmarkScore,
    "run.json": RunRecord,
    "Provenance": Provenance,
    "NodeRecord": NodeRecord,
}


def rows(heading: str) -> list[list[str]]:
    """The table rows below a heading, up to the next one, that begin with a name in code."""
    (section,) = re.findall(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_field(heading: str) -> None:
    """A record's table has its fields, in their order, and no others."""
    kind = SECTIONS[heading]
    tag = ["line"] if kind.__struct_config__.tag_field == "line" else []  # that of details is named before their tables
    fields = [*tag, *(field.encode_name for field in msgspec.structs.fields(kind))]

    assert [row[0].strip("`") for row in rows(heading)] == fields


@pytest.mark.parametrize("heading", SECTIONS)
def test_type_and_meaning(heading: str) -> None:
    """Each field has a type and a meaning, and one that is in seconds or bytes says so."""
    for name, kind, unit, meaning in rows(heading):
        assert kind
        assert meaning
        if name.endswith("_s`"):
            assert unit == "seconds"
        if name.endswith("_bytes`"):
            assert unit == "bytes"


def test_every_nested_record() -> None:
    """Records inside a report or a run have their own table."""
    schemas = msgspec.json.schema_components([Report, RunRecord, SeveralReport])[1]
    records = {name for name, schema in schemas.items() if schema.get("type") == "object"}

    assert records <= {one.__name__ for one in SECTIONS.values()}


@pytest.mark.parametrize(("heading", "words"), [("Outcomes", Outcome), ("Trust", Trust)])
def test_every_word(heading: str, words: type[Outcome | Trust]) -> None:
    """Every outcome and every level of trust is explained, in order."""
    assert [row[0].strip("`") for row in rows(heading)] == [word.value for word in words]
