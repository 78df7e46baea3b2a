"""What verdicts on patches hang on beside task, code and box: which of our own sources, and a hash of them."""

from __future__ import annotations

from functools import cache

from boxscore import resources
from boxscore.flags.rules import RULES
from boxscore.protocols.versions import PROTECTION, boxes_version, files, modules, sources_version
from boxscore.records import fingerprint

PATCH = (
    *modules("protocols/patch", "admission boxes diff flagged grader log_program page_cache record reference run"),
    *modules("protocols/patch", "services surrogates test_files tree verdict"),
    *modules("flags", "python rules scan"),
    *modules("protocols/patch/blind", "languages layer run"),
    *modules("protocols/blind/javascript", "comparisons decisive edits files language literals modules sections"),
    *modules("protocols/blind/javascript", "soft source strict tables titles unseen"),
    *modules("protocols/blind/java", "comparisons decisive errors files language literals runtime soft steps"),
    *modules("protocols/blind/java", "titles uncompiled"),
    *modules("protocols/patch/canaries", "files run"),
    *modules("protocols/canaries", "apart"),
    *PROTECTION,
    *modules("protocols/forms", "comparisons cpp go java javascript language languages past plan ruby"),
    *modules("protocols/patch/must_fail", "cpp forms go java javascript language languages python"),
    *modules("protocols/patch/must_fail", "reports ruby run rust structured"),
    *modules("protocols", "java_source losses retry statuses syntax_trees trusted xml_reader"),
    *modules("protocols/patch/logs", "__init__ browser compiled java javascript judge junit lines"),
    *modules("protocols/patch/logs", "mocha_json python registry ruby"),
    *modules("protocols/patch/logs/multi_swe", "__init__ compiled java javascript sets"),
)
PROGRAMS = ("blind.py", "page_cache.py", "run_record.py")  # beside the tree programs
TEXTS = ("blind.js", "blind.java", "jvm/Channel.java", "jvm/Plain.java")  # of programs that are not in Python


@cache
def version(backend: str) -> str:
    """Hash all of our own that decides verdicts of patches in boxes of a backend."""
    sandbox = resources.folder("sandbox")
    programs = (*sorted(sandbox.glob("tree*.py")), *(sandbox / name for name in PROGRAMS))
    texts = (*((sandbox / name).read_text("utf-8") for name in TEXTS), RULES.read_text("utf-8"))
    return fingerprint(boxes_version(backend), sources_version((*files(PATCH), *programs)), texts)
