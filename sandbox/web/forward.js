// Forward TCP connections from a port of this box, and say on request whether a web server answers at the other end.
//
// A program for a box, as `node -e`. Its argument is JSON: `listen` (pairs of an address and a port), `to` (pairs of a
// host and a port, of which the first that accepts a connection is used), `connections` (open at a time), `bytes` (of
// one connection, each way), `origin` (the host that a probe names). It writes a line once it listens. For each path
// that it reads it writes a line: the status of the server's answer, or why there is none; for `busy` how many times
// its cpu time a short computation takes by the clock. It never dials anything but `to`.
'use strict'
const dns = require('node:dns')
const http = require('node:http')
const net = require('node:net')

const settings = JSON.parse(process.argv[1])
const PROBE_MS = 30000 // a first page may be compiled on request, on a busy machine
const WORK_US = 500000 // Linux prefers a process that has slept, for its first tens of milliseconds: no load is seen in those
const known = new Map()
let open = 0

// The address of a host, looked up once.
function lookup(host, _, then) {
  const answer = (error, address) => (error || known.set(host, address), then(error, address, 4))
  known.has(host) ? process.nextTick(answer, null, known.get(host)) : dns.lookup(host, 4, answer)
}

function dial(targets, then) {
  const [[host, port], ...others] = targets
  const socket = net.connect({ host, port, lookup, autoSelectFamily: false, allowHalfOpen: true, noDelay: true })
  const failed = (error) => (others.length ? dial(others, then) : then(error))
  socket.once('error', failed)
  socket.once('connect', () => {
    socket.off('error', failed)
    then(null, socket)
  })
}

function copy(from, to, both) {
  let left = settings.bytes
  from.on('data', (data) => {
    left -= data.length
    if (left < 0) both()
    else if (!to.write(data)) from.pause()
  })
  to.on('drain', () => from.resume())
  from.on('end', () => to.end())
}

function carry(client) {
  client.on('error', () => client.destroy())
  if (open >= settings.connections) return client.destroy()
  open += 1
  client.on('close', () => (open -= 1))
  dial(settings.to, (error, server) => {
    if (error || client.destroyed) {
      if (server) server.destroy()
      return client.resetAndDestroy()
    }
    const both = () => (client.destroy(), server.destroy())
    server.on('error', both)
    client.on('error', both)
    client.on('close', () => server.destroy())
    server.on('close', () => client.destroySoon())
    copy(client, server, both)
    copy(server, client, both)
  })
}

// Request a page, and say what comes of it within `PROBE_MS`, however slowly the other side answers. The answer is read
// to its end, as by Playwright: some servers crash when a client hangs up.
function probe(path, say) {
  let socket = null
  const once = (said) => say && (say(said), (say = null))
  const over = setTimeout(() => (once('silent'), socket && socket.destroy()), PROBE_MS)
  dial(settings.to, (error, dialled) => {
    if (error) return clearTimeout(over), once(error.code || 'no connection')
    if (!say) return dialled.destroy()
    socket = dialled
    socket.on('close', () => (clearTimeout(over), once('closed')))
    const headers = { host: settings.origin, accept: '*/*' }
    const asked = http.get({ path, headers, createConnection: () => socket }, (answer) => {
      once(String(answer.statusCode))
      answer.on('error', () => {}).resume()
    })
    asked.on('error', (failure) => once(failure.code || 'no answer'))
  })
}

function slowness() {
  const began = process.hrtime.bigint()
  const before = process.cpuUsage()
  let used = 0
  while (used < WORK_US) {
    for (let n = 0; n < 1e5; n++) Math.sqrt(n)
    const { user, system } = process.cpuUsage(before)
    used = user + system
  }
  return Number(process.hrtime.bigint() - began) / 1000 / used
}

function answerProbes() {
  let waiting = ''
  process.stdin.on('data', (data) => {
    waiting += data.toString('latin1')
    for (let end; (end = waiting.indexOf('\n')) >= 0; waiting = waiting.slice(end + 1)) {
      const asked = waiting.slice(0, end)
      if (asked === 'busy') process.stdout.write(`x${slowness().toFixed(2)}\n`)
      else probe(asked || '/', (said) => process.stdout.write(`${said}\n`))
    }
  })
  process.stdin.on('end', () => process.exit(0))
}

let starting = settings.listen.length
let listening = 0
const started = () => {
  starting -= 1
  if (starting === 0) process.stdout.write(listening ? 'listening\n' : 'cannot listen\n')
}
for (const [host, port] of settings.listen) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, carry)
  let settled = false
  const settle = (well) => settled || ((settled = true), (listening += well), started())
  server.on('error', () => settle(0)) // a box may have no such address
  server.listen({ host, port, backlog: 128 }, () => settle(1))
}
answerProbes()
