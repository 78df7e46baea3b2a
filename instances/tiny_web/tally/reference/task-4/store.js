const KEY = 'tally'

export function kept() {
  return JSON.parse(localStorage.getItem(KEY) ?? '[]')
}

export function keep(players) {
  localStorage.setItem(KEY, JSON.stringify(players))
}
