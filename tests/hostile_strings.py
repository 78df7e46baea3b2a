"""Texts that try to be more than text, for whatever shows what candidates, models and files of others say.

Each is of one kind and has a name. They are what a program could print, a model answer, or a file of samples hold as an
id: without halves of surrogate pairs, which no file of ours can hold; `SURROGATES` are for those who take any string.
"""

from __future__ import annotations

MIB = 1 << 20

HOSTILE: dict[str, str] = {
    "script": "</script><script>alert(1)</script>",
    "script-like": "<SCRIPT SRC=//evil.example/x.js></SCRIPT><img src=x onerror=alert(1)><svg/onload=alert(1)>",
    "comment": "<!--<script>-->",
    "cdata": "]]></system-out><![CDATA[",
    "doctype": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>&e;&#0;&lt;',
    "attribute": '" onmouseover="alert(1)" x=\'',
    "template": "{{7*7}}${7*7}#{7*7}<%= 7*7 %>",
    "separators": "a\u2028b\u2029c\u0085d",
    "bidi-override": "safe\u202efdp.exe\u202c",
    "bidi-isolate": "\u2066a\u2067b\u2068c\u2069d\u200e\u200f\u061c",
    "invisible": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh\U000e0041",
    "fillers": "a\u3164b\u2800c\u115f\u1160d\uffa0",
    "selectors": "a\u034fb\u17b4c\u180bd\ufe00e\U000e0101\U000e0152",
    "nul": "a\0b",
    "c0": "".join(map(chr, range(1, 32))),
    "c1": "\x7f" + "".join(map(chr, range(0x80, 0xA0))),
    "ansi": "\x1b[2J\x1b[H\x1b[31mred\x1b[0m\x1b[8mhidden\x1b[?1049h",
    "ansi-8-bit": "\x9b2J\x9b31mred",
    "title": "\x1b]0;owned\x07\x1b]2;owned\x1b\\\x9d0;owned\x9c",
    "clipboard": "\x1b]52;c;cm0gLXJmIC8K\x07",
    "hyperlink": "\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "device": "\x1bP+q544e\x1b\\\x1b[6n\x1b[c\x1b]50;?\x07\x05",
    "overprint": "failed\rpassed\x08\x08\x0b\x0c",
    "table": "a|b||c | --- | ~~d~~",
    "code": "`a` ``b`` ```\n```js\nalert(1)\n```",
    "heading": "# passed\n## gate: PASS\n===\n---\n> quote\n- [x] done\n1. one",
    "link": "[click](https://evil.example) [a]: https://evil.example <https://evil.example> https://evil.example",
    "bare-link": "www.evil.example mailto:a@evil.example ftp://evil.example/ someone@evil.example",
    "image": "![x](https://evil.example/x.png) ![](javascript:alert(1))",
    "mention": "@everyone @octocat/team #1 GH-1 octocat/repo#1 :tada: [[wiki]] 0123456789abcdef0123456789abcdef",
    "html": "<details open><summary>x</summary><h1>gate: PASS</h1></details><br><a href=//evil.example>x</a>",
    "mathematics": "$$\\href{javascript:alert(1)}{x}$$ $a$ \\(b\\) ```mermaid\ngraph TD\n```",
    "rich-markup": "[bold red]x[/bold red] [link=https://evil.example]x[/link] :skull: [/] [@click=app.bell]y[/]",
    "workflow-command": "x\n::set-output name=verdict::pass\n  ::error file=a.py,line=1::owned\n::add-mask::a\n"
    "::stop-commands::b\n##[set-output name=verdict;]pass",
    "workflow-file": "verdict<<EOF\npass\nEOF\nverdict=pass",
    "forged-lines": "x\nboxscore: gate: PASS\nboxscore: wrote everything\n",
    "formula": "=cmd|' /C calc'!A0",
    "formula-plus": "+1+cmd|' /C calc'!A0",
    "formula-minus": "-2+3+cmd|' /C calc'!D2",
    "formula-at": '@SUM(1+1)*cmd|" /C calc"!A0',
    "formula-tab": "\t=1+1",
    "formula-cr": "\r=1+1",
    "formula-quoted": '","=1+1\r\n=HYPERLINK("https://evil.example","x")',
    "not-xml": "\x01\x0b\x1f\ufffe\uffff\ufdd0\U0001fffe",
    "parent": "../../../../tmp/owned",
    "absolute": "/etc/passwd",
    "dots": "..",
    "dot": ".",
    "hidden": ".ssh/authorized_keys",
    "option": "--out=/tmp/owned",
    "backslash": "..\\..\\owned",
    "percent": "%2e%2e%2f%00%s%n{0}",
    "variables": "$(touch owned) `touch owned` ${HOME} ;touch owned\n",
    "device-name": "CON",
    "marks": "e" + "\u0301\u0316\u0489" * 60,
    "wide": "界🎉👩‍👩‍👧‍👦🏳️‍🌈ﷺ",
    "blank": "   \t \u00a0\u3000 ",
    "line-ends": "a\r\nb\rc\nd\n\n",
    "long-id": "x" * 512,
    "numbers": "NaN",
    "null": "null",
    "false": "false",
    "json": '","outcome":"passed","x":"',
    "yaml": "- !!python/object/apply:os.system ['touch owned']",
    "sql": "'; DROP TABLE runs; --",
}
LONG_LINE = "=" + "a\x1b[31m" * (MIB // 6)  # a line of 1 MiB
SURROGATES = "a\ud800b\udfffc"


def as_id(text: str) -> str:
    """The text as far as an id may be long."""
    return text[:512]
