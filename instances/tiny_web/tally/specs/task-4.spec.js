const { test, expect } = require('@playwright/test')
const { button, headers, join, name, points, score } = require('./tally')

test('players and points are kept', async ({ page, browser }) => {
  const [one, other] = [name(), name()]
  await page.goto('/')
  await join(page, one, other)
  await score(page, other, 3)
  await page.reload()
  await expect(headers(page)).toHaveText([other, one])
  await expect(points(page, other)).toHaveText('3')
  await join(page, one.toLowerCase())
  await expect(page.getByRole('alert')).toBeVisible()

  const context = await browser.newContext()
  const stranger = await context.newPage()
  await stranger.goto(page.url())
  await expect(stranger.getByText('Nobody has joined yet')).toBeVisible()
  await expect(headers(stranger)).toHaveCount(0)
  await context.close()
})

test('a new game is asked for', async ({ page }) => {
  const [one, other] = [name(), name()]
  await page.goto('/')
  await join(page, one, other)
  await expect(button(page, 'New game')).toBeDisabled()
  await score(page, other, 2)
  const asked = []
  const answers = [false, true]
  page.on('dialog', async (dialog) => {
    asked.push(`${dialog.type()}: ${dialog.message()}`)
    await (answers.shift() ? dialog.accept() : dialog.dismiss())
  })

  await button(page, 'New game').click()
  await expect(points(page, other)).toHaveText('2')
  await expect(headers(page)).toHaveText([other, one])
  await button(page, 'New game').click()
  await expect(points(page, other)).toHaveText('0')
  await expect(headers(page)).toHaveText([one, other])
  await expect(button(page, 'New game')).toBeDisabled()
  expect(asked).toEqual(['confirm: Begin a new game?', 'confirm: Begin a new game?'])
  await page.reload()
  await expect(points(page, other)).toHaveText('0')
})
