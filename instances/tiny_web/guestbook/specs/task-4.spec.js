const { test, expect } = require('@playwright/test')
const { word } = require('./book')

const names = (page) => page.getByRole('article').getByRole('heading')
const link = (page, name) => page.getByRole('link', { name, exact: true })

async function signed(request, count) {
  const made = []
  for (let at = 0; at < count; at += 1) {
    made.unshift(word())
    await request.post('/api/entries', { data: { name: made[0], message: word() } })
  }
  return made
}

test('five on a page, with links to the others', async ({ page, request }) => {
  const made = await signed(request, 11)
  await page.goto('/')
  await expect(names(page)).toHaveText(made.slice(0, 5))
  await expect(link(page, 'Newer')).toHaveCount(0)
  await link(page, 'Older').click()
  await expect(names(page)).toHaveText(made.slice(5, 10))
  await expect(page).toHaveURL(/\?page=2$/)
  await link(page, 'Older').click()
  await expect(names(page).first()).toHaveText(made[10])
  await link(page, 'Newer').click()
  await expect(names(page)).toHaveText(made.slice(5, 10))
  await link(page, 'Newer').click()
  await expect(names(page)).toHaveText(made.slice(0, 5))
})

test('pages end where the entries do', async ({ page, request }) => {
  await signed(request, 6)
  const { entries } = await (await request.get('/api/entries')).json()
  const last = Math.ceil(entries.length / 5)
  await page.goto(`/?page=${last}`)
  await expect(names(page)).toHaveText(entries.slice(5 * (last - 1)).map((one) => one.name))
  await expect(link(page, 'Older')).toHaveCount(0)
  for (const wrong of [String(last + 1), '0', '-1', 'x', '1.5']) {
    expect((await request.get(`/?page=${wrong}`)).status()).toBe(404)
  }
  expect((await request.get('/?page=1')).status()).toBe(200)
})
