"""Models by their names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from boxscore.errors import UsageError
from boxscore.models import library
from boxscore.models.registry import open_model


def test_without_litellm_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A provider's model names the extra."""
    monkeypatch.setitem(sys.modules, "litellm", None)
    monkeypatch.setattr(library, "litellm", library.litellm.__wrapped__)

    with pytest.raises(UsageError, match=r"pip install 'boxscore\[models\]'"):
        library.litellm()


def test_what_cannot_be_is_refused() -> None:
    """An empty name, nobody at a time, a server for a model that is none's."""
    with pytest.raises(UsageError, match="gold, replay:FILE, command:PROGRAM"):
        open_model(" ")
    with pytest.raises(UsageError, match="at least 1"):
        open_model("gold", concurrency=0)
    with pytest.raises(UsageError, match="--api-base"):
        open_model("gold", api_base="http://localhost:1/v1")


def test_own_models_import_no_litellm() -> None:
    """References, files and programs work without the extra, and without the seconds that it takes."""
    code = (
        "import sys; from boxscore.models.registry import open_model; open_model('gold'); open_model('command:true');"
        "print([name for name in ('litellm', 'httpx', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout == "[]\n"
