"""What v4 of SWE-bench knows of repositories: how each version of each is set up and tested."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from boxscore import InputError

SPECS = "v4.1.0_repo_version_specs.json"
ENVIRONMENTS = Path("swebench/resources/swebench-og")
_FOLDER = "swebench"  # of a data folder


class RepoSpec(Struct, frozen=True, kw_only=True):
    """How one version of a repository is set up and tested. Commands are bash."""

    python: str | None = None
    packages: str | None = None
    pip_packages: tuple[str, ...] = ()
    pre_install: tuple[str, ...] = ()
    install: str | tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    eval_commands: tuple[str, ...] = ()
    test_cmd: str | tuple[str, ...] = ()
    apt_packages: tuple[str, ...] = field(name="apt-pkgs", default=())
    docker_specs: dict[str, Any] = {}
    paths: tuple[str, ...] = ()  # where the repository keeps the file that `packages` names

    def installs(self) -> tuple[str, ...]:
        return (self.install,) if isinstance(self.install, str) else self.install

    def versions(self) -> dict[str, str]:
        """The versions of programs asked for, by name such as `node_version`."""
        return {name: value for name, value in self.docker_specs.items() if isinstance(value, str)}

    def tests(self) -> tuple[str, ...]:
        return (self.test_cmd,) if isinstance(self.test_cmd, str) else self.test_cmd


class Specs(Struct, frozen=True, kw_only=True):
    """The published table: repository → version → spec, and what is told of repositories apart from it."""

    specs: dict[str, dict[str, RepoSpec]] = field(name="MAP_REPO_VERSION_TO_SPECS")
    languages: dict[str, str] = field(name="MAP_REPO_TO_EXT")
    requirements: dict[str, tuple[str, ...]] = field(name="MAP_REPO_TO_REQS_PATHS", default={})
    environments: dict[str, tuple[str, ...]] = field(name="MAP_REPO_TO_ENV_YML_PATHS", default={})

    def of(self, repo: str, version: str) -> RepoSpec | None:
        """The spec of a version, with the places of its requirements; None if the table has none."""
        spec = self.specs.get(repo, {}).get(version)
        if spec is None:
            return None
        places = {"requirements.txt": self.requirements, "environment.yml": self.environments}
        paths = places.get(spec.packages or "", {}).get(repo, ())
        return msgspec.structs.replace(spec, paths=paths)


def find_specs(data: Path) -> Path | None:
    """The file of specs: beside the data file, or in the folder `swebench` of BOXSCORE_DATA."""
    named = os.environ.get("BOXSCORE_DATA")
    folders = [data.parent, data.parent.parent, *([Path(named) / _FOLDER] if named else [])]
    return next((folder / SPECS for folder in folders if (folder / SPECS).is_file()), None)


def read_specs(path: Path) -> Specs:
    """Read the file of specs. Raises InputError if it is not one."""
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=2)
def _read(path: Path, _changed: int) -> Specs:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Specs)
    except msgspec.MsgspecError as error:
        raise InputError(f"not the specs of swebench: {error}", path=path) from error


def pinned_environment(specs: Path, instance_id: str) -> str | None:
    """The environment that was frozen for an instance, as text of an `environment.yml`, if there is one."""
    project, _, number = instance_id.rpartition("-")
    path = specs.parent / ENVIRONMENTS / project / number / "environment.yml"
    if not project or "/" in instance_id or not path.is_file():
        return None
    return path.read_text(encoding="utf-8")
