const { test, expect } = require('@playwright/test')
const { add, entries, number, word } = require('./larder')

test.beforeEach(async ({ page }) => {
  await page.goto('/')
})

test('entries come to the end of the list', async ({ page }) => {
  const names = [word(), word(), word()]
  const amounts = names.map(() => number(1, 999))
  await expect(entries(page)).toHaveCount(0)

  for (const [at, name] of names.entries()) {
    await expect(page.getByText(name)).toHaveCount(0)
    await add(page, name, amounts[at])
    await expect(entries(page)).toHaveCount(at + 1)
  }

  await expect(entries(page).locator('.name')).toHaveText(names)
  await expect(entries(page).locator('.amount')).toHaveText(amounts.map(String))
  for (const name of names) {
    await expect(page.getByText(name, { exact: true })).toBeVisible()
  }
})

test('Enter adds, white space is taken off, and the form is ready for the next', async ({ page }) => {
  const name = `${word(5)} ${word(4)}`
  const item = page.getByLabel('Item', { exact: true })
  const amount = page.getByLabel('Amount', { exact: true })

  await item.fill(`   ${name}  `)
  await amount.fill('7')
  await amount.press('Enter')

  await expect(entries(page)).toHaveCount(1)
  expect(await entries(page).locator('.name').textContent()).toBe(name)
  await expect(item).toHaveValue('')
  await expect(amount).toHaveValue('')
  await expect(item).toBeFocused()
})

test('what is no entry is not added', async ({ page }) => {
  const name = word()
  for (const [item, amount] of [
    ['', '3'],
    ['    ', '3'],
    [name, ''],
    [name, '0'],
    [name, '-2'],
    [name, '1000'],
    [name, '2.5'],
  ]) {
    await add(page, item, amount)
    await expect(entries(page)).toHaveCount(0)
  }
  await add(page, name, 999)
  await expect(entries(page)).toHaveCount(1)
})

test('an item is text, whatever it looks like', async ({ page }) => {
  const name = `<b>${word()}</b> & <i title="x">`
  await add(page, name, 1)
  await expect(entries(page).locator('.name')).toHaveText(name)
})
