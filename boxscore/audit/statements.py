"""What can be seen of a statement without a box: names that tests need, functions that it names, its docstring."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.data.harness_check import findings as contract_findings
from boxscore.data.plugin_calls import prompt_messages
from boxscore.data.samples import ambiguous_names
from boxscore.protocols.registry import entry_point_of, role
from boxscore.protocols.roles import Shows
from boxscore.run.extraction_cache import ships_with_boxscore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance

_WORD = re.compile(r"\w+")
_REMARK = re.compile(r"^[ \t#]*(?:FIX|FIXME|XXX)\b[ \t]*[:=]?.*$", re.MULTILINE)
_NAMED = re.compile(
    r"(?<!<)\b(?:function|method|class)\s+(?:named\s+|called\s+)?[`'\"](?P<quoted>[A-Za-z_]\w*)"
    r"|\b(?:named|called)\s+[`'\"]?(?P<called>[A-Za-z_]\w*(?:_\w+|[a-z][A-Z]\w*))"
)


def statement_findings(harness: Harness, instance: Instance, task: Task) -> Iterator[Finding]:
    """What is wrong with an instance's prompt, or with its harness. Raises HarnessError."""
    name = instance.instance_id
    if not ships_with_boxscore(harness):  # whose contract is tested, and takes longer to look at than all else here
        for text in contract_findings(harness, instance):
            yield finding(FindingKind.BROKEN_CONTRACT, name, text)
    remark = _REMARK.search(instance.prompt)
    if remark is not None:
        yield finding(FindingKind.AUTHOR_REMARK, name, f"the prompt says {remark[0].strip()!r}", evidence=remark[0])
    needed = _needed(task)
    if not needed:
        return
    told = " ".join([instance.prompt, *(str(one["content"]) for one in prompt_messages(harness, instance))])
    words = set(_WORD.findall(told))
    hidden = [one for one in needed if one not in words]
    if hidden:
        text = f"the tests need {', '.join(hidden)}, which the prompt does not name"
        yield finding(FindingKind.HIDDEN_NAME, name, text)
    named = {one["quoted"] or one["called"] for one in _NAMED.finditer(instance.prompt)}
    known = {*needed, *_WORD.findall((instance.reference or "").removeprefix(instance.prompt))}
    if named and not named & known:
        text = f"the prompt names {', '.join(sorted(named))}; the tests call {needed[0]}"
        yield finding(FindingKind.OTHER_FUNCTION, name, text)
    yield from _docstring(instance, needed[0])


def id_findings(known: Iterable[str]) -> Iterator[Finding]:
    """Ids that, as files of samples may write them, mean another instance too."""
    for name, others in ambiguous_names(known).items():
        text = f"as files of samples may write it, the id also means {', '.join(others)}"
        yield finding(FindingKind.AMBIGUOUS_ID, name, text, others=others)


def _needed(task: Task) -> tuple[str, ...]:
    """The names that a program must define, the tested function first."""
    entry_point = entry_point_of(task)
    if entry_point is None:
        return ()
    names = (role(task, Shows) or Shows()).describe(task).get("names", ())
    more = (one for one in names if isinstance(one, str)) if isinstance(names, (list, tuple)) else ()
    return tuple(dict.fromkeys((entry_point, *more)))


def _docstring(instance: Instance, name: str) -> Iterator[Finding]:
    """Find a text that is meant as the docstring of the function to complete, and is not one."""
    for source in (instance.prompt, f"{instance.prompt.rstrip()}\n    pass\n"):
        try:
            tree = syntax.parse(source)
        except syntax.NOT_PYTHON:
            continue
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name == name and ast.get_docstring(node) is None:
                texts = [one for one in node.body[1:] if _is_text(one)]
                if texts:
                    text = f"the docstring of {name} is not its first statement, so Python does not see it"
                    yield finding(FindingKind.MISPLACED_DOCSTRING, instance.instance_id, text)
        return


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
