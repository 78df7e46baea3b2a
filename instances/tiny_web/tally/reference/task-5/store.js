const KEY = 'tally'

export function kept() {
  return JSON.parse(localStorage.getItem(KEY) ?? '{"players": [], "changes": []}')
}

export function keep(game) {
  localStorage.setItem(KEY, JSON.stringify(game))
}
