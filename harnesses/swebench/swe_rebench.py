"""SWE-rebench: issues of many repositories, gathered anew each month, each with its own install recipe.

Badertdinov et al., 2025 and 2026 (Nebius). Rows of V1 are Python and graded as SWE-bench's, those of V2 are in twenty
languages and have commands and a log parser of their own.
"""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import boxscore
from boxscore import (
    ApplyStrategy,
    InputError,
    Instance,
    InstanceImage,
    Limits,
    LogProgram,
    Outcome,
    PatchDetail,
    PatchTask,
    ResolutionRule,
    StoreError,
    changed_paths,
    kind_of,
    known_digests,
    replace_file,
    text_field,
)

from .dockerfile import run
from .live import Months
from .load import instance_of, record_rows
from .published import LINK_HOME, OPEN_HOME, only_published
from .report import check_logs, reports_of, samples_by_prefix
from .row import RepositoryRow, SweRow, common_fields, published_image
from .rules import APPLY_STRATEGIES
from .specs import RepoSpec
from .task import swebench_task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore import GradedRun, Instance, Result


_TIMES = (
    r"(?i:\s*\[\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\]\s*$)",
    r"(?i:\s+in\s+\d+(?:\.\d+)?\s+(?:msec|sec)\b)",
    r"(?i:\s*\(\s*\d+(?:\.\d+)?\s*(?:ms|s)\s*\)\s*$)",
)

# Runs in a box of its own, beside V2's log parsers. As the official program does, it looks for a parser by its name, or
# for a function of that name, and gives it standard output and error, one after the other.
PROGRAM = f"""
import json
import re
import sys
from pathlib import Path

TIMES = {_TIMES!r}


def normalized(name):
    for pattern in TIMES:
        name = re.sub(pattern, "", name)
    return name.strip()


def main(stdout, stderr, output):
    here = Path(__file__).parent
    sys.path[:0] = [str(here / "lib"), str(here)]
    from agent import log_parsers

    parser = log_parsers.NAME_TO_PARSER.get(PARSER) or getattr(log_parsers, PARSER)
    log = Path(stdout).read_text() + Path(stderr).read_text()
    statuses = {{normalized(name): status for name, status in parser(log).items()}}
    tests = [{{"name": name, "status": str(getattr(status, "value", status))}} for name, status in statuses.items()]
    Path(output).write_text(json.dumps({{"tests": tests}}))


main(*sys.argv[1:])
""".lstrip()


def normalized(name: str) -> str:
    for pattern in _TIMES:
        name = re.sub(pattern, "", name)
    return name.strip()


def program(parser: str) -> str:
    return f"PARSER = {parser!r}\n{PROGRAM}"


# Rows of SWE-rebench: those of V1 are SWE-bench's with their own install recipe, those of V2 have a log parser's name.
#
# Which one a row is follows from its fields.

NAMESPACE = "swerebench"
PARSERS = ("lib/agent/log_parsers.py", "lib/agent/swe_constants.py")
# V1's program is made of SWE-bench 4, whose parsers read some logs otherwise than those of the same names in 5.
V1_PARSERS = {
    "parse_log_pytest": "pytest",
    "parse_log_pytest_options": "pytest-options",
    "parse_log_pytest_v2": "pytest-v2-v4",
}
_FOLDER, _CLONE = "swe-rebench", "SWE-rebench-V2"  # of a data folder; what a clone is called
_TEXTS = ("patch", "test_patch", "problem_statement", "hints_text", "version", "environment_setup_commit")
_ENVIRONMENT = ("docker_image", "requirements", "environment")
_V2_TEXTS = ("patch", "test_patch", "problem_statement", "interface")
_LISTS = {"reqs_path": "requirements.txt", "env_yml_path": "environment.yml"}
_MONTH = re.compile(r"\d{4}-\d{2}")


class V2Row(RepositoryRow, frozen=True, kw_only=True):
    """One instance of V2. Commands are bash, in the published image; `parsers` are the files of its log parsers."""

    test_cmds: tuple[str, ...]
    log_parser: str
    parsers: tuple[tuple[str, str], ...]
    image: str
    interface: str = ""


