"""The projects of Web-Bench, and what each is about: a standard of the web, or a framework.

The paper tells of 19 projects of the one and 31 of the other, and the data does not say which is which: here it is by
what a project's own readme says that it practises.
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
    """The half that a project is in, None for one that is not the benchmark's."""
    if project in STANDARDS:
        return Kind.STANDARD
    return Kind.FRAMEWORK if project in FRAMEWORKS else None
