"""The rows of SWE-bench Pro, with the run script and the log parser that its repository has for each."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore import InputError, Instance, known_digests, text_field

from ..load import instance_of, record_rows
from ..row import RepositoryRow, test_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

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
