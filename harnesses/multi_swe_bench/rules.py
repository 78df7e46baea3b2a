"""What Multi-SWE-bench's programs take as resolved, and how they apply a patch."""

from __future__ import annotations

from boxscore import ApplyStrategy, ResolutionRule, Status

# All that the record has fixed or kept passes again, and the log does not contradict itself. How the runner ends is
# not asked.
RULE = ResolutionRule(reads_exit_code=False, refused=(Status.ERROR,))

APPLY_STRATEGIES = {
    # The fallback that its README has. `--unified` is ours: it keeps patch(1) from reading a script for ed.
    "multi-swe-patch": ApplyStrategy(
        steps=(("patch", "--unified", "--batch", "--fuzz=5", "-p1", "-i"),), ends_last_line=False
    ),
}
