// Keep a candidate's code out of Playwright's processes: no module below the folder of its files is loaded there.
//
// Specs may read those files as data. An import of one of them is answered with a module of plain data: what the module
// exported in the project's own box (`run.js` writes it). An import of any other fails.
import fs from 'node:fs'
import Module, { register } from 'node:module'

const { root, modules } = JSON.parse(fs.readFileSync(process.env.WEB_GUARD, 'utf8'))
register('./guard-hooks.mjs', import.meta.url, { data: { root, modules } })

const resolve = Module._resolveFilename
Module._resolveFilename = function (...words) {
  const found = resolve.apply(this, words)
  if (!found.startsWith(root) || found.endsWith('.json')) return found
  throw new Error(`${found.slice(root.length)} is not loaded: no code of the project runs beside its specs`)
}
