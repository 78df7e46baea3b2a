"""What verl's client of SandboxFusion makes of an answer, in our own words: its six codes for a case.

Written from `verl/utils/reward_score/sandbox_fusion/utils.py` as of January 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

TRIES = 3
SANDBOX, RUN, LATE, COMPILE = -1, -2, -3, -4


async def case_code(post: Any, payload: dict[str, Any], expected: str | None) -> tuple[bool | int, int]:
    """Ask for one case; return its code and how often was asked.

    Only 504 is tried again, three times in all; any other status that is not 2xx, or an answer that is no JSON, is -1.
    """
    tries = 1
    response: httpx.Response = await post("/run_code", payload)
    while response.status_code == 504 and tries < TRIES:
        response = await post("/run_code", payload)
        tries += 1
    if not response.is_success:
        return SANDBOX, tries
    try:
        return code_of(response.json(), expected), tries
    except ValueError:
        return SANDBOX, tries


def code_of(answer: dict[str, Any], expected: str | None) -> bool | int:
    """The code of an answer: True, False, -1 sandbox, -2 run time, -3 timeout, -4 compiler."""
    compiled, ran = answer.get("compile_result"), answer.get("run_result")
    if answer.get("status") == "Failed":
        if compiled and not (compiled.get("status") == "Finished" and compiled.get("return_code") == 0):
            return COMPILE
        if not ran:
            return SANDBOX
        if ran.get("status") == "TimeLimitExceeded":
            return LATE
        failed = ran.get("status") == "Error" or (ran.get("status") == "Finished" and ran.get("return_code") != 0)
        return RUN if failed else SANDBOX
    if answer.get("status") != "Success" or not ran or ran.get("status") != "Finished":
        return SANDBOX
    printed = ran.get("stdout") or ""
    return expected is None or printed.rstrip("\n") == expected.rstrip("\n")
