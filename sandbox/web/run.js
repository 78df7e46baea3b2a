// Run Playwright on the specs of a project, and write the results to standard output as lines of JSON.
//
// A program for the browser's box, as `node run.js`; its settings are JSON on standard input. It reads Playwright's
// report and log from pipes that nothing else has open, so that no page and no full disk can spoil them; it ends
// Playwright before the box would, and only then reads pictures. Everything that it writes is bounded.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { spawn } = require('node:child_process')
const { pathToFileURL } = require('node:url')

const given = JSON.parse(fs.readFileSync(0, 'utf8'))
const started = Date.now()
let guardList = '' // the file that `guard.mjs` reads, where specs are guarded

function say(record) {
  const data = Buffer.from(JSON.stringify(record) + '\n')
  for (let sent = 0; sent < data.length; ) {
    try {
      sent += fs.writeSync(1, data, sent)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

// Keeps the first and the last of what is added, `most` bytes in all.
class Ends {
  constructor(most) {
    this.half = most >> 1
    this.head = Buffer.alloc(0)
    this.tail = Buffer.alloc(0)
    this.left_out = 0
  }

  add(data) {
    const room = this.half - this.head.length
    if (room > 0) this.head = Buffer.concat([this.head, data.subarray(0, room)])
    const rest = data.subarray(Math.max(0, room))
    if (!rest.length) return
    const joined = this.tail.length ? Buffer.concat([this.tail, rest]) : rest
    this.left_out += Math.max(0, joined.length - this.half)
    this.tail = Buffer.from(joined.subarray(Math.max(0, joined.length - this.half)))
  }

  text() {
    const gap = this.left_out ? `\n… ${this.left_out} bytes left out …\n` : ''
    return this.head.toString('utf8') + gap + this.tail.toString('utf8')
  }
}

function settle() {
  const packages = path.join(given.folder, 'node_modules')
  if (!fs.existsSync(packages)) fs.symlinkSync(given.packages, packages)
  for (const name of ['home', 'tmp']) fs.mkdirSync(path.join(given.folder, name), { recursive: true })
  process.env.TMPDIR = path.join(given.folder, 'tmp') // the only place that can be written is the scratch
}

// The source of a module that exports what a candidate's module was found to export, to be loaded in its place.
function standIn(values) {
  const names = Object.keys(values).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name))
  const lines = names.map((name, place) => {
    const text = JSON.stringify(JSON.stringify(values[name]))
    return `const v${place} = JSON.parse(${text})\nexport { v${place} as ${name} }`
  })
  return [...lines, 'export {}', ''].join('\n')
}

// Write the modules with which `guard.mjs` answers imports of a candidate's, and the file that lists them.
function guard() {
  const modules = {}
  const folder = path.join(given.folder, 'modules')
  fs.mkdirSync(folder)
  Object.entries(given.modules).forEach(([name, values], place) => {
    const file = path.join(folder, `${place}.mjs`)
    fs.writeFileSync(file, standIn(values))
    modules[name] = pathToFileURL(file).href
  })
  const list = path.join(folder, 'known.json')
  fs.writeFileSync(list, JSON.stringify({ root: given.root + '/', modules }))
  return list
}

function environment(settings) {
  const file = path.join(given.folder, `settings-${settings.name}.json`)
  fs.writeFileSync(file, JSON.stringify(settings))
  const own = {
    PATH: process.env.PATH,
    LANG: 'C.UTF-8',
    HOME: path.join(given.folder, 'home'),
    TMPDIR: path.join(given.folder, 'tmp'),
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD: '1',
    PWTEST_CACHE_DIR: path.join(given.cache, 'specs'), // as Playwright compiled them: they are the grader's
    NODE_COMPILE_CACHE: path.join(given.cache, 'node'), // saves a quarter of what it costs to start Playwright
    WEB_SETTINGS: file,
  }
  if (guardList) {
    own.WEB_GUARD = guardList
    own.NODE_OPTIONS = `--import ${pathToFileURL(path.join(__dirname, 'guard.mjs')).href}`
  }
  return { ...given.environment, ...own }
}

// Run Playwright with these settings until it ends or its time is up; `hear` is called for each line of its report.
function playwright(settings, words, wall_ms, log, hear) {
  return new Promise((resolve) => {
    const cli = path.join(given.packages, '@playwright/test/cli.js')
    const child = spawn(process.execPath, [cli, 'test', '-c', given.config, ...words], {
      cwd: given.project,
      env: environment(settings),
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      detached: true,
    })
    let late = false
    const timer = setTimeout(() => {
      late = true
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {}
      setTimeout(() => resolve({ code: null, late }), 2000) // a browser of its own group may hold the pipes
    }, wall_ms)
    child.stdout.on('data', (data) => log.add(data))
    child.stderr.on('data', (data) => log.add(data))
    let rest = ''
    child.stdio[3].setEncoding('utf8').on('data', (data) => {
      const lines = (rest + data).split('\n')
      rest = lines.pop()
      for (const line of lines) hear(line)
    })
    child.on('error', (error) => (clearTimeout(timer), resolve({ code: null, late, problem: String(error) })))
    child.on('close', (code, signal) => (clearTimeout(timer), resolve({ code, signal, late })))
  })
}

// The content of a regular file in Playwright's output, unless it is too large.
function content(file, most) {
  try {
    const inside = fs.realpathSync(file)
    if (!inside.startsWith(fs.realpathSync(given.output) + path.sep)) return null
    const found = fs.statSync(inside)
    return found.isFile() && found.size <= most ? fs.readFileSync(inside) : null
  } catch {
    return null
  }
}

function give(name, data) {
  if (data) say({ kind: 'file', name, base64: data.toString('base64') })
}

async function traced(failed, wall_ms) {
  let trace = ''
  const hear = (line) => (trace = JSON.parse(line).trace || trace)
  const test_ms = Math.min(given.test_ms, 10000)
  const settings = { ...given, name: 'trace', trace: true, list: false, test_ms }
  const place = failed.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  await playwright(settings, ['--max-failures=1', place], wall_ms, new Ends(2), hear)
  give('trace.zip', trace && content(trace, given.most_trace))
}

async function pictured(wall_ms) {
  const { chromium, devices } = require(path.join(given.packages, '@playwright/test'))
  const over = new Promise((resolve) => setTimeout(resolve, wall_ms))
  const look = async () => {
    const browser = await chromium.launch({
      executablePath: given.browser,
      args: given.arguments,
      env: environment({ name: 'picture' }),
      timeout: given.launch_ms,
    })
    const desktop = devices['Desktop Chrome']
    const viewport = given.viewport || desktop.viewport
    const page = await browser.newPage({ ...desktop, viewport, acceptDownloads: false }) // as where it is judged
    await page.goto(given.first_page, { timeout: wall_ms / 2 }).catch(() => {})
    return page.screenshot({ type: 'jpeg', quality: 60, timeout: wall_ms / 3 })
  }
  const data = await Promise.race([look(), over]).catch(() => null)
  if (data && data.length <= given.most_picture) give('first-page', data)
}

async function main() {
  settle()
  if (given.guarded) guardList = guard()
  const log = new Ends(given.most_log)
  const pictures = []
  let failed = ''
  const hear = (line) => {
    const record = JSON.parse(line)
    if (record.kind === 'test') {
      if (record.status !== 'passed' && record.status !== 'skipped') failed ||= record.at
      for (const file of record.pictures) pictures.push([record.place, file])
    }
    say(record)
  }
  const settings = { ...given, name: 'specs', trace: false }
  const words = given.list ? [...given.words, '--list'] : given.words
  const ended = await playwright(settings, words, given.wall_ms, log, hear)
  say({ kind: 'exit', code: ended.code, signal: ended.signal ?? null, late: ended.late, wall_s: (Date.now() - started) / 1000 })
  say({ kind: 'log', text: log.text() })
  for (const [place, file] of pictures.slice(0, given.most_pictures)) give(`picture-${place}`, content(file, given.most_picture))
  if (!given.list && given.picture_ms) await pictured(given.picture_ms)
  if (failed && !ended.late && given.trace_ms) await traced(failed, given.trace_ms)
  say({ kind: 'done' })
  process.exit(0)
}

main().catch((error) => {
  say({ kind: 'trouble', text: String(error && error.stack).slice(0, 2000) })
  process.exit(3)
})
