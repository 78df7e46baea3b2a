const { test, expect } = require('@playwright/test')
const { add, entries, number, word } = require('./larder')

test('the list is there again after loading, and in another tab', async ({ page, context }) => {
  const names = [word(), word()]
  const amounts = [number(1, 999), number(1, 999)]
  await page.goto('/')
  await add(page, names[0], amounts[0])
  await add(page, names[1], amounts[1])
  await expect(entries(page)).toHaveCount(2)

  await page.reload()
  await expect(entries(page).locator('.name')).toHaveText(names)
  await expect(entries(page).locator('.amount')).toHaveText(amounts.map(String))

  const other = await context.newPage()
  await other.goto('/')
  await expect(entries(other).locator('.name')).toHaveText(names)
})

test('another browser has none of it, and nothing is sent', async ({ page, browser }) => {
  const name = word()
  const sent = []
  page.on('request', (request) => {
    if (request.method() !== 'GET' || request.url().includes(name)) {
      sent.push(request.url())
    }
  })
  await page.goto('/')
  await add(page, name, 4)
  await page.reload()
  await expect(entries(page).locator('.name')).toHaveText([name])

  const context = await browser.newContext()
  const stranger = await context.newPage()
  await stranger.goto(page.url())
  await expect(stranger.getByRole('button', { name: 'Add', exact: true })).toBeVisible()
  await expect(entries(stranger)).toHaveCount(0)
  await context.close()
  expect(sent).toEqual([])
})
