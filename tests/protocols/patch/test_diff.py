"""Which files a patch names, as git writes names."""

from __future__ import annotations

import pytest

from boxscore import changed_paths

QUOTED = r"sp\303\244t.py"
HUNK = "@@ -1 +1 @@\n-1\n+2\n"


@pytest.mark.parametrize(
    ("patch", "paths"),
    [
        (f"diff --git a/lib.py b/lib.py\n--- a/lib.py\n+++ b/lib.py\n{HUNK}", ("lib.py",)),
        (
            f'diff --git "a/{QUOTED}" "b/{QUOTED}"\n--- "a/{QUOTED}"\n+++ "b/{QUOTED}"\n{HUNK}',
            ("spät.py",),
        ),
        (
            'diff --git a/plain.py "b/say \\"hi\\".py"\nrename from plain.py\nrename to "say \\"hi\\".py"\n',
            ("plain.py", 'say "hi".py'),
        ),
        ("diff --git a/a b/b.py b/a b/b.py\n--- a/a b/b.py\n+++ b/a b/b.py\n" + HUNK, ("a b/b.py",)),
        (f"diff --git a/gone.py b/gone.py\n--- a/gone.py\n+++ /dev/null\n{HUNK}", ("gone.py",)),
        (f"--- a/old.py\n+++ b/old.py\n{HUNK}", ("old.py",)),
        (f'diff --git a/a b/a\n--- a/a\n+++ b/a\n{HUNK}diff --git "a/endless b/endless\n', ("a",)),
        ("", ()),
    ],
)
def test_files_are_named_as_git_reads_them(patch: str, paths: tuple[str, ...]) -> None:
    assert changed_paths(patch) == paths
