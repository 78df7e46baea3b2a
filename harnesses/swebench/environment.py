"""The environment of a Python instance: its packages, as Dockerfile instructions on a base with the right Python.

The benchmark makes environments with conda; ours have the same versions from PyPI. Of a frozen environment that is
the list under `pip:` and those of conda's own packages that are Python; libraries come with the wheels. Without one,
what is asked for is resolved as of the day of the instance (see `images/tree/install-as-of`).
"""

from __future__ import annotations

import re
import shlex
from datetime import date, timedelta
from typing import TYPE_CHECKING

from boxscore import has_repository, repository_file

from .dockerfile import run

if TYPE_CHECKING:
    from .specs import RepoSpec

# What packages of conda are called on PyPI. Equal names say nothing: `iris` of PyPI is a stranger's package, conda's is
# its `scitools-iris`. So what is not in this table is not installed, and is named in the build's log. Neither is what
# needs a library that PyPI lacks: `cfgrib` raises where it is imported without ecCodes, and with it files of tests.
_SAME = """
accessible-pygments affine aiobotocore aiohappyeyeballs aiohttp aioitertools aiosignal alabaster appdirs asciitree
asttokens async-timeout attrs backports.zoneinfo beautifulsoup4 black bleach bokeh boto3 botocore bottleneck
cached-property cairocffi cartopy certifi cf-units cffi cfgv cftime charset-normalizer click click-plugins
cligj cloudpickle colorama colorspacious comm contourpy coverage cycler cython cytoolz dask dask-expr debugpy
decorator defusedxml distlib distributed docopt-ng docutils entrypoints exceptiongroup execnet executing fasteners
filelock findlibs flake8 flake8-docstrings flexcache flexparser flox fonttools frozenlist fsspec future h2 h5netcdf
h5py hpack hyperframe hypothesis identify idna imagesize importlib-metadata importlib-resources iniconfig ipykernel
ipython ipywidgets jedi jinja2 jmespath joblib jsonschema jsonschema-specifications jupyter-client jupyter-core
jupyterlab-pygments jupyterlab-widgets kiwisolver lazy-object-proxy llvmlite locket lxml lz4 markupsafe matplotlib
mccabe mistune more-itertools mpmath multidict munkres mypy-extensions nbclient nbconvert nbformat nc-time-axis
nest-asyncio netcdf4 nodeenv numba numbagg numcodecs numexpr numpy numpy-groupies numpydoc olefile packaging pandas
pandocfilters parso partd pathspec patsy pexpect pickleshare pillow pint pkgutil-resolve-name platformdirs pluggy ply
pooch pre-commit prompt-toolkit propcache pseudonetcdf psutil ptyprocess pure-eval py pyarrow pyarrow-hotfix pybind11
pycairo pycodestyle pycparser pydap pydata-sphinx-theme pydocstyle pyflakes pygments pyparsing pyproj pyshp pysocks
pytest pytest-cov pytest-env pytest-rerunfailures pytest-timeout pytest-xdist python-dateutil pytz pyyaml pyzmq
rasterio referencing requests roman-numerals-py rpds-py s3transfer scipy seaborn setuptools setuptools-scm shapely six
snowballstemmer snuggs sortedcontainers soupsieve sparse sphinx sphinx-copybutton sphinx-design sphinx-gallery
sphinxcontrib-applehelp sphinxcontrib-devhelp sphinxcontrib-htmlhelp sphinxcontrib-jsmath sphinxcontrib-qthelp
sphinxcontrib-serializinghtml stack-data statsmodels tabulate tblib threadpoolctl tinycss2 toml tomli toolz tornado
traitlets typing-extensions ukkonen unicodedata2 urllib3 virtualenv wcwidth webencodings webob wheel
widgetsnbextension wrapt wxpython xyzservices yarl zarr zict zipp zstandard
"""
_OTHER = {
    "antlr-python-runtime": "antlr4-python3-runtime",
    "brotli-python": "brotli",
    "iris": "scitools-iris",
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "nbconvert-core": "nbconvert",
    "pyarrow-core": "pyarrow",
    "pygobject": "pygobject",
    "pytables": "tables",
    "python-fastjsonschema": "fastjsonschema",
    "python-xxhash": "xxhash",
    "seaborn-base": "seaborn",
}
PYPI_NAMES = {**{name: name for name in _SAME.split()}, **_OTHER}
# What is no package of its own, or comes otherwise; that it is left out is not worth a word.
_SILENT = {"pip", "python", "python-abi", "python-tzdata", "numpy-base", "mkl-service", "mkl-fft", "mkl-random"}


def pypi_name(name: str) -> str | None:
    """What a package of conda is called on PyPI; None if that is not known."""
    return PYPI_NAMES.get(_plain(name))


