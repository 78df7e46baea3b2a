const { test, expect } = require('@playwright/test')
const { article, sign, word } = require('./book')

test('an entry is made, given and removed', async ({ page, request }) => {
  const given = { name: word(), message: word() }
  const made = await request.post('/api/entries', { data: given })
  expect(made.status()).toBe(201)
  const entry = await made.json()
  expect(entry).toMatchObject(given)

  const one = await request.get(`/api/entries/${entry.id}`)
  expect(await one.json()).toMatchObject({ ...given, id: entry.id })
  await page.goto('/')
  await expect(article(page, given.name)).toContainText(given.message)

  const removed = await request.delete(`/api/entries/${entry.id}`)
  expect(removed.status()).toBe(204)
  expect(await removed.text()).toBe('')
  expect((await request.get(`/api/entries/${entry.id}`)).status()).toBe(404)
  expect((await request.delete(`/api/entries/${entry.id}`)).status()).toBe(404)
  await page.reload()
  await expect(article(page, given.name)).toHaveCount(0)
})

test('the list has what the page has, the newest first, with ids of their own', async ({ page, request }) => {
  const names = [word(), word()]
  await page.goto('/')
  await sign(page, names[0], word())
  await expect(article(page, names[0])).toBeVisible()
  const gone = await (await request.post('/api/entries', { data: { name: word(), message: word() } })).json()
  await request.delete(`/api/entries/${gone.id}`)
  await request.post('/api/entries', { data: { name: names[1], message: word() } })

  const answer = await request.get('/api/entries')
  expect(answer.headers()['content-type']).toContain('application/json')
  const { entries } = await answer.json()
  expect(entries.slice(0, 2).map((one) => one.name)).toEqual([names[1], names[0]])
  const ids = entries.map((one) => String(one.id))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).not.toContain(String(gone.id))
})

test('what is refused is told why', async ({ request }) => {
  for (const [data, error] of [
    [{ name: '', message: word() }, 'A name has 1 to 40 characters'],
    [{ message: word() }, 'A name has 1 to 40 characters'],
    [{ name: word(), message: word(281) }, 'A message has 1 to 280 characters'],
  ]) {
    const answer = await request.post('/api/entries', { data })
    expect(answer.status()).toBe(400)
    expect(await answer.json()).toEqual({ error })
  }
  for (const data of ['{', '[]', '"x"', '']) {
    const headers = { 'content-type': 'application/json' }
    const answer = await request.post('/api/entries', { data: Buffer.from(data), headers })
    expect(answer.status()).toBe(400)
    expect(await answer.json()).toEqual({ error: 'This is no entry' })
  }
})
