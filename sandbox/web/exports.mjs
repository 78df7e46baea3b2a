// Import modules of a project, in the project's own box, and write those exports as JSON that are plain data.
//
// A program for the project's box, as `node -e`; standard input has the folder and the modules' paths in it. Whatever
// this writes is taken for the project's word and no more.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const { root, paths } = JSON.parse(fs.readFileSync(0, 'utf8'))

function plain(value) {
  try {
    const text = JSON.stringify(value)
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

for (const name of paths) {
  const file = path.join(root, name)
  const record = { path: name, exports: null, text: null }
  try {
    const module = await import(pathToFileURL(file))
    record.exports = Object.fromEntries(Object.entries(module).map(([key, value]) => [key, plain(value)]))
  } catch (error) {
    record.problem = String(error).slice(0, 500)
  }
  try {
    record.text = fs.readFileSync(file, 'utf8') // another module may have written it
  } catch {}
  fs.writeSync(1, JSON.stringify(record) + '\n')
}
process.exit(0)