def is_silent(name: str) -> bool:
    """Whether nobody misses a package of conda that is left out."""
    return _plain(name) in _SILENT


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


_EOF = "EOF_59812759871"
_FOLDER = "/tmp/environment"  # noqa: S108 - of an image that is being built
_RAW = "https://raw.githubusercontent.com"
SETUPTOOLS = "setuptools<70"  # newer ones cannot build packages of the years that the instances are from
_BUILDER = "pip<25.3"  # newer ones keep PIP_CONSTRAINT from what builds a package
INSTALL = "/usr/local/lib/boxscore/install-as-of"
TODAY = "-"
_OF_CONDA = re.compile(r"^  - ([A-Za-z0-9_.-]+)=([^=\s]+)=(\S+)", re.MULTILINE)
_BUILT_FOR_PYTHON = re.compile(r"(?:^|_)py(?:h|\d)")
# Nearly nothing was made for a Python on the day of its release.
_IN_USE = timedelta(days=365)
_RELEASED = {
    "3.5": date(2015, 9, 13),
    "3.6": date(2016, 12, 23),
    "3.7": date(2018, 6, 27),
    "3.8": date(2019, 10, 14),
    "3.9": date(2020, 10, 5),
    "3.10": date(2021, 10, 4),
    "3.11": date(2022, 10, 24),
    "3.12": date(2023, 10, 2),
    "3.13": date(2024, 10, 7),
    "3.14": date(2025, 10, 7),
}
_ASKED_OF_CONDA = r"sed -nE '/^dependencies:/,$ s/^ +- +([A-Za-z0-9_.<>=!~-]+).*/\1/p' environment.yml"
# A line of packages.txt for each package whose name on PyPI is known; conda's `=1.2` is every 1.2 there.
_TRANSLATE = r"""while read -r one; do
  name=$(printf %s "${one%%[<>=!~]*}" | tr '[:upper:]_' '[:lower:]-'); rest=${one#"${one%%[<>=!~]*}"}
  case $name in python|pip) continue ;; esac
  known=$(sed -n "s/^$name //p" names.txt)
  case $rest in =[0-9]*) rest="=$rest.*" ;; esac
  if [ -n "$known" ]; then echo "$known$rest" >> packages.txt
  else echo "boxscore: left out $one: what it is called on PyPI is not known" >&2; fi
done"""
_CLEAN = r"/^ *-r/d; /^ *-e \./d; /^ *\.\[test/d; s/^types-pkg_resources.*/types-setuptools/"


def python_version(spec: RepoSpec, environment_yml: str | None) -> str:
    """The Python (X.Y) of an instance: of its frozen environment, else as its spec says."""
    found = re.search(r"^  - python=(\d+\.\d+)", environment_yml or "", re.MULTILINE)
    return found[1] if found else spec.python or "3.9"


def as_of(created_at: str, python: str, environment_yml: str | None) -> str:
    """The day as of which packages are resolved, such as `2021-11-01`; `-` for today.

    It is the first day of the month after an instance was made, so that instances can share environments, but one on
    which its Python was in use. What was frozen has its versions already, and a record without a date has no day.
    """
    try:
        made = date.fromisoformat(created_at[:10])
    except ValueError:
        return TODAY
    if environment_yml is not None:
        return TODAY
    following = (made.replace(day=1) + timedelta(days=31)).replace(day=1)
    released = _RELEASED.get(python)
    return max(following, released + _IN_USE if released else following).isoformat()


def python_environment(  # noqa: PLR0913 - options, by keyword
    repo: str,
    commit: str,
    spec: RepoSpec,
    *,
    environment_yml: str | None,
    requirements: str | None = None,
    day: str = TODAY,
) -> str:
    """The instructions. `environment_yml` is the instance's frozen environment, which then is all there is to install.

    So are `requirements`, a list as pip prints it of the environment with the repository's own package in it.
    `commit` is the one whose requirements count where the spec names a file of the repository. The file is taken from
    the user's clones if they have it, and else is fetched when the image is built. What the spec asks of the system
    comes first.
    """
    system = system_steps(spec)
    script = [f"mkdir {_FOLDER}", f"cd {_FOLDER}", f"{INSTALL} {day} -U {shlex.join((_BUILDER, SETUPTOOLS))} wheel"]
    if environment_yml is not None:
        script += _frozen(environment_yml)
    elif requirements is not None:
        script += _listed(requirements)
    else:
        script += _asked(repo, commit, spec, day)
    return (run(*system) + "\n" if system else "") + run(*script, "cd /", f"rm -r {_FOLDER}") + "\n"


