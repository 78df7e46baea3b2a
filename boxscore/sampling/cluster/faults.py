"""Errors that cross from a machine of the cluster to the process that started the run, or back: by name and words."""

from __future__ import annotations

from boxscore.agents.contract import LimitReached
from boxscore.errors import (
    BoxError,
    BoxLost,
    BoxscoreError,
    ContextOverflow,
    DataError,
    HarnessError,
    ImageMissing,
    LossCause,
    ModelError,
    ModelUnusable,
    ProtocolError,
    QuestionRefused,
    RunStopped,
    SandboxUnavailable,
    UsageError,
)
from boxscore.sampling.cluster.messages import Fault

_KNOWN: dict[str, type[Exception]] = {
    kind.__name__: kind
    for kind in (
        BoxError,
        BoxLost,
        BoxscoreError,
        ContextOverflow,
        DataError,
        HarnessError,
        ImageMissing,
        LimitReached,
        ModelError,
        ModelUnusable,
        ProtocolError,
        QuestionRefused,
        RunStopped,
        SandboxUnavailable,
        UsageError,
    )
}
_REQUEST = "boxscore_request"
_MAX_CHARS = 4000


class AgentFailed(Exception):  # noqa: N818 - what happened says it best
    """An agent failed by an error that is none of ours; the message begins with its kind."""


def fault_of(error: BaseException) -> Fault:
    """Put an error into words; one that is not known here is what it is a kind of, else an `AgentFailed`."""
    kind = next((one.__name__ for one in type(error).__mro__ if one.__name__ in _KNOWN), "")
    message = str(error) if kind or isinstance(error, AgentFailed) else f"{type(error).__name__}: {error}"
    return Fault(
        kind=kind,
        message=message.encode(errors="replace").decode()[:_MAX_CHARS],
        cause=str(error.cause) if isinstance(error, BoxLost) else "",
        request=getattr(error, _REQUEST, None),
    )


def error_of(fault: Fault, *, request: int | None = None) -> Exception:
    """Make an error that can be raised; `request` is that of what it is the end of, which goes back with it."""
    kind = _KNOWN.get(fault.kind, AgentFailed)
    if kind is BoxLost:
        cause = LossCause(fault.cause) if fault.cause in tuple(LossCause) else LossCause.UNKNOWN
        error: Exception = BoxLost(fault.message, cause=cause)
    else:
        error = kind(fault.message)
    if request is not None:
        setattr(error, _REQUEST, request)
    return error
