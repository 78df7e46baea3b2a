const { test, expect } = require('@playwright/test')
const { add, button, entries, entry, number, word } = require('./larder')

const order = (page) => page.getByRole('combobox')
const names = (page) => entries(page).locator('.name')

test('the select has three orders', async ({ page }) => {
  await page.goto('/')
  await expect(order(page).locator('option')).toHaveText(['As added', 'By name', 'By amount'])
  await expect(order(page).locator('option:checked')).toHaveText('As added')
  await expect(page.locator('label').filter({ hasText: /^\s*Order/ })).toBeVisible()
})

test('by name is without regard to case, for what is added later too', async ({ page }) => {
  const [early, middle, late] = [`a${word()}`, `M${word()}`, `z${word()}`]
  await page.goto('/')
  await add(page, late, 1)
  await add(page, middle, 2)
  await order(page).selectOption('By name')
  await expect(names(page)).toHaveText([middle, late])
  await add(page, early, 3)
  await expect(names(page)).toHaveText([early, middle, late])

  await page.reload()
  await expect(names(page)).toHaveText([early, middle, late])
  await expect(order(page).locator('option:checked')).toHaveText('By name')
  await order(page).selectOption('As added')
  await expect(names(page)).toHaveText([late, middle, early])
})

test('by amount is the largest first, and stable', async ({ page }) => {
  const [one, two, three, four] = [word(), word(), word(), word()]
  const amount = number(100, 800)
  await page.goto('/')
  await add(page, one, amount)
  await add(page, two, amount + 1)
  await add(page, three, amount)
  await add(page, four, amount - 50)
  await order(page).selectOption('By amount')
  await expect(names(page)).toHaveText([two, one, three, four])

  await button(entry(page, three), 'More').click()
  await expect(names(page)).toHaveText([two, three, one, four])
  await button(entry(page, three), 'More').click()
  await expect(names(page)).toHaveText([three, two, one, four])
  await page.reload()
  await expect(names(page)).toHaveText([three, two, one, four])
})