def _frozen(yml: str) -> list[str]:
    conda, _, pip = yml.partition("- pip:")
    found = {name: version for name, version, build in _OF_CONDA.findall(conda) if _is_python(name, build)}
    tolerant = [f"{known}=={version}" for name, version in found.items() if (known := pypi_name(name)) is not None]
    unknown = [name for name in found if pypi_name(name) is None]
    exact = [line.strip().removeprefix("- ") for line in pip.splitlines() if line.strip().startswith("- ")]
    # A version that is on conda's channels alone must not end the build: what needs it says so when it is installed.
    return [
        *(f"echo 'boxscore: left out {name}: what it is called on PyPI is not known' >&2" for name in unknown),
        *(_written("conda.txt", tolerant) if tolerant else []),
        *([f"{INSTALL} {TODAY} --each --no-deps -r conda.txt"] if tolerant else []),
        *(_written("requirements.txt", exact) if exact else []),
        *([f"{INSTALL} {TODAY} --no-deps -r requirements.txt"] if exact else []),
    ]


def _is_python(name: str, build: str) -> bool:
    return not is_silent(name) and (pypi_name(name) is not None or _BUILT_FOR_PYTHON.search(build) is not None)


def _listed(requirements: str) -> list[str]:
    """What pip lists, in those versions. What is not on PyPI, such as the repository's own package, is left out."""
    lines = [line.strip() for line in requirements.splitlines()]
    exact = [line for line in lines if re.fullmatch(r"[A-Za-z0-9][\w.-]*==[^\s;]+", line)]
    install = f"{INSTALL} {TODAY} --each --no-deps -r requirements.txt"
    return [*_written("requirements.txt", exact), install] if exact else []


def _asked(repo: str, commit: str, spec: RepoSpec, day: str) -> list[str]:
    """What the spec asks for: packages by name, or a file of the repository, and more packages after them."""
    lines, optional = [], []
    if spec.packages == "requirements.txt":
        lines += [*_file(repo, commit, spec, spec.packages), f"{INSTALL} {day} -r requirements.txt"]
    elif spec.packages == "environment.yml":
        lines += [*_file(repo, commit, spec, spec.packages), *_written("names.txt", _names()), "touch packages.txt"]
        lines.append(f"{_ASKED_OF_CONDA} | {_TRANSLATE}")
        optional.append(f"{INSTALL} {day} --each -r packages.txt")
    elif spec.packages:
        lines.append(f"{INSTALL} {day} {shlex.join(shlex.split(spec.packages))}")
    if spec.pip_packages:
        lines.append(f"{INSTALL} {day} {shlex.join(spec.pip_packages)}")
    return [*lines, *optional]  # what is pinned is there first, and stays as it is


def _names() -> list[str]:
    return [f"{name} {known}" for name, known in sorted(PYPI_NAMES.items())]


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


# What a spec asks of the system itself: locales and packages of Debian, as lines of a script.
#
# They are the same for all instances of a version, so they belong in the environment, which instances share: in each
# instance's own layer they took as much room as its repository.

_INSTALL = "apt-get -q install -y --no-install-recommends"
_OF_THE_SYSTEM = re.compile(r"apt-get\s|locale-gen\b|echo [^;&|]*> */etc/\S+$")
_LOCALE = (f"{_INSTALL} locales", "localedef -i en_US -f UTF-8 en_US.UTF-8")
_MANUALS = ("mkdir -p /usr/share/man/man1",)  # missing in small images: packages of Java cannot be set up without it
_WGET = (f"{_INSTALL} wget",)
_APT_CLEAN = ("apt-get -q clean", "rm -rf /var/lib/apt/lists/*")


def system_steps(spec: RepoSpec) -> tuple[str, ...]:
    """The steps for the system, in the order of the spec; none for most specs.

    Official images have locales and wget, which specs take for granted; ours have them where a spec needs them.
    """
    own = tuple(step for step in spec.pre_install if _is_of_the_system(step))
    needed = (
        *(_LOCALE if "en_US" in "".join((*spec.pre_install, *spec.eval_commands)) else ()),
        *(_MANUALS if "apt-get" in "".join(own) else ()),
        *(_WGET if any(step.startswith("wget ") for step in spec.pre_install) else ()),
    )
    steps = (*needed, *own)
    return ("apt-get -q update", *steps, *_APT_CLEAN) if steps else ()


def tree_steps(spec: RepoSpec) -> tuple[str, ...]:
    """What else is done before the repository is installed, which may need its tree."""
    return tuple(step for step in spec.pre_install if not _is_of_the_system(step))


def _is_of_the_system(step: str) -> bool:
    return _OF_THE_SYSTEM.match(step) is not None
