// Keep code of a candidate out of Playwright's processes: a module below the folder of its files is not loaded there.
//
// Specs may read those files as data. What a spec imports of them is `given.modules`' to answer, which holds values that
// were told by a process in the project's own box; a module without an entry there fails to load.
'use strict'
const fs = require('node:fs')
const { registerHooks } = require('node:module')
const { fileURLToPath } = require('node:url')

const root = process.env.EVAL_PROJECT_ROOT + '/'
const modules = JSON.parse(fs.readFileSync(process.env.BOXSCORE_WEB, 'utf8')).modules || {}

function relative(url) {
  if (!url.startsWith('file:')) return null
  const [path] = [fileURLToPath(url)]
  return path.startsWith(root) ? path.slice(root.length) : null
}

registerHooks({
  load(url, context, next) {
    const path = relative(url)
    if (path === null) return next(url, context)
    const values = Object.hasOwn(modules, path) ? modules[path] : null
    if (!values) throw new Error(`${path} is not loaded: no code of the project runs beside its specs`)
    const names = Object.keys(values).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name) && name !== 'default')
    const lines = names.map((name) => `const _${name} = ${JSON.stringify(values[name])}; export { _${name} as ${name} };`)
    if (Object.hasOwn(values, 'default')) lines.push(`export default ${JSON.stringify(values.default)};`)
    return { format: 'module', source: lines.join('\n') || 'export {}', shortCircuit: true }
  },
})
