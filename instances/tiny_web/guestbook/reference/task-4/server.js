const http = require('node:http')

const entries = []
let last = 0

const server = http.createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost')
  const number = searchParams.get('page') ?? '1'
  if (pathname === '/' && request.method === 'POST') {
    const form = new URLSearchParams(await bodyOf(request))
    const error = sign({ name: form.get('name'), message: form.get('message') })
    if (error) {
      send(response, 400, page(1, error, form))
    } else {
      response.writeHead(303, { location: '/' }).end()
    }
  } else if (pathname === '/' && /^[1-9]\d*$/.test(number) && Number(number) <= pages()) {
    send(response, 200, page(Number(number)))
  } else if (pathname.startsWith('/api/entries')) {
    await answer(request, response, pathname.slice('/api/entries'.length))
  } else {
    send(response, 404, '<!doctype html><title>Guest book</title><p>There is nothing here</p>')
  }
})

server.listen(Number(process.argv[2]), 'localhost')

async function answer(request, response, rest) {
  const at = entries.findIndex((entry) => rest === `/${entry.id}`)
  if (rest === '' && request.method === 'GET') {
    json(response, 200, { entries })
  } else if (rest === '' && request.method === 'POST') {
    const given = parsed(await bodyOf(request))
    const error = given ? sign(given) : 'This is no entry'
    json(response, error ? 400 : 201, error ? { error } : entries[0])
  } else if (at >= 0 && request.method === 'GET') {
    json(response, 200, entries[at])
  } else if (at >= 0 && request.method === 'DELETE') {
    entries.splice(at, 1)
    response.writeHead(204).end()
  } else {
    json(response, 404, { error: 'There is nothing here' })
  }
}

function parsed(text) {
  try {
    const given = JSON.parse(text)
    return given && typeof given === 'object' && !Array.isArray(given) ? given : null
  } catch {
    return null
  }
}

function json(response, status, data) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data))
}

function sign(given) {
  const [name, message] = [given.name, given.message].map((text) => String(text ?? '').trim())
  if (name.length < 1 || name.length > 40) {
    return 'A name has 1 to 40 characters'
  }
  if (message.length < 1 || message.length > 280) {
    return 'A message has 1 to 280 characters'
  }
  last += 1
  entries.unshift({ id: last, name, message })
  return ''
}

async function bodyOf(request) {
  const parts = []
  for await (const part of request) {
    parts.push(part)
  }
  return Buffer.concat(parts).toString()
}

function send(response, status, html) {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(html)
}

function pages() {
  return Math.max(1, Math.ceil(entries.length / 5))
}

function page(number, error = '', form = new URLSearchParams()) {
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Guest book</title></head>
  <body>
    <h1>Guest book</h1>
    ${error && `<p role="alert">${error}</p>`}
    <form method="post" action="/">
      <label>Name <input name="name" value="${escaped(form.get('name') ?? '')}"></label>
      <label>Message <textarea name="message">${escaped(form.get('message') ?? '')}</textarea></label>
      <button>Sign</button>
    </form>
    ${entries.slice(5 * (number - 1), 5 * number).map(articleOf).join('')}
    ${number > 1 ? `<a href="/?page=${number - 1}">Newer</a>` : ''}
    ${number < pages() ? `<a href="/?page=${number + 1}">Older</a>` : ''}
  </body>
</html>`
}

function articleOf(entry) {
  return `<article><h2>${escaped(entry.name)}</h2><p>${escaped(entry.message)}</p></article>`
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`)
}
