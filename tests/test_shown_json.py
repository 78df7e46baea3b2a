"""JSON that may be shown in a terminal."""

from __future__ import annotations

import json

from boxscore.shown_json import printable_json


def test_what_hides_in_text_is_escaped_and_means_the_same() -> None:
    """Also beyond the first 65,536 characters of Unicode, where JSON has two escapes for one; the rest stays."""
    text = "a\x7f\u202e\u200b\xad\u3164\ufe00\U000e0041 \u00e9 \u2764\ufe0f \U0001f600"

    shown = printable_json(json.dumps(text, ensure_ascii=False).encode())

    assert (
        shown.decode()
        == r'"a\u007f\u202e\u200b\u00ad\u3164\ufe00\udb40\udc41 ' + "\u00e9 \u2764\ufe0f \U0001f600" + '"'
    )
    assert json.loads(shown) == text
