"""SWE-bench Pro: long tasks in repositories of eleven projects, each with its own run script and log parser.

Deng et al., 2025 (Scale AI). A row says which test files are written over the repository and which are run; the script
that runs them and the program that reads what they print are files of the benchmark's repository, beside the data.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

import boxscore
from boxscore import (
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
    UsageError,
    changed_paths,
    folder_within,
    known_digests,
    make_own_folder,
    replace_file,
    text_field,
)

from .dockerfile import run
from .load import instance_of, record_rows
from .patches import of_files, without_binaries
from .published import LINK_HOME, OPEN_HOME, only_published
from .report import samples_by_prefix
from .row import RepositoryRow, test_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore import GradedRun, Instance, Result, Sample

    from .patches import Section

IMAGES = "jefzda/sweap-images"
SCRIPTS = "run_scripts"
_FOLDER, _CLONE = "swe-bench-pro", "SWE-bench_Pro-os"  # of a data folder; what a clone is called
_DOCKERFILES = ("dockerfiles/base_dockerfile", "dockerfiles/instance_dockerfile")
_TEXTS = ("patch", "test_patch", "problem_statement", "requirements", "interface")
_CHECKOUT = re.compile(r"git checkout (?P<commit>[0-9a-f]{7,40}) -- (?P<files>.+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_TAG = 128


class ProRow(RepositoryRow, frozen=True, kw_only=True):
    """One instance.

    `test_files` are taken from `solution`, the commit that `before_repo_set_cmd` names. `selected` is what the run
    script gets. `exports` are the lines that set what the Dockerfiles set.
    """

    before_repo_set_cmd: str
    selected: tuple[str, ...]
    run_script: str
    parser: str
    image: str
    exports: tuple[str, ...] = ()
    requirements: str = ""
    interface: str = ""

    def checkout(self) -> tuple[str, tuple[str, ...]] | None:
        """The commit and the files of the last line of `before_repo_set_cmd`; None where that is something else."""
        lines = self.before_repo_set_cmd.strip().splitlines()
        found = _CHECKOUT.fullmatch(lines[-1].strip()) if lines else None
        return None if found is None else (found["commit"], tuple(shlex.split(found["files"])))


def load_swebench_pro(path: Path) -> Sequence[Instance]:
    """Read rows, and the scripts of each from the folder `run_scripts` that is beside them.

    Raises InputError for a row that is not as it must be, an id that is there twice, or scripts that are not found.
    """
    digests, scripts = known_digests(path), find_scripts(path)
    found: dict[str, Instance] = {}
    for line, row in record_rows(path):
        one = pro_row(row, scripts, path=path, line=line)
        if one.instance_id in found:
            raise InputError(f"duplicate instance_id {one.instance_id!r}", path=path, line=line, field="instance_id")
        one = msgspec.structs.replace(one, digest=digests.get(one.image))
        found[one.instance_id] = instance_of(one, _prompt(one))
    if not found:
        raise InputError("contains no instances", path=path)
    return list(found.values())


def find_scripts(data: Path) -> Path:
    """The folder `run_scripts`: beside the data, in a clone beside it, or the same in a data folder.

    Raises InputError where there is none.
    """
    named = os.environ.get("BOXSCORE_DATA")
    below = [data.parent, data.parent.parent, *([Path(named) / _FOLDER] if named else [])]
    places = [place / SCRIPTS for folder in below for place in (folder, folder / _CLONE)]
    found = next((place for place in places if place.is_dir()), None)
    if found is None:
        problem = f"{SCRIPTS}/ of the benchmark's repository is not beside the file; see the benchmark's page"
        raise InputError(problem, path=data)
    return found


def pro_row(row: Mapping[str, object], scripts: Path, *, path: Path, line: int) -> ProRow:
    """Read a row. Raises InputError that names the field."""
    fields = dict(row)
    name = text_field(fields, "instance_id", path=path, line=line)
    if _NAME.fullmatch(name) is None:  # it names folders
        raise InputError(f"{name[:100]!r} is no name of an instance", path=path, line=line, field="instance_id")
    repo = text_field(fields, "repo", path=path, line=line)
    selected = test_names(fields, "selected_test_files_to_run", path=path, line=line)
    if not selected:
        raise InputError("is missing or empty", path=path, line=line, field="selected_test_files_to_run")
    tag = text_field(fields, "dockerhub_tag", path=path, line=line) if fields.get("dockerhub_tag") else ""
    return ProRow(
        instance_id=name,
        repo=repo,
        base_commit=text_field(fields, "base_commit", path=path, line=line),
        fail_to_pass=_required(fields, "fail_to_pass", path=path, line=line),
        pass_to_pass=_required(fields, "pass_to_pass", path=path, line=line),
        before_repo_set_cmd=text_field(fields, "before_repo_set_cmd", path=path, line=line),
        selected=selected,
        run_script=_script(scripts, name, "run_script.sh", path=path, line=line),
        parser=_script(scripts, name, "parser.py", path=path, line=line),
        image=f"{IMAGES}:{tag or published_tag(name, repo)}",
        exports=tuple(_exports(scripts.parent, name)),
        **{field: text_field(fields, field, path=path, line=line) for field in _TEXTS if fields.get(field)},
    )


def published_tag(instance_id: str, repo: str) -> str:
    """The tag of an instance's image where a row does not tell it, by the rule of the official program."""
    owner, _, name = repo.lower().partition("/")
    rest = instance_id.replace("instance_", "")
    if (owner, name) == ("element-hq", "element-web") and not rest.endswith(
        "ec0f940ef0e8e3b61078f145f34dc40d1938e6c5-vnan"
    ):
        name = "element"
    if name != "element-web":
        rest = rest.removesuffix("-vnan")
    return f"{owner}.{name}-{rest}"[:_MAX_TAG]


