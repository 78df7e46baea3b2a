const { test, expect } = require('@playwright/test')
const { headers, join, name, points } = require('./tally')

const alert = (page) => page.getByRole('alert')

test.beforeEach(async ({ page }) => {
  await page.goto('/')
})

test('nobody is there at first', async ({ page }) => {
  await expect(page).toHaveTitle('Tally')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Tally')
  await expect(page.getByText('Nobody has joined yet')).toBeVisible()
  await expect(page.getByRole('table')).toHaveCount(0)
})

test('players join at the end, with no points', async ({ page }) => {
  const players = [name(), name(), name()]
  await join(page, ...players.slice(0, 2))
  await expect(headers(page)).toHaveText(players.slice(0, 2))
  await expect(page.getByText(players[2])).toHaveCount(0)
  await page.getByLabel('Player', { exact: true }).fill(`  ${players[2]} `)
  await page.getByLabel('Player', { exact: true }).press('Enter')
  await expect(headers(page)).toHaveText(players)
  await expect(page.getByRole('columnheader')).toHaveText([/^Player$/, /^Points$/])
  for (const player of players) {
    await expect(points(page, player)).toHaveText('0')
  }
  await expect(page.getByLabel('Player', { exact: true })).toHaveValue('')
  await expect(page.getByText('Nobody has joined yet')).toHaveCount(0)
})

test('nobody joins without a name, or twice', async ({ page }) => {
  const [one, other] = [name(), name()]
  await join(page, one, '', '   ')
  await expect(headers(page)).toHaveText([one])
  await expect(alert(page)).toHaveCount(0)
  await join(page, one.toUpperCase())
  await expect(alert(page)).toHaveText(`${one.toUpperCase()} has joined already`)
  await expect(headers(page)).toHaveText([one])
  await join(page, other)
  await expect(headers(page)).toHaveText([one, other])
  await expect(alert(page)).toHaveCount(0)
})
