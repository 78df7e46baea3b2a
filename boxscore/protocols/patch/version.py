"""What verdicts on patches hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore import resources
from boxscore.flags.rules import RULES
from boxscore.protocols.versions import PROTECTION, boxes_version, files, modules, sources_version
from boxscore.records import fingerprint

PATCH = (
    *modules(
        "protocols/patch",
        "admission blind box_files boxes diff flagged grader log_program record reference run",
    ),
    *modules("protocols/patch", "services surrogates test_files tree verdict"),
    *modules("protocols/patch/planting", "cpp go java javascript language languages python reports ruby run rust"),
    *modules("flags", "python rules scan"),
    *PROTECTION,
    *modules("protocols", "judged losses retry statuses test_ids trusted xml_reader"),
    *modules("protocols/patch/logs", "__init__ browser compiled java javascript judge junit lines"),
    *modules("protocols/patch/logs", "mocha_json python registry ruby"),
    *modules("protocols/patch/logs/multi_swe", "__init__ compiled java javascript sets"),
)
PROGRAMS = ("blind.py", "run_record.py")  # beside the tree programs


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of patches in boxes of a backend."""
    sandbox = resources.folder("sandbox")
    programs = (*sorted(sandbox.glob("tree*.py")), *(sandbox / name for name in PROGRAMS))
    return fingerprint(boxes_version(backend), sources_version((*files(PATCH), *programs)), RULES.read_text("utf-8"))
