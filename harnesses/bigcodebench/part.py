"""Parts and versions of BigCodeBench's data: `bigcodebench@hard`, `bigcodebench@v0.1.0_hf+uncalibrated`.

Only v0.1.0_hf lies in a repository; the later ones are on the Hub alone. `at_version` makes them of it. Rows that are
of a later version already stay as they are.
"""

from __future__ import annotations

import re

from msgspec import Struct

import boxscore

FIRST = "v0.1.0_hf"
VERSIONS = (FIRST, "v0.1.1", "v0.1.2", "v0.1.3", "v0.1.4")
LATEST = VERSIONS[-1]

HARD = (
    *(13, 15, 17, 19, 34, 37, 82, 89, 92, 93, 99, 100, 101, 108, 120, 123, 124, 129, 139, 147),
    *(161, 162, 177, 184, 187, 199, 208, 211, 214, 227, 239, 241, 267, 273, 274, 287, 302, 308, 310, 313),
    *(324, 326, 341, 346, 360, 367, 368, 374, 399, 401, 409, 417, 418, 424, 443, 445, 454, 458, 461, 477),
    *(486, 492, 501, 502, 503, 509, 511, 513, 526, 528, 530, 532, 553, 560, 567, 574, 579, 582, 583, 587),
    *(590, 592, 593, 594, 618, 636, 637, 654, 655, 657, 678, 720, 723, 752, 760, 763, 765, 771, 777, 785),
    *(800, 826, 845, 854, 857, 865, 870, 879, 897, 906, 914, 915, 916, 917, 928, 942, 945, 952, 955, 963),
    *(964, 969, 971, 985, 988, 990, 998, 999, 1003, 1004, 1006, 1008, 1012, 1013, 1015, 1019, 1020, 1022, 1039, 1040),
    *(1042, 1053, 1057, 1077, 1085, 1124, 1129, 1137),
)
HARD_IDS = frozenset(f"BigCodeBench/{number}" for number in HARD)


_PARTS = f"Parts are `hard`, `uncalibrated` and a version ({', '.join(VERSIONS)}); several are joined by `+`"
_PROMPTS = {"complete", "instruct"}


class Part(Struct, frozen=True, kw_only=True):
    """Which instances, in which version of the data, and whether the stub goes before a program."""

    hard: bool = False
    version: str = LATEST
    calibrated: bool = True

    @classmethod
    def of(cls, text: str) -> Part:
        """Read what stands after `@`. Raises UsageError."""
        words = text.split("+")
        versions = [word for word in words if word in VERSIONS]
        unknown = [word for word in words if word not in {"hard", "uncalibrated", *versions}]
        if unknown or len(set(words)) != len(words) or len(versions) > 1:
            raise boxscore.UsageError(f"bigcodebench@{text}: {_wrong(unknown)}. {_PARTS}")
        return cls(
            hard="hard" in words,
            version=versions[0] if versions else LATEST,
            calibrated="uncalibrated" not in words,
        )

    def __str__(self) -> str:
        words = ["hard"] * self.hard + [self.version] * (self.version != LATEST)
        return "+".join(words + ["uncalibrated"] * (not self.calibrated))

    def has(self, instance_id: str) -> bool:
        return not self.hard or instance_id in HARD_IDS


def _wrong(unknown: list[str]) -> str:
    if _PROMPTS.intersection(unknown):
        return "Complete and Instruct are prompts of the same instances, and are graded alike"
    return f"there is no part {unknown[0]!r}" if unknown else "each part is named once, and one version"


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
