"""BigCodeBench-Lite Pro: 57 problems derived from BigCodeBench's, whose tests are scripts beside the program.

The benchmark writes the program and its tests to one file and runs it: a sample passes if that ends without an
exception. Here the tests become one test of the `unittest` protocol; where a program needs nothing but the standard
library and its answers are plain data, they run beside a proxy of the derived function instead.
"""

from __future__ import annotations

import ast
import symtable
from typing import TYPE_CHECKING, Any

import boxscore

from .functions import TEMPLATES, ProFunctions, imports_for

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CASE, TEST = "TestCases", "test_derived"
TAB = "    "
# Where arguments and answers are plain data, and no library is wanted that could make anything else of them.
PLAIN = frozenset((325, 619, 756, 742, 816, 815, 862, 868, 874, 983, 1029))
ENVIRONMENT = {551: (("TZ", "Asia/Shanghai"),)}  # its tests expect the time of the zone that they were written in
CPU_S = 30.0  # the benchmark's limit of 30 s, here of cpu time


class ProScripts(ProFunctions):
    image = "bigcodebench"
    limits = boxscore.Limits(cpu_s=CPU_S, wall_s=240.0, memory_bytes=4 << 30, disk_bytes=256 << 20)
    prompt_templates: Mapping[str, Path] = {
        name: TEMPLATES / f"bigcodebench_lite_pro.{name}.jinja" for name in ("chat", "completion")
    }
    prompt_stops: Mapping[str, tuple[str, ...]] = {"completion": ("```",)}

    def instance_id(self, row: dict[str, Any], path: Path, line: int) -> str:
        return boxscore.text_field(row, "id", path=path, line=line)

    def derived(self, row: dict[str, Any]) -> str:
        """The last function that the derived problem's solution defines, since tests may define it themselves."""
        return derived_function(row)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """As of the other sets, with four blanks for each tab, as the benchmark writes programs to files."""
        code = super().extract(instance, sample)
        return None if code is None else code.replace("\t", TAB)

    def task(self, instance: boxscore.Instance) -> boxscore.FunctionTask | boxscore.UnittestTask:  # type: ignore[override]
        row = instance.row
        number = int(instance.instance_id.rpartition("/")[2])
        (name,) = self.names(instance)
        if number in PLAIN:
            return boxscore.FunctionTask(
                entry_point=name,
                names=(name,),
                helpers=imports_for(row, row["test_code"]),
                tests=row["test_code"],
                reference=instance.reference,
                limits=self.limits,
            )
        return boxscore.UnittestTask(
            tests=as_test_case(row["test_code"]),
            entry_point=name,
            reference=instance.reference,
            required=(f"{CASE}.{TEST}",),
            shown=(instance.prompt,),
            environment=ENVIRONMENT.get(number, ()),
            limits=self.limits,
        )


def derived_function(row: dict[str, Any]) -> str:
    """The last function that the derived problem's solution defines. Raises SyntaxError, and LookupError for none."""
    defined = [
        node.name
        for node in boxscore.parse_source(row["new_problem"] + row["new_solution"]).body
        if isinstance(node, ast.FunctionDef)
    ]
    if not defined:
        raise LookupError("the solution defines no function")
    return defined[-1]


def as_test_case(script: str) -> str:
    """A module with one test that does what a script does after the program. Raises SyntaxError.

    What the script binds are variables of the module, as it is one file with the program for the benchmark: programs
    use what their tests import.
    """
    symbols = symtable.symtable(script, "<script>", "exec").get_symbols()
    bound = sorted(one.get_name() for one in symbols if one.is_assigned() or one.is_imported())
    shared = [ast.Global(bound)] if bound else []
    test = boxscore.parse_source(f"import unittest\nclass {CASE}(unittest.TestCase):\n def {TEST}(self):\n  pass\n")
    case = test.body[1]
    if isinstance(case, ast.ClassDef) and isinstance(case.body[0], ast.FunctionDef):
        case.body[0].body = [*shared, *boxscore.parse_source(script).body]
    return ast.unparse(test) + "\n"
