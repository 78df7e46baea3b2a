const { test, expect } = require('@playwright/test')
const { article, sign, word } = require('./book')

const like = (page, name) => article(page, name).getByRole('button', { name: 'Like', exact: true })
const likes = (page, name) => article(page, name).locator('.likes')

test('likes are counted by the server, for one entry', async ({ page, request }) => {
  const [one, other] = [word(), word()]
  await page.goto('/')
  await sign(page, one, word())
  await expect(article(page, one)).toBeVisible()
  await sign(page, other, word())
  await expect(likes(page, one)).toHaveText('0')
  const loads = []
  page.on('load', () => loads.push(page.url()))

  await like(page, one).click()
  await expect(likes(page, one)).toHaveText('1')
  await like(page, one).click()
  await expect(likes(page, one)).toHaveText('2')
  await expect(likes(page, other)).toHaveText('0')
  expect(loads).toEqual([])

  await page.reload()
  await expect(likes(page, one)).toHaveText('2')
  const { entries } = await (await request.get('/api/entries')).json()
  expect(entries.find((entry) => entry.name === one).likes).toBe(2)
  expect(entries.find((entry) => entry.name === other).likes).toBe(0)
})

test('a page that is open elsewhere follows', async ({ page, browser, request }) => {
  const name = word()
  const entry = await (await request.post('/api/entries', { data: { name, message: word() } })).json()
  expect(entry.likes).toBe(0)
  const context = await browser.newContext()
  const stranger = await context.newPage()
  await page.goto('/')
  await stranger.goto(page.url())
  await expect(likes(stranger, name)).toHaveText('0')

  await like(page, name).click()
  await expect(likes(stranger, name)).toHaveText('1')
  const liked = await request.post(`/api/entries/${entry.id}/like`)
  expect(await liked.json()).toMatchObject({ id: entry.id, name, likes: 2 })
  await expect(likes(page, name)).toHaveText('2')
  await expect(likes(stranger, name)).toHaveText('2')
  await context.close()
  expect((await request.post(`/api/entries/${word()}/like`)).status()).toBe(404)
})
