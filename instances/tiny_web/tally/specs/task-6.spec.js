const { test, expect } = require('@playwright/test')
const { button, headers, join, link, name, points, score } = require('./tally')

test('changes of points are taken back, the last first', async ({ page }) => {
  const [one, other] = [name(), name()]
  await page.goto('/')
  await join(page, one, other)
  await expect(button(page, 'Undo')).toBeDisabled()
  await score(page, one, 1)
  await score(page, other, 1)
  await button(page, `A point less for ${one}`).click()

  await button(page, 'Undo').click()
  await expect(points(page, one)).toHaveText('1')
  await expect(points(page, other)).toHaveText('1')
  await page.reload()
  await link(page, 'History').click()
  await expect(page.getByRole('listitem')).toHaveText([`${other} +1`, `${one} +1`])
  await button(page, 'Undo').click()
  await expect(page.getByRole('listitem')).toHaveText([`${one} +1`])
  await button(page, 'Undo').click()
  await expect(button(page, 'Undo')).toBeDisabled()
  await link(page, 'Game').click()
  await expect(points(page, one)).toHaveText('0')
  await expect(headers(page)).toHaveText([one, other])
})

test('another page follows', async ({ page, context }) => {
  const [one, other] = [name(), name()]
  await page.goto('/')
  await join(page, one)
  const second = await context.newPage()
  await second.goto('/')
  await expect(headers(second)).toHaveText([one])
  const loads = []
  second.on('load', () => loads.push(second.url()))

  await join(page, other)
  await score(page, other, 2)
  await expect(headers(second)).toHaveText([other, one])
  await expect(points(second, other)).toHaveText('2')
  await score(second, one, 1)
  await expect(points(page, one)).toHaveText('1')
  await link(second, 'History').click()
  await button(page, 'Undo').click()
  await expect(second.getByRole('listitem')).toHaveText([`${other} +1`, `${other} +1`])
  expect(loads).toEqual([])
})
