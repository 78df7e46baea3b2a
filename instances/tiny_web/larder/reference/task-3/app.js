const form = document.querySelector('form')
const list = document.querySelector('ul')
const items = JSON.parse(localStorage.getItem('larder') ?? '[]')

show()

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

function changed() {
  localStorage.setItem('larder', JSON.stringify(items))
  show()
}

function show() {
  list.replaceChildren(...items.map(entryOf))
}

function entryOf(item) {
  const entry = document.createElement('li')
  entry.append(part('name', item.name), ' ', part('amount', item.amount), ' ')
  entry.append(
    button('More', item.amount < 999, () => (item.amount += 1)),
    button('Less', item.amount > 1, () => (item.amount -= 1)),
    button('Remove', true, () => items.splice(items.indexOf(item), 1)),
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
