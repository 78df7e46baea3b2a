const { test, expect } = require('@playwright/test')

test.beforeEach(async ({ page }) => {
  await page.goto('/')
})

test('the page has its title and one heading', async ({ page }) => {
  await expect(page).toHaveTitle('Larder')
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Larder')
  await expect(page.locator('header').getByRole('heading', { name: 'Larder', exact: true })).toBeVisible()
  await expect(page.getByRole('main')).toHaveCount(1)
})

test('the footer is at the lower edge of windows of any height', async ({ page }) => {
  for (const height of [500 + Math.floor(Math.random() * 200), 900 + Math.floor(Math.random() * 200)]) {
    await page.setViewportSize({ width: 1000, height })
    const footer = page.getByRole('contentinfo')
    await expect(footer).toHaveText('Kept in this browser')
    await expect(footer).toBeInViewport({ ratio: 1 })
    await expect
      .poll(async () => {
        const box = await footer.boundingBox()
        return Math.abs(box.y + box.height - height)
      })
      .toBeLessThanOrEqual(1)
  }
})
