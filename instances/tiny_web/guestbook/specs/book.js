// What the specs of the guest book share: words that nobody can know before, and the parts of a page.
const letters = 'abcdefghijklmnopqrstuvwxyz'

const word = (length = 10) =>
  Array.from({ length }, () => letters[Math.floor(Math.random() * letters.length)]).join('')

const article = (page, name) =>
  page.getByRole('article').filter({ has: page.getByRole('heading', { name, exact: true }) })

async function sign(page, name, message) {
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Message', { exact: true }).fill(message)
  await page.getByRole('button', { name: 'Sign', exact: true }).click()
}

module.exports = { article, sign, word }