def _required(row: dict[str, object], field: str, *, path: Path, line: int) -> tuple[str, ...]:
    """Names of tests, in lower case as the data set has the field, or in upper case as SWE-bench has."""
    return test_names(row, field if field in row else field.upper(), path=path, line=line)


def _script(scripts: Path, instance_id: str, name: str, *, path: Path, line: int) -> str:
    place = scripts / instance_id / name
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{place} cannot be read: {error}", path=path, line=line, field="instance_id") from error


def _exports(repository: Path, instance_id: str) -> Iterator[str]:
    """What the Dockerfiles set, as lines of bash. Without them the image's own settings hold, which are the same."""
    for kind in _DOCKERFILES:
        place = repository / kind / instance_id / "Dockerfile"
        if place.is_file():
            for line in place.read_text(encoding="utf-8", errors="replace").split("\n"):
                if line.strip().startswith("ENV"):
                    yield line.strip().replace("ENV", "export", 1)


def _prompt(row: ProRow) -> str:
    added = (("Requirements", row.requirements), ("New interfaces introduced", row.interface))
    return "\n\n".join((row.problem_statement, *(f"{title}:\n{text}" for title, text in added if text)))


# From a row of SWE-bench Pro to the task of the patch protocol.

TREE = "/app"
RULE = ResolutionRule(reads_exit_code=False)  # every required test PASSED; what is skipped or missing did not pass
# Room for a whole tree with its packages: `node_modules` cannot be a link to the instance's, since packages of the
# repository itself are links in it, which would lead to code without the patch.
LIMITS = Limits(
    cpu_s=4 * 3600.0,
    wall_s=3600.0,
    memory_bytes=16 << 30,
    processes=2048,
    disk_bytes=8 << 30,
    output_bytes=16 << 20,
)
RUN_SCRIPT = "/workspace/run_script.sh"
_FIXTURES = "/workspace/fixtures"


