// Report what became of each test as lines of JSON, on a descriptor that `run.js` reads and no page can reach.
//
// The first line lists all tests in order, by file, describe blocks and title; later lines refer to them by place.
'use strict'
const fs = require('node:fs')
const path = require('node:path')

const CHANNEL = 3
const MOST_TITLE = 1000
const MOST_REASON = 2000

function cut(text, most) {
  const known = String(text ?? '')
  // Text of pages, or a cut through it, may hold half of a surrogate pair, which strict readers of JSON refuse.
  return (known.length > most ? known.slice(0, most) + '…' : known).toWellFormed()
}

function send(record) {
  const data = Buffer.from(JSON.stringify(record) + '\n')
  let sent = 0
  while (sent < data.length) {
    try {
      sent += fs.writeSync(CHANNEL, data, sent)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

function titleOf(test, folder) {
  const words = test.titlePath().slice(3)
  const file = path.relative(folder, test.location.file).split(path.sep).join('/')
  return [file, ...words].map((word) => cut(word, MOST_TITLE)).join(' › ')
}

module.exports = class {
  printsToStdio() {
    return true
  }

  onBegin(config, suite) {
    const tests = suite.allTests()
    this.places = new Map(tests.map((test, place) => [test.id, place]))
    const folder = config.projects[0].testDir
    send({ kind: 'listed', tests: tests.map((test) => titleOf(test, folder)) })
  }

  onTestEnd(test, result) {
    send({
      kind: 'test',
      place: this.places.get(test.id) ?? -1,
      status: result.status,
      as_expected: result.status === test.expectedStatus,
      retry: result.retry,
      reason: cut(result.error?.message ?? result.error?.value, MOST_REASON),
      wall_s: result.duration / 1000,
      at: `${test.location.file}:${test.location.line}`,
      pictures: result.attachments
        .filter((one) => one.name === 'screenshot' && one.path)
        .map((one) => one.path)
        .slice(0, 4),
      trace: result.attachments.find((one) => one.name === 'trace')?.path ?? '',
    })
  }

  onError(error) {
    send({ kind: 'error', text: cut(error.message ?? error.value, MOST_REASON), at: error.location?.file ?? '' })
  }

  onEnd(result) {
    send({ kind: 'end', status: result.status })
  }
}
