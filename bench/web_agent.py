"""Compare the agent that builds web projects with what Web-Bench's own program asks, reads and writes.

    python bench/web_agent.py CLONE [--cases 20000] [--seed 1]

CLONE is a clone of the benchmark's repository. Its agents and what collects and writes files are bundled by esbuild,
which comes from npm with the packages that they load; what they ask is caught by a server on loopback. Prints how many
cases agree, and those that do not. Cases are real projects, and texts made at random of what such texts are made of.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.bundled import bundled_run
from boxscore.agents.web.answer import UnreadableAnswer, read_files
from boxscore.agents.web.folder import NOT_WHOLE, listed, shown, written
from boxscore.agents.web.page import is_whole_page
from boxscore.agents.web.request import Request, body_of, messages_of, read_reply, request_of
from boxscore.agents.web.script import key_order
from boxscore.agents.web.told import cleaned
from boxscore.agents.web.walk import INIT, Walk, WalkStep, walk_of
from boxscore.data.plugin_calls import make_task
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Case = tuple[str, Any, dict[str, Any]]  # its kind, what is ours, and what the official program is given

PACKAGES = (
    *("http-proxy-agent@7", "https-proxy-agent@7", "llama-tokenizer-js@1.2.2", "js-tiktoken@1.0.8"),
    *("axios@1.11.0", "axios-retry@4.5.0", "node-fetch@2.6.11", "follow-redirects@1.15.5", "ignore@6.0.2"),
    *("promise-fs@2.1.1", "strip-ansi@6.0.1", "node-html-parser@6.1.13", "fs-extra@11.2.0", "p-limit@3", "lodash@4"),
    "chalk@4",
)
ENTRY = """
import fs from 'fs'
import http from 'http'
import os from 'os'
import path from 'path'
import { BenchAgent } from '%(tools)s/bench-agent/src/agent'
import { MarkdownParser } from '%(tools)s/bench-agent/src/utils/markdown'
import { HttpAgent } from '%(tools)s/http-agent/src/http-agent'
import { prettierErrorMessage, clearErrorMsg } from '%(tools)s/evaluator/src/utils/error'
import { FileUtils } from '%(tools)s/evaluator/src/utils/file'
import { fileValidate } from '%(tools)s/evaluator/src/parser'
import { IgnoreGetter } from '%(tools)s/evaluator/src/ignore'
import { ContextGetter } from '%(tools)s/evaluator/src/plugins/utils/context'
import { Writer } from '%(tools)s/evaluator/src/plugins/utils/writer'
import { InitTaskRunner } from '%(tools)s/evaluator/src/runner/task-runner/init-task-runner'

