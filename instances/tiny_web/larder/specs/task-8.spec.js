const { test, expect } = require('@playwright/test')
const { add, entries, number, word } = require('./larder')

const body = (page) => page.locator('body')
const dark = (page) => page.getByRole('checkbox', { name: 'Dark', exact: true })

async function boxes(page) {
  const found = []
  for (const one of await entries(page).all()) {
    found.push(await one.boundingBox())
  }
  return found
}

test('three in a row in wide windows, one in narrow ones', async ({ page }) => {
  await page.goto('/')
  for (let at = 0; at < 4; at += 1) {
    await add(page, word(), number(1, 99))
  }
  await expect(entries(page)).toHaveCount(4)

  for (const width of [900, 1000 + number(0, 400)]) {
    await page.setViewportSize({ width, height: 700 })
    const [one, two, three, four] = await boxes(page)
    expect(two.y).toBeCloseTo(one.y, 0)
    expect(three.y).toBeCloseTo(one.y, 0)
    expect(two.x).toBeGreaterThanOrEqual(one.x + one.width)
    expect(three.x).toBeGreaterThanOrEqual(two.x + two.width)
    expect(four.y).toBeGreaterThanOrEqual(one.y + one.height)
    expect(four.x).toBeCloseTo(one.x, 0)
    expect(two.width).toBeCloseTo(one.width, 0)
    expect(three.width).toBeCloseTo(one.width, 0)
  }
  for (const width of [899, 300 + number(0, 400)]) {
    await page.setViewportSize({ width, height: 700 })
    const [one, two] = await boxes(page)
    expect(two.x).toBeCloseTo(one.x, 0)
    expect(two.y).toBeGreaterThanOrEqual(one.y + one.height)
  }
})

test('Dark changes the colours and is kept', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/')
  await expect(dark(page)).not.toBeChecked()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(255, 255, 255)')

  await dark(page).check()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(20, 20, 30)')
  await expect(body(page)).toHaveCSS('color', 'rgb(240, 240, 240)')
  await page.reload()
  await expect(dark(page)).toBeChecked()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(20, 20, 30)')
  await dark(page).uncheck()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(255, 255, 255)')
})

test('the first visit follows the system, a choice does not', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'dark' })
  await page.goto('/')
  await expect(dark(page)).toBeChecked()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(20, 20, 30)')
  await dark(page).uncheck()
  await page.reload()
  await expect(dark(page)).not.toBeChecked()
  await expect(body(page)).toHaveCSS('background-color', 'rgb(255, 255, 255)')
})
