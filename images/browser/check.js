// The build ends here unless this Playwright drives this Chromium: a page is opened, clicked, measured and pictured.
const { chromium, devices } = require('@playwright/test')
const http = require('node:http')

const PAGE = `<!doctype html><title>one</title><button onclick="document.title = 'two'">Press</button>
<input type="date" value="2024-02-03"><canvas id="c" width="10" height="10"></canvas>`

async function look(executablePath, port) {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'], timeout: 60000 })
  try {
    const context = await browser.newContext({ ...devices['Desktop Chrome'] })
    const page = await context.newPage()
    page.setDefaultTimeout(60000)
    await page.goto(`http://localhost:${port}/`)
    await page.getByRole('button').click()
    const title = await page.title()
    const width = await page.locator('button').evaluate((one) => one.getBoundingClientRect().width)
    const picture = await page.screenshot({ type: 'jpeg' })
    await context.tracing.start({ screenshots: true, snapshots: true })
    await page.evaluate(() => localStorage.setItem('a', 'b'))
    await context.tracing.stop({ path: '/tmp/boxscore/trace.zip' })
    if (title !== 'two' || !(width > 0) || picture[0] !== 0xff) throw new Error(`${executablePath}: ${title} ${width}`)
    console.log(executablePath, browser.version())
  } finally {
    await browser.close()
  }
}

async function main() {
  const server = http.createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(PAGE))
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    for (const path of ['/usr/bin/chromium', '/usr/bin/chromium-headless-shell']) await look(path, server.address().port)
  } finally {
    server.close()
  }
}

main().catch((error) => {
  console.error(error)
  process.exit(1)
})
