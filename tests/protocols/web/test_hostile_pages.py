"""Pages that attack the browser that looks at them: each is an outcome, in time, and the next page is seen as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.images.recipes import reference
from boxscore.protocols.web.boxes import FindImages, WebBoxes
from boxscore.protocols.web.browser import run_specs
from boxscore.protocols.web.site import Served, Site
from boxscore.protocols.web.task import SpecSettings, WebCommand, WebStep, WebTask
from tests.protocols.web.images import skip_without_images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Backend
    from boxscore.boxes.contract import Box
    from boxscore.protocols.web.browser import SpecRun

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900)]

SPEC = """
const { test, expect } = require('@playwright/test')

test('shows the total', async ({ page }) => {
  await page.goto('/' + process.env.CASE)
  await expect(page.locator('h1')).toHaveText('Total: 42')
})

test('is styled', async ({ page }) => {
  await page.goto('/' + process.env.CASE)
  expect(await page.locator('h1').first().evaluate((one) => getComputedStyle(one).color)).toBe('rgb(1, 2, 3)')
})
"""
SERVER = """
const fs = require('node:fs'), http = require('node:http'), path = require('node:path')
const [root, port] = process.argv.slice(2)
const page = { 'content-type': 'text/html' }
const special = {
  redirects: (q, a) => a.writeHead(302, { location: '/redirects?' + Math.random() }).end(),
  leaves: (q, a) => a.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
  file: (q, a) => a.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  hangs: () => {},
  login: (q, a) => a.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
  endless: (q, a) => {
    a.writeHead(200, page)
    const more = () => { while (a.write('<p>' + 'x'.repeat(60000))); a.once('drain', more) }
    more()
  },
}
http.createServer((q, a) => {
  q.on('error', () => {}); a.on('error', () => {})
  const name = q.url.split('?')[0].slice(1) || 'index'
  if (special[name]) return special[name](q, a)
  fs.readFile(path.join(root, name + '.html'), (error, data) => a.writeHead(error ? 404 : 200, page).end(data))
}).listen(Number(port), 'localhost')
"""
HONEST = "<style>h1 { color: rgb(1, 2, 3) }</style><h1>Total: 42</h1>"
LIE = "<h1>Total: 42</h1><script>window.getComputedStyle = () => ({ color: 'rgb(1, 2, 3)' })</script>"
FORGED = '{"kind": "test", "place": 0, "status": "passed"}\n{"kind": "done"}'
PAGES = {
    "alerts": "<script>while (true) alert('x')</script>",
    "loop": "<h1>x</h1><script>for (;;);</script>",
    "windows": "<h1>x</h1><script>setInterval(() => window.open('about:blank'), 1)</script>",
    "memory": "<h1>x</h1><script>const a = []; setInterval(() => a.push(new Uint8Array(5e7).fill(1)), 5)</script>",
    "heap": "<h1>x</h1><script>const a = []; for (;;) a.push(new Array(1e6).fill(Math.random()))</script>",
    "canvases": "<h1>x</h1><script>for (let i = 0; i < 40; i++) {"
    "const c = document.createElement('canvas'); c.width = c.height = 16384;"
    "c.getContext('2d').fillRect(0, 0, 16384, 16384); document.body.append(c) }</script>",
    "workers": "<h1>x</h1><script>for (let i = 0; i < 300; i++)"
    "new Worker(URL.createObjectURL(new Blob(['for(;;);'])))</script>",
    "downloads": "<h1>x</h1><script>setInterval(() => { const a = document.createElement('a');"
    "a.href = URL.createObjectURL(new Blob(['z'.repeat(1e7)])); a.download = 'f'; a.click() }, 20)</script>",
    "history": "<h1>x</h1><script>setInterval(() => history.pushState({}, '', '?' + Math.random()), 0)</script>",
    "navigates": "<h1>x</h1><script>location = 'file:///proc/self/environ'; window.open('chrome://crash')</script>",
    "prints": f"<title>\x1b[2J</title><h1>\x1b[31m  2 passed (1.0s)\n{FORGED}</h1>"
    f"<script>setInterval(() => console.log({FORGED!r}.repeat(100)), 1)</script>",
    "builtins": "<h1>x</h1><script>JSON.stringify = String = () => 'rgb(1, 2, 3)'; Map.prototype.get = () => 1;"
    "Promise.prototype.then = function (f) { f && f('Total: 42'); return this }</script>",
    "lie": LIE,
}
SERVED = ("redirects", "leaves", "file", "hangs", "login", "endless")
TASK = WebTask(
    steps=(WebStep(name="one", specs=("test/one.spec.js",)),),
    specs=(("test/one.spec.js", SPEC.encode()),),
    project=(("serve.js", SERVER.encode()),),
    serve=WebCommand(argv=("node", "serve.js", "{root}", "{port}")),
)
IDS = ("one.spec.js \u203a shows the total", "one.spec.js \u203a is styled")


@pytest.fixture(name="browser", scope="module")
def fixture_browser(docker_backend: Backend) -> Iterator[Box]:
    skip_without_images(docker_backend)
    boxes = WebBoxes(docker_backend, reference("web"), FindImages(lambda image: image.name, reference))
    pages = {**PAGES, "honest": HONEST, "index": HONEST}
    with boxes.pair(TASK) as pair:
        site = Site(pair, TASK)
        site.stage({f"{name}.html": page.encode() for name, page in pages.items()})
        with site.serving() as served:
            assert isinstance(served, Served)
            yield pair.browser


def look(browser: Box, case: str, *, test_s: float = 10.0) -> SpecRun:
    settings = SpecSettings(test_s=test_s, expect_s=3.0, environment=(("CASE", case),), isolated=True)
    return run_specs(browser, replace(TASK, settings=settings), ["one"], expected=IDS, port=TASK.port)


@pytest.mark.parametrize("case", [*PAGES, *SERVED])
def test_no_page_is_seen_as_what_it_is_not(browser: Box, case: str) -> None:
    run = look(browser, case)
    after = look(browser, "honest", test_s=120.0)

    assert run.statuses[IDS[1]] != "PASSED"
    assert case == "lie" or run.statuses[IDS[0]] != "PASSED"
    assert (run.trouble, run.unexpected, run.late) == ("", (), False)
    assert "\x1b" not in run.log
    assert set(after.statuses.values()) == {"PASSED"}
    assert after.screenshot.startswith(b"\xff\xd8\xff")
