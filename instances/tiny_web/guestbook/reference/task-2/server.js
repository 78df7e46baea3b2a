const http = require('node:http')

const entries = []

const server = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname === '/' && request.method === 'POST') {
    const form = new URLSearchParams(await bodyOf(request))
    const error = sign({ name: form.get('name'), message: form.get('message') })
    if (error) {
      send(response, 400, page(error, form))
    } else {
      response.writeHead(303, { location: '/' }).end()
    }
  } else if (pathname === '/') {
    send(response, 200, page())
  } else {
    send(response, 404, '<!doctype html><title>Guest book</title><p>There is nothing here</p>')
  }
})

server.listen(Number(process.argv[2]), 'localhost')

function sign(given) {
  const [name, message] = [given.name, given.message].map((text) => String(text ?? '').trim())
  if (name.length < 1 || name.length > 40) {
    return 'A name has 1 to 40 characters'
  }
  if (message.length < 1 || message.length > 280) {
    return 'A message has 1 to 280 characters'
  }
  entries.unshift({ name, message })
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

function page(error = '', form = new URLSearchParams()) {
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
    ${entries.map(articleOf).join('')}
  </body>
</html>`
}

function articleOf(entry) {
  return `<article><h2>${escaped(entry.name)}</h2><p>${escaped(entry.message)}</p></article>`
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`)
}
