// What the specs of Tally share: names that nobody can know before, and the parts of the page.
const letters = 'abcdefghijklmnopqrstuvwxyz'

const number = (from, to) => from + Math.floor(Math.random() * (to - from + 1))
const name = (length = 8) =>
  'N' + Array.from({ length }, () => letters[number(0, letters.length - 1)]).join('')

const button = (page, said) => page.getByRole('button', { name: said, exact: true })
const headers = (page) => page.getByRole('rowheader')
const row = (page, player) =>
  page.getByRole('row').filter({ has: page.getByRole('rowheader', { name: player, exact: true }) })
const points = (page, player) => row(page, player).getByRole('cell').first()
const link = (page, said) => page.getByRole('link', { name: said, exact: true })

async function join(page, ...players) {
  for (const player of players) {
    await page.getByLabel('Player', { exact: true }).fill(player)
    await button(page, 'Join').click()
  }
}

async function score(page, player, count) {
  for (let at = 0; at < count; at += 1) {
    await button(page, `A point for ${player}`).click()
  }
}

module.exports = { button, headers, join, link, name, number, points, row, score }