def load_swe_rebench(path: Path, window: Months | None = None) -> Sequence[Instance]:
    """Read rows of V1 or V2, of a window of months or all.

    Raises InputError for a row that is not as it must be, an id that is there twice, one without a date where months
    are asked for, or a window without any row.
    """
    digests = known_digests(path)
    found: dict[str, Instance] = {}
    for line, row in record_rows(path):
        config = _config(row, path=path, line=line)
        one = v2_row(row, config, path=path, line=line) if _is_v2(row, config) else v1_row(row, config, path, line)
        if one.instance_id in found:
            raise InputError(f"duplicate instance_id {one.instance_id!r}", path=path, line=line, field="instance_id")
        if window is None or window.holds(_created_at(row, path=path, line=line)):
            known = msgspec.structs.replace(one, digest=digests.get(one.image))
            found[one.instance_id] = instance_of(known, None if isinstance(known, SweRow) else _prompt(known))
    if not found:
        raise InputError(f"no instances in {window}" if window else "contains no instances", path=path)
    return list(found.values())


def v1_row(row: dict[str, object], config: dict[str, object], path: Path, line: int) -> SweRow:
    """Read a row of V1 as SWE-bench's, whose spec is its own. Raises InputError that names the field."""
    name = text_field(row, "instance_id", path=path, line=line)
    texts = {field: _optional(row, field, path=path, line=line) for field in (*_TEXTS, *_ENVIRONMENT)}
    image, requirements, environment = (texts.pop(field) for field in _ENVIRONMENT)
    image = image or published_image(name, namespace=NAMESPACE)
    parser = config.get("log_parser")
    if not isinstance(parser, str) or parser not in V1_PARSERS:
        raise InputError(f"there is no log parser {parser!r}", path=path, line=line, field="install_config.log_parser")
    fields = {
        **texts,
        **common_fields(row, name, path=path, line=line),
        "created_at": str(row.get("created_at") or ""),
        "image": _tagged(image),
        "log_parser": V1_PARSERS[parser],
        "spec": _spec(config, path=path, line=line),
        "requirements": requirements or environment.replace("- ", "") or None,
    }
    return msgspec.convert(fields, SweRow)


def v2_row(row: dict[str, object], config: dict[str, object], *, path: Path, line: int) -> V2Row:
    """Read a row of V2. Raises InputError that names the field."""
    name = text_field(row, "instance_id", path=path, line=line)
    commands = config.get("test_cmd")
    commands = [commands] if isinstance(commands, str) else commands
    if not isinstance(commands, list) or not all(isinstance(one, str) for one in commands) or not any(commands):
        raise InputError("must be commands", path=path, line=line, field="install_config.test_cmd")
    parser = config.get("log_parser")
    if not isinstance(parser, str) or not parser.isidentifier():
        raise InputError("must be a name", path=path, line=line, field="install_config.log_parser")
    common = common_fields(row, name, path=path, line=line)
    repo = str(common["repo"])
    if re.fullmatch(r"[\w.-]+/\w[\w.-]*", repo) is None:  # it names a folder of the image
        raise InputError(f"{repo[:100]!r} is no repository", path=path, line=line, field="repo")
    fields = {
        **common,
        # Names of tests may have times in them, which differ from run to run.
        "fail_to_pass": tuple(dict.fromkeys(map(normalized, common["fail_to_pass"]))),  # type: ignore[call-overload]
        "pass_to_pass": tuple(dict.fromkeys(map(normalized, common["pass_to_pass"]))),  # type: ignore[call-overload]
        **{field: _optional(row, field, path=path, line=line) for field in _V2_TEXTS},
        "test_cmds": tuple(one for one in commands if one.strip()),
        "log_parser": parser,
        "parsers": find_parsers(path),
        "image": _tagged(text_field(row, "image_name", path=path, line=line)),
    }
    return msgspec.convert(fields, V2Row)


def find_parsers(data: Path) -> tuple[tuple[str, str], ...]:
    """V2's log parsers, with the words that they use: files of its repository, beside the data or in a data folder.

    Raises InputError where they are not there.
    """
    named = os.environ.get("BOXSCORE_DATA")
    below = [data.parent, data.parent.parent, *([Path(named) / _FOLDER] if named else [])]
    places = [place for folder in below for place in (folder, folder / _CLONE)]
    found = next((place for place in places if all((place / name).is_file() for name in PARSERS)), None)
    if found is None:
        problem = f"{PARSERS[0]} of SWE-rebench-V2's repository is not beside the file; see the benchmark's page"
        raise InputError(problem, path=data)
    try:
        return tuple((name, (found / name).read_text(encoding="utf-8")) for name in PARSERS)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=found / PARSERS[0]) from error


