"""open-r1's `code_reward` and its provider of code execution.

open-r1 asks a provider to run a script of its own that runs the answer on the test cases and prints the share that
passed. `BoxscoreProvider` reads answer and cases out of the script and never runs it: in one process with the answer,
it could be made to print any share. A reward is the share of cases that passed, and None for an answer that was not
judged for no fault of its own.
"""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

import msgspec

from boxscore import syntax
from boxscore.adapters.columns import read_tests
from boxscore.adapters.engine import Submission, grade_all
from boxscore.adapters.rewards import asked, reward_of, rewards_of_batch, submission_of_code, submissions_of_batch
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIALECT = "open-r1"
PASSES = 0.99  # the share from which open-r1's binary reward is 1


def code_reward(
    completions: Sequence[object],
    num_parallel: int = 2,  # noqa: ARG001 - as many as the engine has boxes
    provider_type: str = "boxscore",  # noqa: ARG001 - there is no other here
    enforce_same_language: bool = False,  # noqa: ARG001, FBT001, FBT002 - each row has its own language
    *,
    verification_info: Sequence[Mapping[str, object]],
    **_columns: object,
) -> list[float | None]:
    """Reward each completion with the share of the `test_cases` of its `verification_info` that it passes.

    A row has `language` and `test_cases`, each with `input` and `output`. Raises UsageError for a row without them.
    """
    submissions = submissions_of_batch(completions, {"verification_info": list(verification_info)}, share=True)
    return rewards_of_batch(submissions, grade_all(asked(submissions)), dialect=DIALECT, share=True)


def binary_code_reward(completions: Sequence[object], *arguments: object, **columns: object) -> list[float | None]:
    """1.0 for a completion that passes all cases, 0.0 for one that does not, None as `code_reward` has it."""
    shares = code_reward(completions, *arguments, **columns)  # type: ignore[arg-type]
    return [None if share is None else float(share > PASSES) for share in shares]


class BoxscoreProvider:
    """A `CodeExecutionProvider` of open-r1. `num_parallel` is taken and not used: boxes are as the engine has them."""

    def __init__(self, num_parallel: int = 2, **_options: object) -> None:
        self.num_parallel = num_parallel

    def execute_scripts(self, scripts: Sequence[str], languages: Sequence[str]) -> list[float | None]:
        """Judge what is in open-r1's scripts and give a reward for each. Raises UsageError for scripts of other forms.

        `languages` are of the scripts themselves; the answers in them are Python, as open-r1 runs them.
        """
        if len(languages) != len(scripts):
            raise UsageError(f"there are {len(scripts)} scripts and {len(languages)} languages")
        results = grade_all([_submission_of_script(script) for script in scripts])
        return [reward_of(result, dialect=DIALECT, share=True) for result in results]


def get_provider(provider_type: str = "boxscore", **options: object) -> BoxscoreProvider:
    """Give the provider, whatever type is asked for: put it in the place of `open_r1.rewards.get_provider`."""
    del provider_type
    return BoxscoreProvider(**options)  # type: ignore[arg-type]


def _submission_of_script(script: str) -> Submission:
    values: dict[str, object] = {}
    try:
        for node in syntax.parse(textwrap.dedent(script)).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                values[node.targets[0].id] = _literal(node.value)
        cases = msgspec.json.decode(str(values["test_cases"]))
        code = values["code_snippet"]
    except (SyntaxError, KeyError, ValueError) as error:
        raise UsageError(
            "the script is not one of open-r1's: it must set `code_snippet` to a text and `test_cases` to "
            "`json.loads` of a text; boxscore reads these and never runs the script"
        ) from error
    return submission_of_code(str(code), read_tests({"test_cases": cases}), share=True)


def _literal(node: ast.expr) -> object:
    """The value that is written there, or the text that `json.loads` gets. Raises ValueError for anything else."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "json.loads" and len(node.args) == 1:
        node = node.args[0]
    return ast.literal_eval(node)
