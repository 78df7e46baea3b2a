"""Parts of a benchmark in JavaBench's shape: `javabench@test-wise`, `javabench@PA20+minimum`, joined by `+`."""

from __future__ import annotations

import enum

from msgspec import Struct

import boxscore


class Wise(enum.StrEnum):
    """How much of a project a sample gives: a class, all that a suite of tests reaches, or all there is to write."""

    CLASS = "class-wise"
    TEST = "test-wise"
    PROJECT = "project-wise"


class Context(enum.StrEnum):
    """What a model is shown of the project: signatures of what the class depends on, whole skeletons, or nothing."""

    SELECTIVE = "selective"
    MAXIMUM = "maximum"
    MINIMUM = "minimum"


class Part(Struct, frozen=True, kw_only=True):
    """What is graded, what is shown, and of which projects, none meaning all."""

    wise: Wise = Wise.CLASS
    context: Context = Context.SELECTIVE
    projects: tuple[str, ...] = ()

    @classmethod
    def of(cls, text: str, name: str, projects: tuple[str, ...]) -> Part:
        """Read what stands after `@`. Raises UsageError."""
        words = text.split("+")
        wise = [word for word in words if word in tuple(Wise)]
        context = [word for word in words if word in tuple(Context)]
        chosen = tuple(project for project in projects if project in words)
        unknown = set(words) - {*wise, *context, *chosen}
        if unknown or len(set(words)) != len(words) or len(wise) > 1 or len(context) > 1:
            several = f", projects ({', '.join(projects)})" if len(projects) > 1 else ""
            raise boxscore.UsageError(
                f"{name}@{text}: give one of {', '.join(Wise)}, one of {', '.join(Context)}{several}, joined by `+`"
            )
        return cls(
            wise=Wise(wise[0]) if wise else Wise.CLASS,
            context=Context(context[0]) if context else Context.SELECTIVE,
            projects=chosen,
        )

    def __str__(self) -> str:
        words = [self.wise] * (self.wise is not Wise.CLASS) + [self.context] * (self.context is not Context.SELECTIVE)
        return "+".join([*words, *self.projects])
