const http = require('node:http')

const entries = []

const server = http.createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  if (pathname === '/' && request.method === 'POST') {
    const form = new URLSearchParams(await bodyOf(request))
    entries.unshift({ name: form.get('name'), message: form.get('message') })
    response.writeHead(303, { location: '/' }).end()
  } else {
    send(response, 200, page())
  }
})

server.listen(Number(process.argv[2]), 'localhost')

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

function page() {
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Guest book</title></head>
  <body>
    <h1>Guest book</h1>
    <form method="post" action="/">
      <label>Name <input name="name"></label>
      <label>Message <textarea name="message"></textarea></label>
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