console.log = console.error = console.debug = () => {}
let sent = '', reply = '', port = 0
const asked = async (agent, request) => {
  sent = ''
  try {
    return { files: Object.entries((await agent.request(request)).files) }
  } catch (e) { return { error: e.message } }
}
const DO = {
  parse: ({ text }) => {
    const files = {}
    try {
      MarkdownParser.parseMarkdownCodeBlocks(text).forEach((one) => { files[one.filename] = one.code })
    } catch (e) { return { error: e.message } }
    return { files: Object.entries(files) }
  },
  clean: ({ text }) => clearErrorMsg(prettierErrorMessage(text), ['src/']),
  page: ({ text }) => fileValidate('x.html', text),
  init: ({ text, files }) => {
    const project = { settings: { initFiles: files }, agent: {} }
    return new InitTaskRunner({ id: 'init', description: text }, project).task.description
  },
  chat: async (one) => {
    reply = JSON.stringify({ choices: [{ message: { content: one.reply } }] })
    const at = { provider: 'openrouter', apiKey: 'k', title: 't', apiBase: `http://127.0.0.1:${port}/v1` }
    const read = await asked(new BenchAgent({ model: 'm', ...at }, { model: 'm' }), one.request)
    return { messages: JSON.parse(sent).messages, read }
  },
  http: async (one) => {
    reply = one.reply
    const read = await asked(new HttpAgent(`http://127.0.0.1:${port}/message`), one.request)
    return { body: sent, read }
  },
  collect: async ({ clone, project, folder }) => {
    const files = await FileUtils.getAllFiles(folder, { relative: true })
    const settings = { projectDir: project, repositoryDir: clone, outputProjectDir: [folder], files }
    const made = { settings }
    made.ignore = new IgnoreGetter(made)
    return Object.entries(await new ContextGetter(made).getTaskContext())
  },
  write: async ({ before, files }) => {
    const top = fs.mkdtempSync(path.join(os.tmpdir(), 'web-agent-'))
    const root = path.join(top, 'a/b/src')
    let error = ''
    fs.mkdirSync(root, { recursive: true })
    for (const [name, text] of before) {
      fs.mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
      fs.writeFileSync(path.join(root, name), text)
    }
    const project = { settings: { outputProjectDir: [root] }, logger: { debug() {} } }
    try { await new Writer(project).writeFiles(Object.fromEntries(files)) } catch (e) { error = e.message }
    const found = {}
    for (const name of await FileUtils.getAllFiles(root, { relative: true })) {
      found[name] = fs.readFileSync(path.join(root, name)).toString('base64')
    }
    fs.rmSync(top, { recursive: true })
    return { error: error.replaceAll(root, '.'), found }
  },
}
const server = http.createServer((request, response) => {
  const parts = []
  request.on('data', (part) => parts.push(part))
  request.on('end', () => {
    sent = Buffer.concat(parts).toString()
    response.setHeader('content-type', 'application/json')
    response.end(reply)
  })
})
server.listen(0, '127.0.0.1', async () => {
  port = server.address().port
  const answers = []
  for (const one of JSON.parse(fs.readFileSync(0, 'utf8'))) answers.push(await DO[one.do](one))
  fs.writeFileSync('told.json', JSON.stringify(answers))
  process.exit(0)
})
"""
LINES = (
    *("index.html", "/index.html", "src/a.js", "/src/a.js", "a b.css", ".env", "./x.ts", "../y.js", "pages/[id].vue"),
    *("html", "javascript", "js", "vue", "tsx", "text", "<div>", "const a = 1", "", "\r", "x.y@z", "foo.b4r"),
    *("a\u2028/b.js", "//a.js", "/", "a/", "a//b.css", "index.html\r", "\ufeffa.js", " a.js", "\ta.js", "a.module.css"),
    *("é.js", "Here is the code", "package.json", "Dockerfile", "`", "``", "x,y-z.w"),
)
PRINTED = (
    *"[]/<>() \n\n\n0123456789src/",
    *("\x1b[31m", "\x1b[0m", "[3/9] ", "src/", "\u00a0", "\ufeff", "[12/68] [chromium]", "  at /x/src/a.js:1:2", "\r"),
)
TAGS = (
    *("html", "body", "HTML", "Body", "div", "p", "li", "ul", "a", "b", "td", "tr", "table", "h1", "h2", "script"),
    *("style", "pre", "noscript", "br", "img", "IMG", "span", "head", "x-y", "documentfragmentcontainer"),
)
VALUES = (
    *("", "", "", "", ' class="a"', " a='>'", ' title="x>y"', ' "', ' x="a" y', " ='\"", ' x="a"b', "\n", "\u00a0q"),
    *("/", " /", " id=1 ", ' x="<body>"', " ' "),
)
BETWEEN = ("text", "<!-- c -->", "<!--", "-->", "<!doctype html>", "\n", '"', "'", ">")
NAMES = (
    *("index.html", "a.js", "a/b.js", "/a.js", "//c.css", "./d.js", "../e.js", "x/../../f.js", "...", "..", ".", "a"),
    *(
        "a/",
        "a/b.js/c",
        ".../g.js",
        "..h.js",
        ".i",
        "b/index.htm",
        "p.png",
        "",
        "0",
        "12",
        "7.js",
        "q/./r.js",
        "é/ü.txt",
    ),
    *("a.js/../z.js", "constructor", "toString"),
)
THERE = ("index.html", "a.js", "a/b.js", "c.css", "d/e/f.js", "p.png", "7.js")
TEXTS = ("<html><body>x</body></html>", "<div></div>", "", "  ", "\n", "\ufeff", "body", "<body>", "\u200b", "text")
ERRORS = ("Error: x\n  1) a", "", "x" * 10, '\u2028"\\\x01\x7fé')
LONG = (333_100, 333_333, 333_400, 500_000, 1_200_000)


def main() -> None:
    """Make cases, have both do them, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clone", type=Path)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    draw = random.Random(options.seed)
    clone = options.clone.absolute()
    cases = [*at_random(draw, options.cases), *of_projects(draw, clone)]
    told = official(clone, [given | {"do": kind} for kind, _, given in cases])
    counts, equal = Counter[str](), Counter[str]()
    for (kind, ours, given), theirs in zip(cases, told, strict=True):
        counts[kind] += 1
        equal[kind] += same(ours, theirs)
        if not same(ours, theirs):
            shown_here = [json.dumps(one)[:300] for one in (given, theirs, ours)]
            print(kind, *shown_here, sep="\n  ")
    for kind, count in counts.items():
        print(f"{kind}: {equal[kind]:,} of {count:,} equal")


