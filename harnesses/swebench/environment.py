"""The environment of a Python instance: its packages, as Dockerfile instructions on a base with the right Python.

The benchmark makes environments with conda; ours have the same versions from PyPI. Of a frozen environment that is
the list under `pip:` and those of conda's own packages that are Python; libraries come with the wheels.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from boxscore import has_repository, repository_file

from .dockerfile import run

if TYPE_CHECKING:
    from .specs import RepoSpec

_EOF = "EOF_59812759871"
_FOLDER = "/tmp/environment"  # noqa: S108 - of an image that is being built
_RAW = "https://raw.githubusercontent.com"
_PIP = "python -m pip install"
SETUPTOOLS = "setuptools<70"  # newer ones cannot build packages of the years that the instances are from
_BUILDER = "pip<25.3"  # newer ones keep PIP_CONSTRAINT from what builds a package
# Of conda's packages, those built for Python or of pure Python are on PyPI too, mostly by the same name.
_OF_CONDA = re.compile(r"^  - ([A-Za-z0-9_.-]+)=([^=\s]+)=(?:py\d*h|pyh|py\d+_)", re.MULTILINE)
_NOT_ON_PYPI = {"pip", "python_abi", "python-tzdata", "numpy-base", "mkl-service", "mkl_fft", "mkl_random", "pyqt"}
_RENAMED = {"matplotlib-base": "matplotlib", "pytables": "tables"}
_NAMES = r"""sed -nE 's/^ +- +([A-Za-z0-9_.<>=!~-]+).*/\1/p' environment.yml | grep -vE '^(python|pip|conda)\b'"""
_CLEAN = r"/^ *-r/d; /^ *-e \./d; /^ *\.\[test/d; s/^types-pkg_resources.*/types-setuptools/"


def python_version(spec: RepoSpec, environment_yml: str | None) -> str:
    """The Python (X.Y) of an instance: of its frozen environment, else as its spec says."""
    found = re.search(r"^  - python=(\d+\.\d+)", environment_yml or "", re.MULTILINE)
    return found[1] if found else spec.python or "3.9"


def python_environment(repo: str, commit: str, spec: RepoSpec, *, environment_yml: str | None) -> str:
    """The instructions. `environment_yml` is the instance's frozen environment, which then is all there is to install.

    `commit` is the one whose requirements count where the spec names a file of the repository. The file is taken from
    the user's clones if they have it, and else is fetched when the image is built.
    """
    script = [f"mkdir {_FOLDER}", f"cd {_FOLDER}", f"{_PIP} -U {shlex.join((_BUILDER, SETUPTOOLS))} wheel"]
    if environment_yml is not None:
        script += _frozen(environment_yml)
    else:
        script += _asked(repo, commit, spec)
    return run(*script, "cd /", f"rm -r {_FOLDER}") + "\n"


def _frozen(yml: str) -> list[str]:
    conda, _, pip = yml.partition("- pip:")
    versions = {
        _RENAMED.get(name, name): version for name, version in _OF_CONDA.findall(conda) if name not in _NOT_ON_PYPI
    }
    exact = [line.strip().removeprefix("- ") for line in pip.splitlines() if line.strip().startswith("- ")]
    tolerant = [f"{name}=={version}" for name, version in versions.items()]
    # A package that is on conda's channels alone must not end the build: what needs it says so when it is installed.
    each = f'while read -r one; do {_PIP} --no-deps "$one" || echo "boxscore: left out $one" >&2; done'
    return [
        *(_written("conda.txt", tolerant) if tolerant else []),
        *([f"{each} < conda.txt"] if tolerant else []),
        *(_written("requirements.txt", exact) if exact else []),
        *([f"{_PIP} -r requirements.txt"] if exact else []),
    ]


def _asked(repo: str, commit: str, spec: RepoSpec) -> list[str]:
    """What the spec asks for: packages by name, or a file of the repository, and more packages after them."""
    lines = []
    if spec.packages == "requirements.txt":
        lines += [*_file(repo, commit, spec, spec.packages), f"{_PIP} -r requirements.txt"]
    elif spec.packages == "environment.yml":
        each = f'while read -r one; do {_PIP} "$one" || echo "boxscore: left out $one" >&2; done'
        lines += [*_file(repo, commit, spec, spec.packages), f"{_NAMES} | {each}"]
    elif spec.packages:
        lines.append(f"{_PIP} {shlex.join(shlex.split(spec.packages))}")
    if spec.pip_packages:
        lines.append(f"{_PIP} {shlex.join(spec.pip_packages)}")
    return lines


def _written(name: str, lines: list[str]) -> list[str]:
    return [f"cat > {name} <<'{_EOF}'", *lines, _EOF]


def _file(repo: str, commit: str, spec: RepoSpec, name: str) -> list[str]:
    if has_repository(repo):
        return _written(name, _read_here(repo, commit, spec.paths))
    tries = " || ".join(f"fetch {shlex.quote(path)}" for path in spec.paths) or "false"
    url = f"{_RAW}/{repo}/{commit}"
    # One level of `-r other.txt`, as the benchmark reads it.
    others = (
        f"sed -n 's/^ *-r *//p' {name} | while read -r one; do curl -fsSL \"{url}/$folder/$one\"; echo; done > more"
    )
    return [
        f'fetch() {{ curl -fsSL -o {name} "{url}/$1" && folder=$(dirname "$1"); }}',
        tries,
        others,
        f"cat more >> {name}",
        f"sed -i {shlex.quote(_CLEAN)} {name}",
    ]


def _read_here(repo: str, commit: str, paths: tuple[str, ...]) -> list[str]:
    found = ((path, repository_file(repo, commit, path)) for path in paths)
    path, text = next(((path, text) for path, text in found if text is not None), ("", ""))
    folder = path.rpartition("/")[0]
    more: list[str] = []
    for line in text.splitlines():
        if line.strip().startswith("-r"):
            name = line.strip()[2:].strip()
            more += (repository_file(repo, commit, f"{folder}/{name}" if folder else name) or "").splitlines()
    return [clean for line in [*more, *text.splitlines()] if (clean := _cleaned(line)) is not None]


def _cleaned(line: str) -> str | None:
    word = line.strip()
    if word.startswith(("-r", "-e .", ".[test")):
        return None
    return "types-setuptools" if word.startswith("types-pkg_resources") else line
