"""SWE-bench and SWE-bench-Live: their records, made into tasks of the patch protocol.

Theory of operation. A record comes as a line of a data set (v4: what to run follows from repository and version by the
published specs; v5: it carries its own `eval_script`), as a v5 task folder, or as SWE-bench-Live's record. `load_…`
reads records into instances whose `row` is a `SweRow` or `LiveRow` as plain data, with all that a task needs from
files around it; `…_task` makes the task, a pure function of the row. Nothing here opens a box or builds an image:
recipes are text, and what they need from a code host is fetched when the image is built.
"""

from __future__ import annotations

from boxscore.swebench.answers import patch_of, patch_prompt
from boxscore.swebench.digests import resolve_digest
from boxscore.swebench.live import Months, load_swebench_live, swebench_live_task
from boxscore.swebench.load import load_swebench
from boxscore.swebench.repositories import repository_tar
from boxscore.swebench.task import swebench_task

__all__ = [
    "Months",
    "load_swebench",
    "load_swebench_live",
    "patch_of",
    "patch_prompt",
    "repository_tar",
    "resolve_digest",
    "swebench_live_task",
    "swebench_task",
]
