"""Keep what authorizes somebody out of texts that are stored or shown: keys, tokens, passwords in addresses.

Providers' errors quote keys, and so do HTTP libraries. What a variable of the environment holds whose name speaks of a
key is never shown, nor what has the form of one, also with stars in its middle.
"""

from __future__ import annotations

import functools
import os
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.models.contract import whole_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REDACTED = "[redacted]"
_LEAST_CHARS = 8  # a shorter value is a word such as EMPTY, and would be found everywhere

_ORDINARY = re.compile(r"[A-Za-z_]{1,24}|[\d._]{1,24}|https?://[\w.-]{1,99}(?::\d{1,5})?/?")
_NAMES = re.compile(r"KEY|TOKEN|SECRET|PASSW|CREDENTIAL|AUTHORIZATION|COOKIE", re.IGNORECASE)
_HEADERS = re.compile(
    r"(?P<name>(?:proxy-)?authorization|(?:x-)?api[-_]?key|x-goog-api-key|set-cookie|cookie)"
    r"(?P<between>\\?[\"']?\s*[:=,]\s*(?:b?\\?[\"'])?)(?:(?:bearer|basic|token)\s+)?[^\s\"'\\,;)}\]]{4,}",
    re.IGNORECASE,
)
_USERINFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]{0,20}://)[^\s/\"'<>]{1,1000}@", re.IGNORECASE)
_QUERY = re.compile(
    r"(?P<name>[?&](?:key|api[-_]?key|token|access[-_]?token|sig|signature|password|secret)=)[^&\s\"'<>]+",
    re.IGNORECASE,
)
_FORMS = re.compile(
    r"\bbearer\s+[\w.~+/=-]{8,}"
    r"|\b(?:sk|pk|rk|gsk|xai|pplx|r8|nvapi|tgp|csk|fw|co|hf|gh[opsu]|github_pat|glpat|xox[abprs])[-_][\w*.…-]{12,}"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{30,}",
    re.IGNORECASE,
)


def redacted(text: str) -> str:
    """Leave out of a text whatever authorizes anybody: values of this environment, and what looks like them.

    What is left can be written as UTF-8, whatever a provider quoted.
    """
    text = _without_values(text, _own_values())
    text = _USERINFO.sub(rf"\g<scheme>{REDACTED}@", text)
    text = _HEADERS.sub(rf"\g<name>\g<between>{REDACTED}", text)
    text = _QUERY.sub(rf"\g<name>{REDACTED}", text)
    return whole_text(_FORMS.sub(REDACTED, text))


def without_own_keys(text: str) -> str:
    """Leave this environment's own keys out of a text that is otherwise to stay as it is, such as an answer.

    What any program may say is no key there, whatever holds it: `password`, a number, `http://localhost:8080`.
    """
    return own_keys_remover()(text)


def own_keys_remover() -> Callable[[str], str]:
    """Give `without_own_keys` for many texts: the environment is looked at now, and not once for each."""
    values = [one for one in _own_values() if not _ORDINARY.fullmatch(one)]
    return functools.partial(_without_values, values=values)


def _own_values() -> list[str]:
    """What this environment holds under names that speak of keys."""
    return _known(tuple(sorted({os.environ.get(name, "") for name in os.environ if _is_secret(name)})))


@contextmanager
def without_keys_in_environment(*, but: str) -> Iterator[None]:
    """Take variables whose names speak of keys out of this process's environment: for what is started meanwhile.

    Those whose names begin with `but` stay: what is started may need them for itself.
    """
    names = [name for name in os.environ if _is_secret(name) and not name.startswith(but)]
    held = {name: os.environ.pop(name) for name in names}
    try:
        yield
    finally:
        os.environ.update(held)


def _without_values(text: str, values: Sequence[str]) -> str:
    for value in values:
        text = text.replace(value, REDACTED)
    return text


@functools.lru_cache(maxsize=2000)
def _is_secret(name: str) -> bool:
    return _NAMES.search(name) is not None


@functools.lru_cache(maxsize=8)
def _known(values: tuple[str, ...]) -> list[str]:
    """Those that are long enough to be secrets, the longest first."""
    return sorted({value.strip() for value in values if len(value.strip()) >= _LEAST_CHARS}, key=len, reverse=True)