def swebench_pro_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded.

    Raises UsageError where its test files do not follow from the row, or the digest of its image is not known.
    """
    row = msgspec.convert(instance.row, ProRow)
    return make_task(row, pinned=only_published(row.image, row.digest, "SWE-bench Pro"))


def make_task(row: ProRow, *, pinned: str) -> PatchTask:
    """Say how a row is graded in an image by digest. Raises UsageError where its test files do not follow from it."""
    checkout = row.checkout()
    if checkout is None:
        raise UsageError(f"{row.instance_id}: before_repo_set_cmd does not end with a checkout of test files")
    solution, files = checkout
    # What the checkout takes from the solution is in the patch of the tests, or in the reference's.
    restored = [*of_files(row.test_patch, files), *of_files(row.patch, files)]
    fixtures = [one.after for one in restored if one.binary]
    return PatchTask(
        image=_image(row, pinned, solution, fixtures),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=("\n".join(_commands(row, fixtures)),),
        log_program=LogProgram(files=(("parser.py", row.parser),)),
        test_patch=_text(restored),
        rule=RULE,
        allowed=tuple(path for path in changed_paths(row.patch) if path not in files),
        reference=without_binaries(row.patch) or None,
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )


def _text(restored: list[Section]) -> str:
    """One patch of the test files that are text, each file once."""
    return "".join({one.after: one.text for one in reversed(restored) if not one.binary}.values())


def _commands(row: ProRow, fixtures: list[str]) -> tuple[str, ...]:
    # As the official program writes it: the names are not quoted.
    run_tests = f"bash {RUN_SCRIPT} {','.join(row.selected)}"
    copied = (f"cp -r {_FIXTURES}/. {TREE}/",) if fixtures else ()
    return (LINK_HOME, *row.exports, *copied, f"cd {TREE}", run_tests)


def _image(row: ProRow, pinned: str, solution: str, fixtures: list[str]) -> InstanceImage:
    steps = [f"git -C {TREE} reset -q --hard {row.base_commit}", f"git -C {TREE} checkout -q {row.base_commit}"]
    steps += [_fixture(solution, path) for path in fixtures]
    steps.append(OPEN_HOME)
    return InstanceImage(
        name=row.instance_id,
        tree=TREE,
        pinned=pinned,
        instance=f"COPY run_script.sh {RUN_SCRIPT}\n{run(*steps)}\n",
        files=(("run_script.sh", row.run_script.encode()),),
    )


def _fixture(solution: str, path: str) -> str:
    """Keep a binary file of the tests, which no patch in text can bring, before the history goes."""
    place, source = shlex.quote(f"{_FIXTURES}/{path}"), shlex.quote(f"{solution}:{path}")
    return f"mkdir -p $(dirname {place}) && git -C {TREE} show {source} > {place}"


# SWE-bench Pro's own files of a run: `eval_results.json`, and each instance's outputs where they are asked for.
#
# The official program reads them again: an output that is there is not made anew, and gives the same verdict. What was
# not graded for no fault of the patch stands in none of them; the official program would call it false.

RESULTS = "eval_results.json"
_MISSING = "MISSING"


def write_outputs(run: GradedRun) -> list[Path]:
    """Write a file of results for each prefix, and each instance's files below the folder for them.

    The first sample of an instance with a prefix is what the official program knows; further ones are numbered.
    Raises StoreError.
    """
    results = {(result.instance_id, result.sample_id): result for result in run.results}
    folder = run.files or run.folder
    groups = samples_by_prefix(run.samples)
    written = []
    try:
        if run.files is not None:
            make_own_folder(folder)
        for prefix, samples in groups.items():
            graded = [(sample, results[key]) for sample in samples if (key := _key(sample)) in results]
            verdicts = {
                sample.instance_id: result.outcome is Outcome.PASSED
                for sample, result in graded
                if result.outcome is not Outcome.INTERNAL
            }
            path = folder / (RESULTS if len(groups) == 1 else f"{prefix}_{RESULTS}")
            replace_file(path, json.dumps(verdicts).encode())
            written.append(path)
            if run.files is not None:
                for sample, result in graded:
                    _write_instance(folder_within(folder, sample.instance_id), prefix, sample, result, run)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot write: {error.strerror or error}") from error
    return written


def _key(sample: Sample) -> tuple[str, str]:
    return sample.instance_id, sample.sample_id


def _write_instance(place: Path, prefix: str, sample: Sample, result: Result, run: GradedRun) -> None:
    task = run.tasks.get(sample.instance_id)
    _write(place / f"{prefix}_patch.diff", sample.text)
    _write(place / f"{prefix}_stdout.log", run.printed(result))
    _write(place / f"{prefix}_stderr.log", "")
    if isinstance(task, PatchTask):
        _write(place / f"{prefix}_entryscript.sh", "\n".join(("#!/bin/bash", *task.commands, "")))
    output = place / f"{prefix}_output.json"
    output.unlink(missing_ok=True)
    if result.outcome is not Outcome.INTERNAL:
        _write(output, json.dumps({"tests": _tests(result)}))


def _tests(result: Result) -> list[dict[str, str]]:
    """Required tests with their statuses; none where they say more than the verdict does."""
    detail = PatchDetail.of(result)
    if detail is None:
        return []
    tests = [{"name": name, "status": status} for name, status in detail.tests.items() if status != _MISSING]
    claimed = len(tests) == len(detail.tests) and all(one["status"] == "PASSED" for one in tests)
    return [] if claimed and result.outcome is not Outcome.PASSED else tests


def _write(path: Path, text: str) -> None:
    replace_file(path, text.encode(errors="replace"), sync=None)


__all__ = ["SweBenchPro", "load_swebench_pro", "swebench_pro_task"]


class SweBenchPro(boxscore.PatchHarness):
    name = "swe-bench-pro"
    title = "SWE-bench Pro: 731 long tasks in 11 repositories"
    trust = boxscore.Trust.CLAIM
    source = boxscore.DataSource(
        path="swe-bench-pro/test.parquet",
        hub=(
            "ScaleAI/SWE-bench_Pro",
            "7ab5114912baf22bb098818e604c02fe7ad2c11f",
            "data/test-00000-of-00001.parquet",
        ),
    )

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swebench_pro(path)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A patch without its binary files, as the official program takes it; a chat answer is searched for one."""
        patch = super().extract(instance, sample)
        return None if patch is None else without_binaries(patch) or None

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swebench_pro_task(instance)

    def published_image(self, instance: boxscore.Instance) -> str | None:
        return str(instance.row["image"])

    def check_files(self, folder: Path, run_id: str) -> None:
        del run_id
        boxscore.check_own_folder(folder)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        return write_outputs(run)
