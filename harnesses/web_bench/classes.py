"""The projects of Web-Bench, and what each is about: a web standard or a framework.

The paper counts 19 of the former and 31 of the latter, and the data does not say which is which: we go by what each
project's readme says it practises.
"""

from __future__ import annotations

import enum


class Kind(enum.StrEnum):
    """The two halves of the benchmark."""

    STANDARD = "standard"
    FRAMEWORK = "framework"


STANDARDS = [
    "bom",
    "calculator",
    "calculator-files",
    "canvas",
    "color",
    "dom",
    "dom1",
    "esmodule",
    "flex",
    "float",
    "form",
    "grid",
    "selector",
    "survey",
    "svg",
    "svg-chart",
    "svg-solar",
    "table",
    "typescript",
]
FRAMEWORKS = [
    "angular",
    "chart",
    "draw",
    "expression-editor",
    "expressjs",
    "fastify",
    "fastify-react",
    "jotai",
    "less",
    "lowdb",
    "mobx",
    "nextjs",
    "nosql",
    "nuxt",
    "parcel",
    "prisma",
    "react",
    "react-no-ts",
    "redux",
    "sass",
    "sequelize",
    "styled-components",
    "stylus",
    "svelte",
    "tailwind",
    "threejs",
    "unocss",
    "vite",
    "vue",
    "webpack",
    "zustand",
]
PROJECTS = tuple(sorted([*STANDARDS, *FRAMEWORKS]))


def kind_of(project: str) -> Kind | None:
    """The half that a project is in, None if the benchmark has no such project."""
    if project in STANDARDS:
        return Kind.STANDARD
    return Kind.FRAMEWORK if project in FRAMEWORKS else None
