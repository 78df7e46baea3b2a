const { test, expect } = require('@playwright/test')
const { article, sign, word } = require('./book')

const alert = (page) => page.getByRole('alert')

test('names and messages that are too short or too long are refused', async ({ page }) => {
  const good = word()
  for (const [name, message, said] of [
    ['', good, 'A name has 1 to 40 characters'],
    ['   ', good, 'A name has 1 to 40 characters'],
    [word(41), good, 'A name has 1 to 40 characters'],
    [word(40), '  ', 'A message has 1 to 280 characters'],
    [word(40), word(281), 'A message has 1 to 280 characters'],
  ]) {
    await page.goto('/')
    await expect(alert(page)).toHaveCount(0)
    const answer = page.waitForResponse((one) => one.request().method() === 'POST')
    await sign(page, name, message)
    expect((await answer).status()).toBe(400)
    await expect(alert(page)).toHaveText(said)
    await expect(page.getByLabel('Name', { exact: true })).toHaveValue(name)
    await expect(page.locator('textarea')).toHaveValue(message)
    if (name.trim()) {
      await page.goto('/')
      await expect(article(page, name)).toHaveCount(0)
    }
  }
})

test('the longest are taken, without white space around them', async ({ page }) => {
  const [name, message] = [word(40), word(280)]
  await page.goto('/')
  await sign(page, `  ${name} `, ` ${message}  `)
  await expect(article(page, name)).toContainText(message)
  await expect(alert(page)).toHaveCount(0)
})

test('other addresses have nothing', async ({ page, request }) => {
  const answer = await page.goto(`/${word()}`)
  expect(answer.status()).toBe(404)
  await expect(page.getByText('There is nothing here', { exact: true })).toBeVisible()
  expect((await request.get(`/${word()}/${word()}`)).status()).toBe(404)
  expect((await request.get('/')).status()).toBe(200)
})
