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
    keep()
    form.reset()
    form.elements.article.focus()
    show()
  }
})

function keep() {
  localStorage.setItem('larder', JSON.stringify(items))
}

function show() {
  list.replaceChildren(...items.map(entryOf))
}

function entryOf(item) {
  const entry = document.createElement('li')
  entry.append(part('name', item.name), ' ', part('amount', item.amount))
  return entry
}

function part(kind, text) {
  const made = document.createElement('span')
  made.className = kind
  made.textContent = text
  return made
}
