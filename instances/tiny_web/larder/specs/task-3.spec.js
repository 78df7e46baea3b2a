const { test, expect } = require('@playwright/test')
const { add, button, entries, entry, number, word } = require('./larder')

test.beforeEach(async ({ page }) => {
  await page.goto('/')
})

test('More and Less change one entry by one', async ({ page }) => {
  const [one, other] = [word(), word()]
  const [first, second] = [number(10, 400), number(500, 900)]
  await add(page, one, first)
  await add(page, other, second)

  await button(entry(page, one), 'More').click()
  await button(entry(page, one), 'More').click()
  await button(entry(page, other), 'Less').click()

  await expect(entry(page, one).locator('.amount')).toHaveText(String(first + 2))
  await expect(entry(page, other).locator('.amount')).toHaveText(String(second - 1))
  await page.reload()
  await expect(entries(page).locator('.amount')).toHaveText([String(first + 2), String(second - 1)])
})

test('amounts stay from 1 to 999', async ({ page }) => {
  const [few, many] = [word(), word()]
  await add(page, few, 2)
  await add(page, many, 998)

  await expect(button(entry(page, few), 'Less')).toBeEnabled()
  await button(entry(page, few), 'Less').click()
  await expect(button(entry(page, few), 'Less')).toBeDisabled()
  await button(entry(page, many), 'More').click()
  await expect(button(entry(page, many), 'More')).toBeDisabled()
  await button(entry(page, few), 'More').click()
  await expect(button(entry(page, few), 'Less')).toBeEnabled()
})

test('Remove takes one entry out for good', async ({ page }) => {
  const names = [word(), word(), word()]
  for (const name of names) {
    await add(page, name, number(1, 9))
  }
  const gone = number(0, 2)
  await button(entry(page, names[gone]), 'Remove').click()

  const left = names.filter((name) => name !== names[gone])
  await expect(entries(page).locator('.name')).toHaveText(left)
  await page.reload()
  await expect(entries(page).locator('.name')).toHaveText(left)
  await expect(page.getByText(names[gone])).toHaveCount(0)
})
