const { test, expect } = require('@playwright/test')
const { add, button, entry, number, word } = require('./larder')

test('the status follows the list', async ({ page }) => {
  const status = page.getByRole('status')
  const [one, other] = [word(), word()]
  const amount = number(3, 900)
  await page.goto('/')
  await expect(status).toHaveText('Nothing in the larder')

  await add(page, one, 1)
  await expect(status).toHaveText('1 item, 1 piece')
  await add(page, other, amount)
  await expect(status).toHaveText(`2 items, ${amount + 1} pieces`)
  await button(entry(page, other), 'Less').click()
  await expect(status).toHaveText(`2 items, ${amount} pieces`)
  await page.reload()
  await expect(status).toHaveText(`2 items, ${amount} pieces`)
  await button(entry(page, one), 'Remove').click()
  await expect(status).toHaveText(`1 item, ${amount - 1} pieces`)
  await button(entry(page, other), 'Remove').click()
  await expect(status).toHaveText('Nothing in the larder')
})