def same(ours: Any, theirs: Any) -> bool:
    """Whether both say the same; of errors of a file system the kind, which depends on where a path leads through."""
    if isinstance(theirs, dict) and str(theirs.get("error", "")).startswith(("EISDIR", "ENOTDIR", "ENOENT", "EEXIST")):
        return bool(str(ours["error"]).startswith("E") and ours["found"] == theirs["found"])
    return bool(ours == theirs)


def at_random(draw: random.Random, count: int) -> Iterator[Case]:
    """Answers, logs, pages and files, made of what such texts are made of."""
    for _ in range(count):
        text = answer(draw)
        yield "parse", parsed(text), {"text": text}
        text = page(draw)
        yield "page", "" if is_whole_page(text) else NOT_WHOLE, {"text": text}
    for _ in range(count // 4):
        text = "".join(draw.choice(PRINTED) for _ in range(draw.randint(0, 40)))
        yield "clean", cleaned(text), {"text": text}
        yield writing(draw)
    for size in LONG:
        yield asking(Request(kind="normal", text="T", files={"a.js": "x" * size, "b": "\U0001f600"}), "")
    for text in ("a", "a.", "a.\n", "a\n", "a. ", "a.\ufeff", "a.\u200b", ""):
        for names in ([], ["index.html"], ["b", "a/c.js"]):
            walk = Walk(steps=(WalkStep(name=INIT, text=text),), start=dict.fromkeys(names, b""))
            yield beginning(walk, walk.steps[0])


def of_projects(draw: random.Random, clone: Path) -> Iterator[Case]:
    """Each task of each project, before and after the last one, with and without an error; and its files."""
    harness = load_harness("web-bench")
    for instance in harness.load(clone / "libraries/test-util/src/index.js"):
        walk = walk_of(make_task(harness, instance))
        if walk is None:
            raise TypeError(instance.instance_id)
        project = clone / "projects" / instance.instance_id
        finished = folder(project / "src")
        for name in ("src", "src-init"):
            if files := folder(project / name):
                given = {"clone": str(clone), "project": str(project), "folder": str(project / name)}
                yield "collect", pairs(shown(files, walk.hidden)), given
        for number, step in enumerate(walk.steps):
            seen = shown(finished if number % 2 else walk.start, walk.hidden)
            for error in (None, draw.choice(ERRORS)):
                request = request_of(walk, step, seen, error)
                yield asking(request, answer(draw))
                reply = json.dumps({"files": dict(some_files(draw)), "taskId": 1, "inputTokens": 3})
                given = {"request": json.loads(body_of(request)), "reply": reply}
                read = pairs(dict(ordered(read_reply(reply))))
                yield "http", {"body": body_of(request), "read": {"files": read}}, given
            if step.name == INIT:
                yield beginning(walk, step)


def folder(path: Path) -> dict[str, bytes]:
    """All files of a folder, through links too, as the official program takes them."""
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in walked(path)}


