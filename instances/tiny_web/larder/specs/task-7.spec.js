const { test, expect } = require('@playwright/test')
const { add, button, entries, entry, number, word } = require('./larder')

const names = (page) => entries(page).locator('.name')

async function filled(page) {
  const words = [word(), word(), word(), word()]
  await page.goto('/')
  for (const [at, name] of words.entries()) {
    await add(page, name, 10 * (at + 1) + number(0, 9))
  }
  await expect(entries(page)).toHaveCount(words.length)
  return words
}

test('what was removed comes back where it was, the last first', async ({ page }) => {
  const words = await filled(page)
  const amounts = await entries(page).locator('.amount').allTextContents()
  const undo = button(page, 'Undo')
  await expect(undo).toBeDisabled()

  await button(entry(page, words[1]), 'Remove').click()
  await button(entry(page, words[3]), 'Remove').click()
  await expect(names(page)).toHaveText([words[0], words[2]])
  await undo.click()
  await expect(names(page)).toHaveText([words[0], words[2], words[3]])
  await undo.click()
  await expect(names(page)).toHaveText(words)
  await expect(entries(page).locator('.amount')).toHaveText(amounts)
  await expect(undo).toBeDisabled()
  await page.reload()
  await expect(names(page)).toHaveText(words)
})

test('it is put among those that were added, in every order', async ({ page }) => {
  const words = await filled(page)
  const last = word()
  await page.getByRole('combobox').selectOption('By amount')
  await button(entry(page, words[0]), 'Remove').click()
  await add(page, last, 500)
  await button(page, 'Undo').click()
  await expect(names(page)).toHaveText([last, words[3], words[2], words[1], words[0]])
  await page.getByRole('combobox').selectOption('As added')
  await expect(names(page)).toHaveText([...words, last])
})

test('Ctrl+Z undoes, but not while something is typed', async ({ page }) => {
  const words = await filled(page)
  const item = page.getByLabel('Item', { exact: true })
  await button(entry(page, words[2]), 'Remove').click()
  await item.focus()
  await page.keyboard.type('abc')
  await page.keyboard.press('Control+z')
  await expect(names(page)).toHaveText([words[0], words[1], words[3]])
  await item.blur()
  await page.keyboard.press('Control+z')
  await expect(names(page)).toHaveText(words)
})

test('nothing is left to undo after the page was loaded', async ({ page }) => {
  const words = await filled(page)
  await button(entry(page, words[0]), 'Remove').click()
  await expect(button(page, 'Undo')).toBeEnabled()
  await page.reload()
  await expect(button(page, 'Undo')).toBeDisabled()
  await expect(names(page)).toHaveText(words.slice(1))
})
