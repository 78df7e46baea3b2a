"""boxscore grades code that models write: in sandboxes, with verdicts that are hard to forge, and error bars.

    Harness ──instances, tasks──▶ grade() ──▶ Result ──▶ Report
       │ a plugin: one benchmark     │  stored as it happens
       └─ FunctionTask, PatchTask    └─ protocol ──▶ Backend ──▶ Box

A *harness* knows one benchmark: its rows, how a model is asked, how an answer becomes code, how it is graded. A
*protocol* knows one way of grading, and nothing of any benchmark: its task says all it needs. A *backend* opens boxes
and knows nothing of grading. What is not in `__all__`, or in `boxscore.testing`, may change at any time.
"""

from __future__ import annotations

import re


def _public() -> dict[str, str]:
    """The module of each public name, as the stub beside this file has it."""
    with open(f"{__file__.rpartition('.')[0]}.pyi", encoding="utf-8") as file:  # noqa: PTH123 - pathlib takes longer than all else here
        stub = file.read()
    imports = re.findall(r"^from (\S+) import (\([^)]*\)|.*)$", stub, re.MULTILINE)
    return {name: module for module, names in imports for name in re.findall(r"(\w+) as \1\b", names)}


_MODULES = _public()
__all__ = list(sorted(_MODULES))  # noqa: C413 - ruff takes a call of `list` for a list of names, no other


def __getattr__(name: str) -> object:
    """Import what is asked for, once: who runs the command line or writes a harness waits for no more than that."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - for this only

    value: object = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Every public name, also those that are imported when they are first used."""
    return sorted({*globals(), *__all__})
