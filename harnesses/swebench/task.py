"""From a SWE-bench record to the task of the patch protocol."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore import InstanceImage, PatchTask, ResolutionRule, Service, UsageError, changed_paths, pinned_image

from .commands import (
    BUILT,
    CONDA,
    CONDA_FOLDER,
    SHELL,
    EvalScript,
    Runner,
    other_runner,
    python_runner,
    read_eval_script,
    rebuild,
)
from .dockerfile import run, split_dockerfile
from .environment import as_of, python_environment, python_version
from .instance import TREE, node_instance, python_instance
from .load import ASSETS, read_assets
from .log_formats import repository_parser
from .patches import without_binaries
from .published import LOAD, save_environment
from .row import SweRow
from .rules import FAIL_ONLY, V4, V5
from .toolchains import PLACES, node_environment, node_places

if TYPE_CHECKING:
    from boxscore import Instance

    from .specs import RepoSpec

COMMAND_S = 1800.0
_BUILT = ("py", "js")  # languages, as the benchmark names them, whose images can be built from a spec
# Of v4's records those whose parsers read failures alone; v5's say it themselves.
_FAIL_ONLY = {"chartjs/Chart.js", "markedjs/marked", "processing/p5.js"}
_CALYPSO = "Automattic/wp-calypso"
_STAGED = "/swebench/image_assets/test_patch"


def swebench_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded, by its spec (v4) or by its own script (v5).

    Raises UsageError where its script is not as v5 writes them, or its tests do not follow from its spec.
    """
    row = msgspec.convert(instance.row, SweRow)
    runner = _runner(row)
    return PatchTask(
        image=instance_image(row),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=runner.commands,
        parser=_parser(row),
        # Pictures are put in their places by the script; as v5 has them, the patch has their names alone.
        test_patch=row.test_patch if row.eval_script is None else without_binaries(row.test_patch),
        build=_build(row),
        report=runner.report,
        runner=runner.runner,
        rule=_rule(row),
        allowed=changed_paths(row.patch),
        services=services(row.repo, row.version),
        reference=row.patch or None,
        statement=row.problem_statement,
        command_s=COMMAND_S,
    )


def instance_image(row: SweRow) -> InstanceImage:
    """The image of an instance: the published one where its digest is known, else a recipe."""
    files = _assets(row)
    staged = f"COPY {ASSETS}/ {_STAGED}/\n{run(f'chmod -R a+rX {_STAGED}')}\n" if files else ""
    if row.digest is not None:
        reference = pinned_image(row.image, row.digest)
        saved = save_environment() if _needs_environment(row) else ""
        return InstanceImage(name=row.instance_id, tree=TREE, pinned=reference, instance=saved + staged, files=files)
    if row.spec is not None and row.language in _BUILT:
        return _built(row, row.spec, staged=staged, files=files)
    if row.dockerfile is not None:
        environment, instance = split_dockerfile(row.dockerfile)
        return InstanceImage(
            name=row.instance_id, tree=TREE, environment=environment, instance=instance + staged, files=files
        )
    raise UsageError(
        f"{row.instance_id} has neither a Dockerfile nor a spec for Python or Node, and the digest of {row.image} is "
        "not known: name a file of digests with BOXSCORE_DIGESTS"
    )


def _built(row: SweRow, spec: RepoSpec, *, staged: str, files: tuple[tuple[str, bytes], ...]) -> InstanceImage:
    commit = row.environment_setup_commit or row.base_commit
    if row.language == "py":
        python = python_version(spec, row.environment_yml)
        day = as_of(row.created_at, python, row.environment_yml)
        environment = python_environment(
            row.repo, commit, spec, environment_yml=row.environment_yml, requirements=row.requirements, day=day
        )
        instance = python_instance(row.repo, row.base_commit, spec, day=day)
        below = f"patch-python-{python}"
    else:
        below = "patch-node"
        environment = node_environment(spec) + ("" if row.dockerfile is None else node_places())
        instance = node_instance(row.repo, row.base_commit, spec)
    return InstanceImage(
        name=row.instance_id,
        tree=TREE,
        base=below,
        environment=environment,
        instance=instance + staged,
        files=files,
        links=("node_modules",) if row.language == "js" else (),
        repository=(row.repo, row.base_commit),
    )


def _assets(row: SweRow) -> tuple[tuple[str, bytes], ...]:
    """Files that the test patch cannot carry; v5's scripts copy them into the tree before the tests."""
    found = read_assets(Path(row.folder)) if row.folder is not None else ()
    return tuple((f"{ASSETS}/{name}", data) for name, data in found)


