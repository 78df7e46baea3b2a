"""Rows of SWE-rebench: those of V1 are SWE-bench's with their own install recipe, those of V2 have a log parser's name.

Which one a row is follows from its fields.
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

from boxscore import InputError, Instance, kind_of, known_digests, text_field

from ..load import instance_of, record_rows
from ..row import RepositoryRow, SweRow, common_fields, published_image
from ..specs import RepoSpec
from .log_names import normalized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..live import Months

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
