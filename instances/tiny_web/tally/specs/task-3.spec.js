const { test, expect } = require('@playwright/test')
const { button, headers, join, name, row, score } = require('./tally')

const leaders = (page) => page.locator('[data-leader]')

test('rows are in the order of points, then of joining', async ({ page }) => {
  const [one, two, three] = [name(), name(), name()]
  await page.goto('/')
  await join(page, one, two, three)
  await score(page, three, 2)
  await expect(headers(page)).toHaveText([three, one, two])
  await score(page, two, 2)
  await expect(headers(page)).toHaveText([two, three, one])
  await score(page, one, 3)
  await expect(headers(page)).toHaveText([one, two, three])
  await button(page, `A point less for ${two}`).click()
  await expect(headers(page)).toHaveText([one, three, two])
})

test('one who has the most alone leads', async ({ page }) => {
  const [one, other] = [name(), name()]
  await page.goto('/')
  await join(page, one, other)
  await expect(leaders(page)).toHaveCount(0)
  await score(page, other, 1)
  await expect(row(page, other)).toHaveAttribute('data-leader')
  await expect(leaders(page)).toHaveCount(1)
  await score(page, one, 1)
  await expect(leaders(page)).toHaveCount(0)
  await score(page, one, 1)
  await expect(row(page, one)).toHaveAttribute('data-leader')
  await expect(leaders(page)).toHaveCount(1)
})
