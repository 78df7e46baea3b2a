const form = document.querySelector('form')
const list = document.querySelector('ul')
const status = document.querySelector('[role=status]')
const search = document.querySelector('#search')
const order = document.querySelector('#order')
const undo = document.querySelector('#undo')
const removed = []
const items = JSON.parse(localStorage.getItem('larder') ?? '[]')

const orders = {
  'As added': () => 0,
  'By name': (one, other) => one.name.toLowerCase().localeCompare(other.name.toLowerCase()),
  'By amount': (one, other) => other.amount - one.amount,
}

order.value = localStorage.getItem('larder-order') ?? 'As added'
search.value = new URLSearchParams(location.search).get('search') ?? ''
show()

search.addEventListener('input', () => {
  const address = new URL(location.href)
  if (search.value) {
    address.searchParams.set('search', search.value)
  } else {
    address.searchParams.delete('search')
  }
  history.replaceState(null, '', address)
  show()
})

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const name = form.elements.article.value.trim()
  const amount = Number(form.elements.amount.value)
  if (name && Number.isInteger(amount) && amount >= 1 && amount <= 999) {
    items.push({ name, amount })
    form.reset()
    form.elements.article.focus()
    changed()
  }
})

order.addEventListener('change', () => {
  localStorage.setItem('larder-order', order.value)
  show()
})

undo.addEventListener('click', bringBack)
document.addEventListener('keydown', (event) => {
  const typed = event.target.closest('input:not([type=checkbox]), textarea')
  if (event.ctrlKey && event.key === 'z' && !typed) {
    event.preventDefault()
    bringBack()
  }
})

function remove(item) {
  const at = items.indexOf(item)
  items.splice(at, 1)
  removed.push({ item, at })
}

function bringBack() {
  const last = removed.pop()
  if (last) {
    items.splice(last.at, 0, last.item)
    changed()
  }
}

function changed() {
  localStorage.setItem('larder', JSON.stringify(items))
  show()
}

function show() {
  const part = search.value.toLowerCase()
  const found = items.filter((item) => item.name.toLowerCase().includes(part))
  list.replaceChildren(...found.sort(orders[order.value]).map(entryOf))
  status.textContent = sum()
  undo.disabled = removed.length === 0
}

function sum() {
  const pieces = items.reduce((total, item) => total + item.amount, 0)
  return items.length ? `${counted(items.length, 'item')}, ${counted(pieces, 'piece')}` : 'Nothing in the larder'
}

function counted(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

function entryOf(item) {
  const entry = document.createElement('li')
  entry.append(part('name', item.name), ' ', part('amount', item.amount), ' ')
  entry.append(
    button('More', item.amount < 999, () => (item.amount += 1)),
    button('Less', item.amount > 1, () => (item.amount -= 1)),
    button('Remove', true, () => remove(item)),
  )
  return entry
}

function button(name, enabled, change) {
  const made = document.createElement('button')
  made.type = 'button'
  made.textContent = name
  made.disabled = !enabled
  made.addEventListener('click', () => {
    change()
    changed()
  })
  return made
}

function part(kind, text) {
  const made = document.createElement('span')
  made.className = kind
  made.textContent = text
  return made
}
