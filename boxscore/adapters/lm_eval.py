"""lm-eval with verdicts of boxscore: `python -m boxscore.adapters.lm_eval --tasks humaneval,mbpp …`.

The options are those of `lm_eval`, and so are the tasks: only the metric `code_eval`, which they load by its name, is
boxscore's. With lm-eval as a library, call `use_code_eval` before tasks are loaded.
"""

from __future__ import annotations

import functools
from typing import Any

from boxscore.adapters.code_eval import metric_folder
from boxscore.errors import UsageError


def use_code_eval() -> None:
    """Let `evaluate.load("code_eval")` give boxscore's metric in this process. Raises UsageError without `evaluate`."""
    try:
        import evaluate  # noqa: PLC0415 - not a dependency
    except ImportError as error:
        raise UsageError("lm-eval and its package `evaluate` are not installed: pip install lm_eval") from error
    load = evaluate.load
    if getattr(load, "of_boxscore", False):
        return

    @functools.wraps(load)
    def load_ours(path: str, *arguments: Any, **options: Any) -> Any:
        return load(str(metric_folder()) if path == "code_eval" else path, *arguments, **options)

    load_ours.of_boxscore = True  # type: ignore[attr-defined]
    evaluate.load = load_ours


def main() -> None:
    """Run lm-eval's command line."""
    use_code_eval()
    from lm_eval.__main__ import cli_evaluate  # noqa: PLC0415 - not a dependency

    cli_evaluate()


if __name__ == "__main__":
    main()