def _is_v2(row: dict[str, object], config: dict[str, object]) -> bool:
    """V1 may name its image so as well, or have the column without a value; only V1 brings its packages."""
    brings_packages = any(row.get(name) for name in ("requirements", "environment", "docker_image"))
    return "base_image_name" in config or ("image_name" in row and not brings_packages)


def _config(row: dict[str, object], *, path: Path, line: int) -> dict[str, object]:
    """The install recipe of a row: an object, or JSON in a string."""
    value = row.get("install_config")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            value = None
    if not isinstance(value, dict):
        problem = f"must be an object, not {kind_of(row.get('install_config'))}"
        raise InputError(problem, path=path, line=line, field="install_config")
    return value


def _spec(config: dict[str, object], *, path: Path, line: int) -> RepoSpec:
    fields = {name: value for name, value in config.items() if value is not None and name in RepoSpec.__struct_fields__}
    fields["paths"] = next((config[name] for name in _LISTS if config.get(name)), [])
    try:
        spec = msgspec.convert(fields, RepoSpec)
    except msgspec.ValidationError as error:
        raise InputError(str(error), path=path, line=line, field="install_config") from error
    if not any(spec.tests()):
        raise InputError("is missing or empty", path=path, line=line, field="install_config.test_cmd")
    return spec


def _created_at(row: dict[str, object], *, path: Path, line: int) -> str:
    value = row.get("created_at")
    if isinstance(value, int):  # milliseconds, as pandas writes them
        with suppress(ValueError, OverflowError, OSError):  # a number that is no time of ours
            value = datetime.fromtimestamp(value / 1000, UTC)
    value = str(value or "")
    if _MONTH.match(value) is None:
        raise InputError("has no date to choose months by", path=path, line=line, field="created_at")
    return value


def _optional(row: dict[str, object], field: str, *, path: Path, line: int) -> str:
    return "" if row.get(field) is None else text_field(row, field, path=path, line=line)


def _tagged(image: str) -> str:
    return image if ":" in image.rpartition("/")[2] else f"{image}:latest"


def _prompt(row: V2Row) -> str:
    return row.problem_statement + (f"\n\nInterface:\n{row.interface}" if row.interface else "")


# From a row of SWE-rebench to the task of the patch protocol.

# Every required test PASSED and no other: the official program compares the lists.
V2 = ResolutionRule(no_others=True, reads_exit_code=False)
# Room for a whole tree with its packages, `node_modules` too: see SWE-bench Pro's.
LIMITS = Limits(
    cpu_s=4 * 1800.0,
    wall_s=1800.0,
    memory_bytes=16 << 30,
    processes=2048,
    disk_bytes=8 << 30,
    output_bytes=16 << 20,
)
STRATEGIES = {
    **APPLY_STRATEGIES,
    "swe-rebench-v2": ApplyStrategy(
        steps=(("git", "apply", "-v", "--3way", "--recount", "--ignore-space-change", "--whitespace=nowarn"),),
        ends_last_line=False,
    ),
}