def walked(path: Path) -> Iterator[Path]:
    """The files in a folder and those below it."""
    for one in path.iterdir() if path.is_dir() else ():
        yield from walked(one) if one.is_dir() else (one,)


def beginning(walk: Walk, step: WalkStep) -> Case:
    """The words of a first task."""
    return INIT, request_of(walk, step, {}, None).text, {"text": step.text, "files": listed(walk.start)}


def asking(request: Request, reply: str) -> Case:
    """What a model is asked, and what is read of its answer."""
    given = {"request": json.loads(body_of(request)), "reply": reply}
    return "chat", {"messages": messages_of(request), "read": parsed(reply)}, given


def writing(draw: random.Random) -> Case:
    """What becomes of a folder by the files of an answer."""
    before = [(name, draw.choice(TEXTS)) for name in draw.sample(THERE, draw.randint(0, 4))]
    files = some_files(draw)
    there = {name: text.encode() for name, text in before}
    done = written(there, dict(ordered(dict(files))))
    found = {path: base64.b64encode(content).decode() for path, content in {**there, **done.files}.items()}
    return "write", {"error": done.problem, "found": found}, {"before": before, "files": files}


def parsed(text: str) -> dict[str, Any]:
    """The files of an answer, or what is wrong with it."""
    try:
        return {"files": pairs(read_files(text))}
    except UnreadableAnswer as error:
        return {"error": str(error)}


def pairs(files: dict[str, str]) -> list[list[str]]:
    """An object's entries."""
    return [[name, text] for name, text in files.items()]


def ordered(files: dict[str, str]) -> list[tuple[str, str]]:
    """Files in the order of an object's keys."""
    return [(name, files[name]) for name in key_order(files)]


def some_files(draw: random.Random) -> list[tuple[str, str]]:
    """Files with odd names."""
    return [(draw.choice(NAMES), draw.choice(TEXTS)) for _ in range(draw.randint(0, 5))]


def answer(draw: random.Random) -> str:
    """An answer of a model, more or less."""
    parts: list[Sequence[str]] = []
    for _ in range(draw.randint(0, 5)):
        lines = "\n".join(draw.choice(LINES) for _ in range(draw.randint(0, 5)))
        parts += [("", "Sure:\n", "text ``", "\n", "`"), ("```", "```", "```", "```", "````", "``")]
        parts += [("\n", "", "html\n", "\n\n", "\r\n"), (lines,), ("\n", "", "\r\n", "\n\n")]
        parts += [("```", "```", "```", "", "````")]
    return "".join(draw.choice(part) for part in parts)


def page(draw: random.Random) -> str:
    """A page, or what nearly is one."""

    def tag() -> str:
        begin, end = draw.choice(("<", "<", "<", "</", "</", "< ")), draw.choice((">", ">", ">", "/>", " >", "", " />"))
        return begin + draw.choice(TAGS) + draw.choice(VALUES) + end

    kinds: tuple[Callable[[], str], ...] = (tag, tag, lambda: draw.choice(BETWEEN))
    return "".join(draw.choice(kinds)() for _ in range(draw.randint(0, 14)))


def official(clone: Path, cases: list[dict[str, Any]]) -> list[Any]:
    """What the official program does in each case."""
    entry = {"entry.js": ENTRY % {"tools": clone / "tools"}, "none.js": "export const diff = () => ''"}
    aliases = ("string-diff-viewer=./none.js", f"@web-bench/evaluator-types={clone}/tools/types/src/index.ts")
    with bundled_run(entry, PACKAGES, json.dumps(cases), aliases) as (home, _):
        return list(json.loads((home / "told.json").read_text("utf-8")))


if __name__ == "__main__":
    main()
