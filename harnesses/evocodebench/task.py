"""How a completion is tested: the repository without the function's body in an image, then each test by itself."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import boxscore

from .environments import ENVIRONMENTS, INSTALL, environment

if TYPE_CHECKING:
    from .splice import Row

TEST_CPU_S = 60  # of each test by itself; the benchmark's program has 20 s by the clock
REQUIREMENTS = f"""COPY repository/requirements.txt /tmp/requirements.txt
{INSTALL} -r /tmp/requirements.txt
"""
EDITABLE = """RUN cd /testbed && if [ -f pyproject.toml ] || [ -f setup.py ]; then pip install --no-deps -e .; fi
"""
PARSER = r"""
import re

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
SUMMARY = re.compile(r"=*\s*(?:\d+ \w+, ){0,12}\d+ passed\b.{0,200} in [0-9.:]+s")
LONGEST = 1000


def parser(log):
    found, passed = {}, False
    for line in log.split("\n"):
        word, _, rest = line.partition(" ")
        code, _, test = rest.partition(" ")
        if word == "boxscore-exit" and test:
            found[test] = "pass" if code == "0" and passed else "fail"
            passed = False
        elif not passed and len(line) < LONGEST:
            passed = SUMMARY.match(COLOUR.sub("", line)) is not None
    return found
"""
LIMITS = boxscore.Limits(
    cpu_s=1200.0, wall_s=1800.0, memory_bytes=5 << 30, processes=256, disk_bytes=1 << 30, output_bytes=8 << 20
)


def image(row: Row, repository: tuple[tuple[str, bytes], ...], stub: str) -> boxscore.InstanceImage:
    """The image of an instance: layers up to the last are those of all instances of its repository."""
    files = (*((f"repository/{name}", data) for name, data in repository), (f"stub/{row.path}", stub.encode()))
    needed = environment(row.project)
    has_list = any(name == "requirements.txt" for name, _ in repository)
    return boxscore.InstanceImage(
        name=f"evocodebench/{row.namespace}",
        base=f"patch-python-{needed.python}",
        environment=needed.instructions,
        instance="".join(
            (
                REQUIREMENTS if has_list and row.project not in ENVIRONMENTS else "",
                "COPY repository /testbed\n",
                EDITABLE if needed.editable else "",
                "COPY stub/ /testbed/\n",
            )
        ),
        files=files,
    )


def task_of(row: Row, built: boxscore.InstanceImage, gold: str, statement: str) -> boxscore.PatchTask:
    """Run each test in a pytest of its own: it passes if that ends with 0, and says that something passed."""
    tests = tuple(dict.fromkeys(row.tests))
    return boxscore.PatchTask(
        image=built,
        fail_to_pass=tests,
        pass_to_pass=(),
        commands=tuple(map(command, tests)),
        parser="box",
        parser_source=PARSER,
        reference=gold,
        statement=statement,
        env=(("PYTHONPATH", environment(row.project).python_path),),
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )


def command(test: str) -> str:
    """What runs one test, and writes how that ended on a line of its own.

    There is no `-q`: with another one in the repository's own settings, pytest would not count the tests that passed.
    """
    quoted = shlex.quote(test)
    run = f"(ulimit -t {TEST_CPU_S}; exec python -m pytest --color=no -p no:cacheprovider {quoted})"
    return f"{run}; printf '\\nboxscore-exit %s %s\\n' $? {quoted}"
