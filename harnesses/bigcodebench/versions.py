"""Versions of the data, each the one before with some texts replaced, as its authors published them.

Only v0.1.0_hf lies in a repository; the later ones are on the Hub alone. `at_version` makes them of it. Rows that are
of a later version already stay as they are.
"""

from __future__ import annotations

import re

from msgspec import Struct

FIRST = "v0.1.0_hf"
VERSIONS = (FIRST, "v0.1.1", "v0.1.2", "v0.1.3", "v0.1.4")
LATEST = VERSIONS[-1]

PROMPTS = ("complete_prompt", "instruct_prompt", "code_prompt")
STATUS = "        mock_response.status_code = 200\n"


class Edit(Struct, frozen=True):
    """From `version` on, in `fields` of an instance, what matches the pattern `old` is `new` in all its places.

    With `unless`, a field that has this text is left alone.
    """

    version: str
    number: int
    fields: tuple[str, ...]
    old: str
    new: str
    unless: str | None = None


MOCKED_DOWNLOAD = '''\
    @patch("requests.get")
    def test_non_zip_content(self, mock_get):
        """Test a valid ZIP URL."""
        mock_get.return_value.status_code = 200
        mock_get.return_value.headers = {"Content-Type": "application/zip"}
        mock_get.return_value.content = b"1"
        url = "https://valid-url.com/sample.zip"
        result = task_func(url)
'''

EDITS = (
    Edit("v0.1.1", 178, PROMPTS, r"from urllib import request\n|    - urllib\.request\n", ""),
    Edit("v0.1.1", 760, PROMPTS, "from datetime import datetime", "import datetime"),
    Edit("v0.1.1", 1006, ("test",), r"(?s)    def test_valid_zip_url\(self\):.*?(?=    @patch)", MOCKED_DOWNLOAD),
    Edit("v0.1.2", 16, ("canonical_solution", "test"), r"No logs found to backup\.", "No logs found to backup"),
    Edit("v0.1.2", 37, PROMPTS, r"\A(?!import pandas)", "import pandas as pd\n"),
    Edit("v0.1.2", 37, ("complete_prompt",), r"(?<=    Requirements:\n)(?!    - pandas)", "    - pandas\n"),
    Edit(
        "v0.1.2",
        241,
        ("complete_prompt", "instruct_prompt"),
        "(?<=normalized arrays) using matplotlib",
        " with a title of 'Original vs. Normalized Data'",
    ),
    Edit(
        "v0.1.2",
        267,
        ("complete_prompt", "instruct_prompt"),
        r"(?<=the FFT of the signal)(?=\.\n)",
        " with a title of 'FFT of the signal'",
    ),
    Edit("v0.1.3", 1005, ("test",), "(?<=sample[-_])2|(?<=Sample )2", "5"),
    Edit("v0.1.4", 211, ("test",), r"(?<=mock_response\.content = MOCK_CONTENT\n)", STATUS, unless=STATUS),
    Edit("v0.1.4", 215, ("complete_prompt", "instruct_prompt", "doc_struct"), "Thif function", "This function"),
    Edit("v0.1.4", 215, ("test",), r"(?<=mock_response = Mock\(\)\n)", STATUS, unless=STATUS),
    Edit("v0.1.4", 215, ("test",), r"mock_response\.text =(?! MOCK_TEXT)", "MOCK_TEXT ="),
    Edit(
        "v0.1.4",
        215,
        ("test",),
        r"        (?=mock_get\.return_value = mock_response\n)",
        "        mock_response.text = MOCK_TEXT\n        mock_response.json = lambda: json.loads(MOCK_TEXT)\n        ",
        unless="mock_response.json =",
    ),
)


def at_version(row: dict[str, object], version: str) -> dict[str, object]:
    """A row of v0.1.0_hf as it is in `version`."""
    edited = dict(row)
    for edit in EDITS:
        if VERSIONS.index(edit.version) > VERSIONS.index(version) or row["task_id"] != f"BigCodeBench/{edit.number}":
            continue
        for field in edit.fields:
            text = str(edited[field])
            if edit.unless is None or edit.unless not in text:
                edited[field] = re.sub(edit.old, edit.new, text)
    return edited
