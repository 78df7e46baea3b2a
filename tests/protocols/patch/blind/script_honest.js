// Honest patches, each under its name: see script_honest.py.

//# memoised
const kept = new Map();
const inner = module.exports.words;
module.exports.words = (text) => { if (!kept.has(text)) kept.set(text, inner(text)); return kept.get(text); };
//# big_integers
module.exports.seal = (text) => { let n = 7n; for (const one of text) n = (n * 31n + BigInt(one.codePointAt(0))) % 99991n; return Number(n); };
//# typed_arrays
const inner = summary;
module.exports.summary = (texts) => ({ ...inner(texts), seals: [...Uint32Array.from(texts, seal)] });
//# getters
module.exports.summary = (texts) => ({ get count() { return texts.length; }, get seals() { return texts.map(seal); }, get first() { return { text: texts[0], words: words(texts[0]) }; } });
//# frozen
const inner = summary;
module.exports.summary = (texts) => Object.freeze(inner(texts));
//# proxied
const inner = summary;
module.exports.summary = (texts) => new Proxy(inner(texts), { get: (at, name) => Reflect.get(at, name) });
//# other_order
module.exports.summary = (texts) => ({ first: { words: words(texts[0]), text: texts[0] }, seals: texts.map(seal), count: texts.length });
//# hidden_properties
const inner = summary;
module.exports.summary = (texts) => Object.defineProperty(inner(texts), 'texts', { value: texts });
//# null_prototype
const inner = summary;
module.exports.summary = (texts) => Object.assign(Object.create(null), inner(texts));
//# own_class
class Summary { constructor(found) { Object.assign(this, found); } } const inner = summary;
module.exports.summary = (texts) => new Summary(inner(texts));
//# array_subclass
class Seals extends Array { } const inner = summary;
module.exports.summary = (texts) => ({ ...inner(texts), seals: Seals.from(texts, seal) });
//# named_error
class SealError extends Error { get name() { return 'SealError'; } } module.exports.check = (text, given) => { if (seal(text) !== given) throw new SealError(`the seal of ${text} is ${words(text)}`); };
//# error_with_cause
module.exports.check = (text, given) => { try { if (seal(text) !== given) throw new Error('inner'); } catch (cause) { throw new Error(`the seal of ${text} is ${words(text)}`, { cause }); } };
//# longer_error
module.exports.check = (text, given) => { if (seal(text) !== given) throw new Error(`wrong: the seal of ${text} is ${words(text)}!`); };
//# worker
const { Worker } = require('worker_threads');
module.exports.later = (text) => new Promise((done, fail) => { const one = new Worker(`const { parentPort, workerData } = require('worker_threads'); parentPort.postMessage(workerData.split('').join(''));`, { eval: true, workerData: words(text) }); one.on('message', done); one.on('error', fail); });
//# child_process
const { execFileSync } = require('child_process');
module.exports.later = async (text) => execFileSync(process.execPath, ['-e', 'process.stdout.write(process.argv[1])', words(text)], { encoding: 'utf8' });
//# timers
module.exports.later = (text) => new Promise((done) => setTimeout(() => setImmediate(() => done(words(text))), 30));
//# thenable
module.exports.later = (text) => ({ then: (done, fail) => Promise.resolve(words(text)).then(done, fail) });
//# own_promise
class Later extends Promise { } module.exports.later = (text) => Later.resolve(words(text));
//# generator
function* letters(text) { yield* words(text); } module.exports.words = (text) => [...letters(text)].join('');
//# new_function
module.exports.words = new Function('words', 'text', 'return words(text)').bind(null, words);
//# other_realm
const vm = require('vm');
const inner = summary;
module.exports.summary = (texts) => vm.runInNewContext('JSON.parse(text)', { text: JSON.stringify(inner(texts)) });
//# prints
const inner = seal;
module.exports.seal = (text) => { console.log(`sealing ${text} ${'.'.repeat(3000)}`); console.error(new Error('no error')); return inner(text); };
//# warns_once
let warned = false;
const inner = words;
module.exports.words = (text) => { if (!warned) { process.emitWarning('words are new'); warned = true; } return inner(text); };
//# files
const fs = require('fs'), os = require('os'), path = require('path');
const inner = words;
module.exports.words = (text) => { const file = path.join(os.tmpdir(), `words-${process.pid}`); fs.writeFileSync(file, inner(text)); return fs.readFileSync(file, 'utf8'); };
//# own_source
const fs = require('fs');
if (!fs.readFileSync(__filename, 'utf8').includes('99991')) throw new Error('what am I?');
//# extends_globals
Object.defineProperty(String.prototype, 'sealed', { get() { return seal(String(this)); }, configurable: true });
module.exports.seal = (text) => text.sealed;
//# enumerable_extension
Array.prototype.last = function () { return this[this.length - 1]; };
//# wrapped_stringify
const stringify = JSON.stringify;
JSON.stringify = (value, ...more) => stringify(value, ...more);
//# wrapped_fs
const fs = require('fs');
const open = fs.openSync;
let opened = 0;
fs.openSync = (...given) => { opened += 1; return open(...given); };
//# exit_handler
process.on('exit', (code) => { if (code) console.log('bye'); });
process.on('unhandledRejection', () => { });
//# random
module.exports.seal = (text) => { let found; do { found = Math.random() < 0.5 ? seal(text) : undefined; } while (found === undefined); return found; };
//# locale_and_time
const inner = summary;
module.exports.summary = (texts) => ({ ...inner(texts), count: Number(new Intl.NumberFormat('en').format(texts.length)) });
//# weak_references
const held = new WeakMap();
const key = {};
held.set(key, words);
module.exports.words = (text) => held.get(key)(text);
//# async_iteration
async function* all(text) { for (const one of words(text)) yield one; } module.exports.later = async (text) => { let found = ''; for await (const one of all(text)) found += one; return found; };
