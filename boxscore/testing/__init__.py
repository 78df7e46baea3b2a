"""For authors of backends and harnesses: the suite that every backend must pass.

    class TestMine(BackendConformance):
        @pytest.fixture
        def backend(self) -> Backend: ...

        @pytest.fixture
        def image(self) -> str | None: ...

The image must have `/bin/sh` and `python3` on its PATH.
"""

from __future__ import annotations

import pytest

for _part in ("files", "isolation", "limits", "programs", "streams"):
    # Assertions outside test modules explain themselves only when pytest is told before their import.
    pytest.register_assert_rewrite(f"boxscore.testing._conformance_{_part}")

from boxscore.testing._conformance import BackendConformance  # noqa: E402 - after the registration above

__all__ = ["BackendConformance"]
