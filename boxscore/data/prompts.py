"""What a model is asked: an instance put into a template, which has a digest.

A harness has a template for each variant of its prompt, `chat` and, where base models are asked, `completion`. What a
template is given are the fields of `prompt_fields`, copied: nobody reaches a test, a reference or a row by a template.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.data.plugin_calls import class_file, prompt_fields, prompt_messages
from boxscore.errors import HarnessError, InputError, UsageError
from boxscore.records import Instance  # noqa: TC001 - used at run time by callers' type hints

if TYPE_CHECKING:
    from boxscore.harness import Harness

CHAT, COMPLETION = "chat", "completion"
MAX_TEMPLATE_BYTES = 4 << 20
_RULES = b"boxscore prompt 1"  # raised where equal templates come to mean another prompt


class Prompt(Struct, frozen=True, kw_only=True):
    """What a model is sent for an instance: `messages` of a chat, or a `completion` to go on with.

    `digest` is of all that decides it beside the instance: the template, or the code of a harness that has none. `stop`
    are texts at which the benchmark's own runs end an answer, without which a base model goes on with the next task.
    """

    variant: str
    digest: str
    messages: tuple[dict[str, str], ...] = ()
    completion: str | None = None
    stop: tuple[str, ...] = ()


def render_prompt(
    harness: Harness, instance: Instance, *, variant: str | None = None, template: Path | None = None
) -> Prompt:
    """Put an instance into its benchmark's template, or into the one at `template`.

    A template without a message is one message of a user, or, as the variant `completion`, what a model goes on with.

    Args:
        harness: The benchmark's.
        instance: What is asked for.
        variant: One of `variants`; by default the first.
        template: A file in place of the benchmark's own.

    Raises:
        UsageError: There is no such variant, or not for this instance, or `template` cannot be read or rendered.
        HarnessError: The harness's own template or method cannot.
    """
    chosen, found = _chosen(harness, variant, template)
    if found is None:
        messages = tuple({"role": one["role"], "content": one["content"]} for one in prompt_messages(harness, instance))
        return Prompt(variant=chosen, digest=_digest_of_code(harness), messages=messages)
    fields = prompt_fields(harness, instance)
    outside, messages = found.filled(fields, instance.instance_id)
    completes = is_completion(chosen)
    problem = None
    if completes and messages:
        problem = "a completion has no messages"
    elif messages and outside.strip():
        problem = f"there is text outside of its messages: {outside.strip()[:80]!r}"
    elif not outside.strip() and not any(one["content"].strip() for one in messages):
        problem = "it comes out empty, and there would be nothing to answer"
    if problem is not None:
        raise found.error(f"for {instance.instance_id!r}: {problem}")
    if not completes and not messages:
        messages = ({"role": "user", "content": outside},)
    return Prompt(
        variant=chosen,
        digest=found.digest(chosen),
        messages=messages,
        completion=outside if completes else None,
        stop=_stops(harness).get(chosen, ()),
    )


def template_digest(harness: Harness, *, variant: str | None = None, template: Path | None = None) -> str:
    """The digest of a variant's prompts, as `render_prompt` gives it. Raises UsageError, HarnessError."""
    chosen, found = _chosen(harness, variant, template)
    return _digest_of_code(harness) if found is None else found.digest(chosen)


def variants(harness: Harness) -> tuple[str, ...]:
    """The variants of a benchmark's prompt, the usual one first. Raises HarnessError."""
    return tuple(sorted(templates_of(harness), key=lambda name: name != CHAT)) or (CHAT,)


def chosen_variant(harness: Harness, wanted: str | None, template: Path | None) -> str:
    """Name the variant that is meant: the one that is asked for, else a chat for a user's own template, else the first.

    Whether there is such a variant is not checked. Raises HarnessError.
    """
    return wanted or (CHAT if template else variants(harness)[0])


def is_completion(variant: str) -> bool:
    """Tell whether a variant is for base models, which go on with a text."""
    return variant == COMPLETION or variant.startswith(f"{COMPLETION}-")


