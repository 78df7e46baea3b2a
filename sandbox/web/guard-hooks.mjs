// The hooks that `guard.mjs` registers, which Node runs in a thread of its own.
import { fileURLToPath } from 'node:url'

let given = { root: '', modules: {} }

export function initialize(data) {
  given = data
}

export async function resolve(specifier, context, next) {
  const found = await next(specifier, context)
  const path = found.url.startsWith('file:') ? fileURLToPath(found.url) : ''
  if (!path.startsWith(given.root)) return found
  const name = path.slice(given.root.length)
  if (!Object.hasOwn(given.modules, name)) {
    throw new Error(`${name} is not loaded: no code of the project runs beside its specs`)
  }
  return { url: given.modules[name], format: 'module', shortCircuit: true }
}
