const { test, expect } = require('@playwright/test')
const { button, join, name, number, points, score } = require('./tally')

test('points are given to one player and taken from one', async ({ page }) => {
  const [one, other] = [name(), name()]
  const count = number(2, 5)
  await page.goto('/')
  await join(page, one, other)
  await expect(button(page, `A point less for ${one}`)).toBeDisabled()

  await score(page, one, count)
  await expect(points(page, one)).toHaveText(String(count))
  await expect(points(page, other)).toHaveText('0')
  await expect(button(page, `A point less for ${other}`)).toBeDisabled()
  for (let left = count - 1; left >= 0; left -= 1) {
    await button(page, `A point less for ${one}`).click()
    await expect(points(page, one)).toHaveText(String(left))
  }
  await expect(button(page, `A point less for ${one}`)).toBeDisabled()
  await expect(button(page, `A point for ${one}`)).toHaveText('+1')
  await expect(button(page, `A point less for ${one}`)).toHaveText('-1')
})