def _chosen(harness: Harness, wanted: str | None, given: Path | None) -> tuple[str, _Template | None]:
    """The variant that is meant, and its template; one that a user gives may be of any kind."""
    known = templates_of(harness)
    variant = chosen_variant(harness, wanted, given)
    if variant not in variants(harness) and not (given and variant in (CHAT, COMPLETION)):
        offered = ", ".join(variants(harness))
        raise UsageError(f"{harness.name} has no prompt of the variant {variant!r}; it has {offered}")
    path = given or known.get(variant)
    return variant, None if path is None else _Template.read(path, given=given is not None)


class _Template(Struct, frozen=True):
    """The text of a template, and whose it is: what is wrong with one that a user gave is the user's mistake."""

    path: Path
    text: str
    given: bool

    @classmethod
    def read(cls, path: Path, *, given: bool) -> _Template:
        unread = cls(path, "", given)
        try:
            with path.open("rb") as file:
                data = file.read(MAX_TEMPLATE_BYTES + 1)
            text = data.decode()
        except OSError as error:
            raise unread.error(f"cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise unread.error(f"not UTF-8 at byte {error.start}") from error
        if len(data) > MAX_TEMPLATE_BYTES:
            raise unread.error(f"longer than {MAX_TEMPLATE_BYTES >> 20} MiB, the most that is read")
        return cls(path, text, given)

    def filled(self, fields: Mapping[str, object], instance_id: str) -> tuple[str, tuple[dict[str, str], ...]]:
        """What stands outside of messages, and the messages."""
        from boxscore.data.template import BadTemplate, render  # noqa: PLC0415 - Jinja is slow to import

        try:
            return render(self.text, fields)
        except BadTemplate as error:
            if error.line is None:
                raise self.error(f"for {instance_id!r}: {error}") from error
            raise self.error(str(error), line=error.line) from error

    def digest(self, variant: str) -> str:
        return hashlib.sha256(b"\0".join((_RULES, variant.encode(), self.text.encode()))).hexdigest()

    def error(self, problem: str, line: int | None = None) -> UsageError | HarnessError:
        mistake = InputError(problem, path=self.path, line=line)
        return mistake if self.given else HarnessError(f"template {mistake}")


def templates_of(harness: Harness) -> Mapping[str, Path]:
    """The templates of a harness, by variant; none where a class nearer to it than they has a method `prompt`."""
    if "prompt_templates" not in getattr(harness, "__dict__", {}):
        owner = next((one for one in type(harness).__mro__ if {"prompt", "prompt_templates"} & vars(one).keys()), None)
        if owner is None or "prompt_templates" not in vars(owner):
            return {}
    found: object = getattr(harness, "prompt_templates", None)
    if not isinstance(found, Mapping) or not all(
        isinstance(name, str) and isinstance(path, Path) for name, path in found.items()
    ):
        raise HarnessError(f"harness {harness.name!r}: 'prompt_templates' must map variants to paths, not {found!r}")
    return found


def _stops(harness: Harness) -> Mapping[str, tuple[str, ...]]:
    found: object = getattr(harness, "prompt_stops", {})
    if not isinstance(found, Mapping) or not all(
        isinstance(texts, tuple) and all(isinstance(one, str) and one for one in texts) for texts in found.values()
    ):
        raise HarnessError(
            f"harness {harness.name!r}: 'prompt_stops' must map variants to tuples of texts, not {found!r}"
        )
    return found


def _digest_of_code(harness: Harness) -> str:
    """Of the files in which a harness and its method `prompt` are written."""
    written = getattr(getattr(type(harness), "prompt", None), "__code__", None)
    files = {name for name in (class_file(type(harness)), getattr(written, "co_filename", None)) if name}
    found = [Path(name).read_bytes() for name in sorted(files) if Path(name).is_file()]
    return hashlib.sha256(b"\0".join((_RULES, harness.name.encode(), *found))).hexdigest()
