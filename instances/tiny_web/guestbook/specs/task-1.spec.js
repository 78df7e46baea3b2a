const { test, expect } = require('@playwright/test')
const { article, sign, word } = require('./book')

test.beforeEach(async ({ page }) => {
  await page.goto('/')
})

test('an entry is shown to whoever signed, and after loading', async ({ page }) => {
  const [name, message] = [word(), `${word()} ${word()}`]
  await expect(page).toHaveTitle('Guest book')
  await expect(page.getByText(name)).toHaveCount(0)

  await sign(page, name, message)

  await expect(page).toHaveURL(/\/$/)
  await expect(article(page, name).getByRole('paragraph').filter({ hasText: message })).toBeVisible()
  await page.reload()
  await expect(article(page, name)).toHaveCount(1)
  await expect(article(page, name)).toContainText(message)
})

test('everybody sees it, the newest first', async ({ page, browser }) => {
  const names = [word(), word()]
  await sign(page, names[0], word())
  await expect(article(page, names[0])).toBeVisible()
  await sign(page, names[1], word())
  await expect(article(page, names[1])).toBeVisible()

  const context = await browser.newContext()
  const stranger = await context.newPage()
  await stranger.goto(page.url())
  await expect(stranger.getByRole('article').getByRole('heading').first()).toHaveText(names[1])
  await expect(stranger.getByRole('article').getByRole('heading').nth(1)).toHaveText(names[0])
  await context.close()
})

test('what was entered is text', async ({ page }) => {
  const name = `<b id="x">${word()}</b>`
  const message = `"${word()}" & </p><script>document.title = 'no'</script>`
  await sign(page, name, message)
  await expect(article(page, name).getByText(message, { exact: true })).toBeVisible()
  await expect(page).toHaveTitle('Guest book')
})
