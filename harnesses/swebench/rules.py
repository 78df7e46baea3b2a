"""What SWE-bench's programs take as resolved, and how hard they try to apply a patch."""

from __future__ import annotations

from boxscore import ApplyStrategy, ResolutionRule, Status

_PASSED = (Status.PASSED, Status.XFAIL)
_NO_FAILURE = (Status.PASSED, Status.XFAIL, Status.SKIPPED, Status.ERROR, None)

V4 = ResolutionRule(passing=_PASSED, keeping=_PASSED, uncounted=(Status.SKIPPED,), reads_exit_code=False)
V5 = ResolutionRule(passing=_PASSED, keeping=(*_PASSED, Status.SKIPPED), truncated_ids=True)
FAIL_ONLY = ResolutionRule(passing=_NO_FAILURE, keeping=_NO_FAILURE, only_failures=True)  # v5's eval_type
LIVE = ResolutionRule(keeping=(Status.PASSED, Status.SKIPPED, None), reads_exit_code=False)

_GIT_APPLY = ("git", "apply", "--verbose")
APPLY_STRATEGIES = {
    # `--unified` is ours: it keeps patch(1) from reading anything as a script for ed.
    "swebench-v4": ApplyStrategy(
        steps=(
            _GIT_APPLY,
            (*_GIT_APPLY, "--reject"),
            ("patch", "--unified", "--batch", "--fuzz=5", "-p1", "-i"),
        ),
        ends_last_line=False,
    ),
    "swebench-v5": ApplyStrategy(
        steps=(
            _GIT_APPLY,
            (*_GIT_APPLY, "--3way"),
            (*_GIT_APPLY, "--reject"),
            ("patch", "--unified", "--batch", "--forward", "--fuzz=5", "-p1", "-i"),
            ("git", "apply", "--check", "--reverse"),  # succeeds where the tree holds the change already
        ),
        resets=True,
        ends_last_line=False,
    ),
}
