"""The page's modules become one script that needs no other."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import BoxscoreError
from boxscore.page.modules import hash_source, joined_script

if TYPE_CHECKING:
    from pathlib import Path

DECLARED = re.compile(r"^(?:async\s+)?(?:function\*?|const|let|class)\s+(\w+)", re.MULTILINE)


def test_modules_come_before_those_that_import_them(tmp_path: Path) -> None:
    """Each once, without the words that only modules know."""
    (tmp_path / "main.js").write_text('import { one, two } from "./a.js";\nimport "./b.js";\nexport const x = one;\n')
    (tmp_path / "a.js").write_text('import { three } from "./b.js";\nexport function one() { return three; }\n')
    (tmp_path / "b.js").write_text("export const three = 3;\n")

    script = joined_script(tmp_path)

    assert script == "const three = 3;\n\nfunction one() { return three; }\n\nconst x = one;\n"


def test_a_circle_is_refused(tmp_path: Path) -> None:
    """Its modules have no order."""
    (tmp_path / "main.js").write_text('import { a } from "./a.js";\n')
    (tmp_path / "a.js").write_text('import { b } from "./main.js";\n')

    with pytest.raises(BoxscoreError, match=r"main.js → a.js → main.js"):
        joined_script(tmp_path)


@pytest.mark.parametrize("text", ["const a = '</script>';\n", "// <!-- a comment of HTML\n"])
def test_a_script_does_not_end_its_element(tmp_path: Path, text: str) -> None:
    """Nor may it begin a comment there."""
    (tmp_path / "main.js").write_text(text)

    with pytest.raises(BoxscoreError, match="end it"):
        joined_script(tmp_path)


def test_names_are_the_only_ones_of_all_modules() -> None:
    """Joined to one script, two of a name would be an error; and no import is left."""
    script = joined_script()

    twice = [name for name, count in Counter(DECLARED.findall(script)).items() if count > 1]
    assert twice == []
    assert not re.search(r"^\s*(?:import|export)\b", script, re.MULTILINE)


def test_a_hash_is_that_of_a_policy() -> None:
    """As an independent implementation computes it (`openssl dgst -sha256 -binary | base64` of `alert(1)`)."""
    assert hash_source("alert(1)") == "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='"