def _runner(row: SweRow) -> Runner:
    if row.spec is not None and row.eval_script is None:
        if row.repo == _CALYPSO:
            raise UsageError(f"{row.instance_id}: v4 has commands of their own for {row.repo}; take its v5 record")
        # What is no setting changes the system, which is done when the image is built.
        settings = [command for command in row.spec.eval_commands if command.startswith("export ")]
        prelude = (*_activated(row), *settings, *trusting(row.repo, row.version))
        if row.language == "py":
            return python_runner(row.repo, row.spec.tests(), row.test_patch, prelude=prelude)
        return other_runner(row.spec.tests(), prelude=prelude)
    script = _script(row)
    # A script activates its environment itself; what is built here is not where it looks.
    prelude = (*_prelude(row), *script.before, *script.after)
    prelude = (*prelude, *trusting(row.repo, row.version))
    tests = [line for line in script.tests if line.strip()]
    if len(tests) == 1 and row.log_parser is not None:
        return _known_runner(row, tests[0], prelude)
    return other_runner(script.tests, prelude=prelude)


def _prelude(row: SweRow) -> tuple[str, ...]:
    """What a script finds where it was written to run: an activated environment, and variables of the image."""
    if row.digest is None:
        return (BUILT, *([PLACES] if row.dockerfile is not None and row.spec is not None else []))
    return (LOAD,) if _needs_environment(row) else ()


def _needs_environment(row: SweRow) -> bool:
    """Whether a published image says by its variables where its toolchain is; Python's have conda for that."""
    return row.eval_script is not None and CONDA_FOLDER not in row.eval_script


def _known_runner(row: SweRow, test: str, prelude: tuple[str, ...]) -> Runner:
    """The runner of a script with one test command: its directives are the files of the test patch, at its end."""
    runner = python_runner(row.repo, (test,), "", prelude=prelude)
    chosen = python_runner(row.repo, ("",), row.test_patch, prelude=()).commands[0].removeprefix(SHELL).strip()
    if runner.runner is None or not chosen or not test.endswith(chosen):
        return other_runner((test,), prelude=prelude)
    return python_runner(row.repo, (test.removesuffix(chosen).rstrip(),), row.test_patch, prelude=prelude)


def _activated(row: SweRow) -> tuple[str, ...]:
    if row.digest is None:
        return (BUILT,)
    return (CONDA,) if row.language == "py" else ()


def _script(row: SweRow) -> EvalScript:
    script = read_eval_script(row.eval_script or "")
    if script is None:
        raise UsageError(
            f"{row.instance_id}: eval_script lacks a start or end marker, so the test output cannot be located"
        )
    return script


def _build(row: SweRow) -> tuple[str, ...]:
    activate = CONDA if row.digest is not None else BUILT
    if row.spec is not None and row.eval_script is None and row.language != "py":
        lines = (SHELL, *_activated(row), *row.spec.build)
        return ("\n".join(lines),) if row.spec.build else ()
    return rebuild(row.repo, activate=activate)


def _parser(row: SweRow) -> str:
    return repository_parser(row.repo) if row.log_parser is None else row.log_parser


def _rule(row: SweRow) -> ResolutionRule:
    if row.eval_type == "fail_only" or (row.eval_type is None and row.repo in _FAIL_ONLY):
        return FAIL_ONLY
    return V4 if row.eval_script is None else V5


# Which repositories' tests talk to servers of the world, and what stands in for those in a box's own network.

# Until 2.8 tests of requests ask httpbin.org for nearly all they do, and one follows a redirect to another host. Later
# ones ask a server of their own, and still want an address that never answers, which each network has.
_REQUESTS = "psf/requests"
_OWN_SERVER = (2, 8)
HTTPBIN = Service(host="httpbin.org", image="service-httpbin")
OTHER_HOST = Service(host="www.google.co.uk", image="service-httpbin")

_AUTHORITY = "/scratch/authority.pem"
_FETCH = (
    "import urllib.request as ask; "
    f"open('{_AUTHORITY}', 'wb').write(ask.urlopen('http://{HTTPBIN.host}/authority.pem', timeout=60).read())"
)
# The authorities that requests trusts are a file of its own tree; some tests do not look at the environment for others.
# The file is found, not named: what test commands name is a part of the tests, which must not change while they run.
TRUSTING = (
    f'/boxscore/bin/python3 -c "{_FETCH}"',
    f"for bundle in $(find requests -maxdepth 1 -name 'cacert*'); do cat {_AUTHORITY} >> \"$bundle\"; done",
)


def services(repo: str, version: str) -> tuple[Service, ...]:
    """The services that the tests of a version of a repository need."""
    if repo != _REQUESTS:
        return ()
    numbers = tuple(int(number) for number in re.findall(r"\d+", version))
    return (HTTPBIN,) if numbers >= _OWN_SERVER else (HTTPBIN, OTHER_HOST)


def trusting(repo: str, version: str) -> tuple[str, ...]:
    """Commands before tests, for those that trust the certificate that a service made for itself."""
    return TRUSTING if services(repo, version) else ()
