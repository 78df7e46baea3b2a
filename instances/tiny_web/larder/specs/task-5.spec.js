const { test, expect } = require('@playwright/test')
const { add, entries, entry, word } = require('./larder')

const search = (page) => page.getByRole('searchbox', { name: 'Search', exact: true })
const shown = (page) => entries(page).filter({ visible: true }).locator('.name')

test('only what contains the text is shown', async ({ page }) => {
  const part = word(6)
  const names = [`${word(4)}${part.toUpperCase()}`, word(12), `${part}${word(3)}`]
  await page.goto('/')
  for (const name of names) {
    await add(page, name, 2)
  }

  await search(page).pressSequentially(part)

  await expect(shown(page)).toHaveText([names[0], names[2]])
  await expect(entry(page, names[1]).filter({ visible: true })).toHaveCount(0)
  await expect(page.getByRole('status')).toHaveText('3 items, 6 pieces')
  await search(page).fill('')
  await expect(shown(page)).toHaveText(names)
})

test('every character stands for itself', async ({ page }) => {
  const stem = word(5)
  await page.goto('/')
  await add(page, `${stem}.*(`, 1)
  await add(page, `${stem}abc`, 1)
  await search(page).fill('.*(')
  await expect(shown(page)).toHaveText([`${stem}.*(`])
})

test('the address has the search, and brings it back', async ({ page, context }) => {
  const [one, other] = [`${word(6)} & ${word(3)}`, word()]
  await page.goto('/')
  await add(page, one, 1)
  await add(page, other, 1)
  const loads = []
  page.on('load', () => loads.push(page.url()))

  await search(page).fill(one)
  await expect(shown(page)).toHaveText([one])
  await expect.poll(() => new URL(page.url()).searchParams.get('search')).toBe(one)
  expect(loads).toEqual([])

  const copied = await context.newPage()
  await copied.goto(page.url())
  await expect(search(copied)).toHaveValue(one)
  await expect(shown(copied)).toHaveText([one])
  await search(copied).fill('')
  await expect.poll(() => new URL(copied.url()).searchParams.has('search')).toBe(false)
  await expect(shown(copied)).toHaveText([one, other])
})
