"""JavaBench: classes of four projects of a course, 389 methods in all (Cao et al., 2024, arXiv 2406.12902).

`javabench` replaces one class at a time, `javabench@test-wise` all that a suite reaches, `javabench@project-wise` all
there are; `@minimum` and `@maximum` show models less or more of the project, `@PA20` takes one project alone. The data
has no licence and does not come with boxscore. `tiny-java` is a project of ours in the same shape, which does.
"""

from __future__ import annotations

from .benchmark import JavaBench
from .tiny import TinyJava

HARNESSES = (JavaBench(), TinyJava())