def swe_rebench_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded: one of V1 as SWE-bench's, one of V2 by its own commands and parser.

    Raises UsageError where the digest of an image of V2 is not known.
    """
    if "parsers" not in instance.row:
        return swebench_task(instance)
    row = msgspec.convert(instance.row, V2Row)
    return PatchTask(
        image=_image(row),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=("\n".join((LINK_HOME, "set -e", *row.test_cmds)),),
        log_program=log_program(row.log_parser, row.parsers),
        test_patch=row.test_patch,
        rule=V2,
        allowed=changed_paths(row.patch),
        env=(("_JAVA_OPTIONS", "-Djava.net.preferIPv6Addresses=false"),),
        reference=row.patch or None,
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )


def log_program(parser: str, parsers: tuple[tuple[str, str], ...]) -> LogProgram:
    packages = (("lib/__init__.py", ""), ("lib/agent/__init__.py", ""))
    return LogProgram(files=(("read_log.py", program(parser)), *packages, *parsers))


def _image(row: V2Row) -> InstanceImage:
    return InstanceImage(
        name=row.instance_id,
        tree=f"/{row.repo.partition('/')[2]}",
        pinned=only_published(row.image, row.digest, "SWE-rebench V2"),
        instance=f"{run(OPEN_HOME)}\n",
    )


# SWE-rebench V2's own report of a run, `eval_report.json`, beside SWE-bench's.

REPORT = "eval_report.json"
_PASSED = "PASSED"


def write_eval_reports(run: GradedRun) -> list[Path]:
    """Write a report for the graded instances of V2 of each model; none where there are none. Raises StoreError."""
    tasks = {
        name: task for name, task in run.tasks.items() if isinstance(task, PatchTask) and task.log_program is not None
    }
    results = {(result.instance_id, result.sample_id): result for result in run.results}
    groups = samples_by_prefix(sample for sample in run.samples if sample.instance_id in tasks)
    written = []
    for prefix, samples in groups.items():
        graded = [results[key] for one in samples if (key := (one.instance_id, one.sample_id)) in results]
        items = [report_item(result, tasks[result.instance_id]) for result in graded]
        all_ok = all(item["passed_match"] for item in items)
        report = {"max_workers": None, "total": len(items), "all_ok": all_ok, "items": items}
        path = run.folder / (REPORT if len(groups) == 1 else f"{prefix}_{REPORT}")
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(report, ensure_ascii=False, indent=2).encode())
        except OSError as error:
            raise StoreError(f"{error.filename or path}: cannot write: {error.strerror or error}") from error
        written.append(path)
    return written


def report_item(result: Result, task: PatchTask) -> dict[str, object]:
    """What the official program says of an instance. Its exit code is not kept; what was not run has an `error`."""
    detail = PatchDetail.of(result)
    known = {} if detail is None or result.outcome is Outcome.TAMPERED else detail.tests
    passed = {name for name, status in known.items() if status == _PASSED}
    not_run = result.outcome in {Outcome.INTERNAL, Outcome.NO_CODE}
    return {
        "instance_id": result.instance_id,
        "from_fail_to_pass": sorted(passed.intersection(task.fail_to_pass)),
        "failed_from_pass_to_pass": sorted(set(task.pass_to_pass) - passed),
        "passed_match": result.outcome is Outcome.PASSED,
        "exit_code": None,
        "log_path": None,
        "error": (result.reason or str(result.outcome)) if not_run else "",
    }


__all__ = ["SWE_REBENCH", "SWE_REBENCH_V2", "SweRebench", "load_swe_rebench", "swe_rebench_task"]


class SweRebench(boxscore.PatchHarness):
    apply_strategies = STRATEGIES

    def __init__(self, name: str, title: str, path: str, trust: boxscore.Trust, months: str | None = None) -> None:
        self.trust = trust
        self._window = None if months is None else Months.of(months)
        self._whole = name, title, path, trust
        self.name = name if self._window is None else f"{name}@{self._window}"
        self.title = title if self._window is None else f"{title}, of {self._window}"
        self.source = boxscore.DataSource(path=path)

    def narrowed(self, months: str) -> SweRebench:
        """The harness of a window of months: `2025-06..2025-08`, `2025-06..`, `..2025-08` or `2025-06`."""
        return SweRebench(*self._whole, months)

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swe_rebench(path, self._window)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swe_rebench_task(instance)

    def published_image(self, instance: boxscore.Instance) -> str | None:
        return str(instance.row["image"])

    def check_files(self, folder: Path, run_id: str) -> None:
        check_logs(folder, run_id)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        return [*reports_of(run), *write_eval_reports(run)]


SWE_REBENCH = SweRebench(
    "swe-rebench",
    "SWE-rebench: issues of Python repositories, month by month",
    "swe-rebench/test.parquet",
    boxscore.Trust.WATCHED,
)
SWE_REBENCH_V2 = SweRebench(
    "swe-rebench-v2",
    "SWE-rebench V2: issues in 20 languages",
    "swe-rebench/v2.parquet",
    boxscore.Trust.WATCHED,
)
