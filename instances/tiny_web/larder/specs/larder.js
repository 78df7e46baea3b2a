// What the specs of the larder share: words that nobody can know before, and the parts of the page.
const letters = 'abcdefghijklmnopqrstuvwxyz'

const number = (from, to) => from + Math.floor(Math.random() * (to - from + 1))
const word = (length = 9) => Array.from({ length }, () => letters[number(0, 25)]).join('')

const entries = (page) => page.getByRole('list', { name: 'Items', exact: true }).getByRole('listitem')
const entry = (page, name) => entries(page).filter({ has: page.getByText(name, { exact: true }) })
const button = (place, name) => place.getByRole('button', { name, exact: true })

async function add(page, name, amount) {
  await page.getByLabel('Item', { exact: true }).fill(name)
  await page.getByLabel('Amount', { exact: true }).fill(String(amount))
  await button(page, 'Add').click()
}

module.exports = { add, button, entries, entry, number, word }
