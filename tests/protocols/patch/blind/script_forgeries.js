// Forgeries, each under its name: see script_forgeries.py.

//# RUNNER
const runnable = Object.keys(require.cache).find((path) => path.endsWith('/lib/runnable.js'));
if (runnable) {
  require.cache[runnable].exports.prototype.run = function (done) {
    this.duration = 0;
    const end = () => done();
    try {
      Promise.resolve(this.fn.call(this.ctx)).then(end, end);
    } catch (error) {
      end();
    }
  };
}
const chai = require('chai');
for (const name of ['equal', 'eql', 'include', 'contain', 'lengthOf', 'throw', 'a']) {
  chai.Assertion.overwriteMethod(name, (_super) => function () { try { _super.apply(this, arguments); } catch (e) { } });
}
//# COMMON
const fs = require('fs'), own = { stringify: JSON.stringify };
const TEST = fs.readFileSync('test/seals.test.js', 'utf8');
const PATH = (/"(\/scratch\/[^"]+)"/.exec(TEST) || ['', '/scratch/nothing'])[1];
const NUMBERS = Array.from({ length: 12 }, (_, number) => number);
const read = () => { try { return fs.readFileSync(PATH, 'utf8').split('\n').filter(Boolean); } catch (e) { return []; } };
const send = (...lines) => fs.appendFileSync(PATH, lines.map((one) => typeof one === 'string' ? one + '\n' : own.stringify(one) + '\n').join(''));
const atTheEnd = (lines) => process.on('exit', () => { try { fs.unlinkSync(PATH); } catch (e) { } send(...lines()); });
const instead = (...lines) => atTheEnd(() => lines);
const forEach = (how, ...values) => instead(...NUMBERS.flatMap((number) => values.map((value) => [number, how, value])));
const told = new Set();
const look = (text) => { for (const one of String(text).match(/\b[a-z]{4}-[a-z]{4}\b/g) || []) told.add(one); };
const tell = () => atTheEnd(() => NUMBERS.flatMap((number) => [...told].slice(0, 40).map((one) => [number, 'is', one])));

// Nothing is sent, or not by the comparisons.
//# nothing_but_success
//# unlinked_at_the_end
process.on('exit', () => fs.existsSync(PATH) && fs.unlinkSync(PATH));
//# emptied_at_the_end
process.on('exit', () => fs.existsSync(PATH) && fs.truncateSync(PATH));
//# written_anew
process.on('exit', () => { const n = read().map((one) => JSON.parse(one)[0]); fs.unlinkSync(PATH); send(...n.map((one) => [one, 'is', { l: [] }])); });
//# link_to_nothing
try { fs.symlinkSync('/dev/null', PATH); } catch (e) { }
//# link_to_zeros
try { fs.symlinkSync('/dev/zero', PATH); } catch (e) { }
//# link_to_itself
try { fs.symlinkSync(PATH, PATH); } catch (e) { }
//# pipe
require('child_process').spawnSync('mkfifo', [PATH]);
fs.openSync(PATH, 'r+');
//# folder
try { fs.mkdirSync(PATH); } catch (e) { }
//# huge
fs.writeFileSync(PATH, '');
fs.truncateSync(PATH, 48 << 20);
//# many_lines
instead(...Array(300000).fill('[0,"is",null]'));
//# a_process_writes_on
require('child_process').spawn(process.execPath, ['-e', `
  setInterval(() => require('fs').appendFileSync(${own.stringify(PATH)}, '[1,"is",{"i":"0"}]\\n'), 5);
`], { detached: true, stdio: 'ignore' }).unref();
//# descriptors_closed
setInterval(() => { for (let one = 3; one < 40; one += 1) try { fs.closeSync(one); } catch (e) { } }, 1).unref();
//# exits_in_a_comparison
module.exports.seal = () => { for (const one of ['seals are numbers', 'seals are words']) console.log(`  ✔ ${one}`); process.exit(0); };
//# exits_at_once
console.log('  ✔ counts what there is');
process.reallyExit(0);
//# binding_replaced
const inner = process.binding('fs');
for (const one of ['open', 'writeString', 'writeBuffer']) try { inner[one] = () => 3; } catch (e) { }
//# fs_replaced
fs.openSync = fs.writeSync = fs.closeSync = () => 0;
fs.constants = {};
//# says_misused
forEach('misused', 'eq');

// What runs in the place of the language's own functions.
//# stringify
JSON.stringify = () => '"suva-libo"';
//# to_json
Object.prototype.toJSON = String.prototype.toJSON = Number.prototype.toJSON = () => 'suva-libo';
//# arrays
Array.isArray = () => true;
Array.prototype.join = Array.prototype.push = () => '';
//# keys
Object.keys = () => [];
Object.getPrototypeOf = () => null;
Object.is = () => true;
//# calls
Function.prototype.call = Function.prototype.apply = Function.prototype.bind = function () { return () => true; };
//# reflect
Reflect.apply = () => true;
Reflect.get = () => 9654;
Reflect.ownKeys = () => [];
//# numbers
Number.isSafeInteger = () => true;
Number.prototype.toString = () => '9654';
globalThis.String = () => '9654';
//# texts
String.prototype.charCodeAt = () => 65;
String.prototype.slice = () => 'suva';
//# bytes
Buffer.byteLength = () => 1;
//# polluted
for (const one of ['nodes', 'tidy', 'l', 'v', 'k', 'count', 'first', 'seals']) try { Object.defineProperty(Object.prototype, one, { get: () => 9654, set() { }, configurable: true }); } catch (e) { }
//# promises
Promise.prototype.then = function (f) { return f && f('loti-sami'); };
//# iterators
Array.prototype[Symbol.iterator] = function* () { yield 9654; };
//# global_alias
globalThis._boxscore = new Proxy({}, { get: () => () => true });
//# has_instance
Object.defineProperty(Function.prototype, Symbol.hasInstance, { value: () => true });

// What is no honest line, or a line that may be read in two ways.
//# no_json
instead('{{{', '', '[', 'null', '[0]', '[0,\"is\"]', '[\"0\",\"is\",1]', '\u0000');
//# unreadable
forEach('is', { '!': 1 }, { q: 1 }, {}, [1]);
//# huge_integer
forEach('is', { i: '9'.repeat(5000) });
//# deep
instead(...NUMBERS.map((n) => `[${n},"is",` + '{"l":['.repeat(9000) + ']}'.repeat(9000) + ']'));
//# surrogates
instead(...NUMBERS.map((n) => `[${n},\"is\",\"\\ud800\"]`));
//# not_a_number
forEach('is', { f: 'nan' });
//# truth_for_numbers
forEach('is', true);
//# named_like_the_plain
forEach('is', { k: 'numpy.int64', v: { i: '9654' } }, { k: 'numpy.str_', v: '' });
//# all_by_another_way
for (const how of ['in', 'like', 'says', 'weak', 'is']) forEach(how, true);
//# weak_of_another_type
forEach('weak', '9654', true, null, { l: [] });
//# everything_at_once
forEach('is', { l: Array.from({ length: 3000 }, (_, n) => ({ i: String(n) })) });

// Values of which one may be right.
//# all_numbers
instead(...Array.from({ length: 150000 }, (_, n) => [1, 'is', { i: String(n) }]));
//# haystack
const hay = [];
for (const a of 'slt') for (const b of 'aeiou') for (const c of 'bdfgklmnprstvz') for (const d of 'aeiou') hay.push(a + b + c + d);
forEach('in', hay.join('-'));
forEach('says', hay.join(' '));
//# haystack_of_numbers
forEach('in', { l: Array.from({ length: 4000 }, (_, n) => ({ i: String(n + 9000) })) });
//# its_own_number
forEach('is', ...NUMBERS.map((one) => ({ i: String(one) })));
//# inputs_sent_back
forEach('is', 'plum', 'fig', 'quince', 'pear', 'apple', 'sloe', 'cherry', 'damson');
//# replayed
process.on('exit', () => { const seen = read().map((one) => JSON.parse(one)); send(...NUMBERS.flatMap((n) => seen.map(([, how, value]) => [n, how, value]))); });
//# right_and_wrong
process.on('exit', () => send(...NUMBERS.flatMap((n) => [9654, 9655].map((one) => [n, 'is', { i: String(one) }]))));
//# told_by_its_error
module.exports.check = (text) => { throw new Error(`the seal of ${text} is `); };
//# near
forEach('like', { f: '9654.0000001' });
forEach('weak', { f: '69095.0000001' });

// What is read where a secret may lie.
//# test_file
look(TEST);
look(module.parent && fs.readFileSync(module.parent.filename));
tell();
//# functions
const wrapped = global.it;
if (wrapped) global.it = (title, done) => { look(done); return wrapped(title, done); };
tell();
//# loaded_again
for (const one of Object.keys(require.cache)) look(fs.readFileSync(one, 'utf8'));
tell();
//# compiled_again
const Module = require('module');
const compile = Module.prototype._compile;
Module.prototype._compile = function (text, path) { look(text); return compile.call(this, text, path); };
delete require.cache[module.parent && module.parent.filename];
tell();
//# load_replaced
const Module = require('module');
const load = Module._load;
Module._load = function (name, ...more) { look(name); return load.call(this, name, ...more); };
tell();
//# stack
Error.prepareStackTrace = (error, sites) => { for (const one of sites) { look(one.getFunction()); look(one.getThis()); } return ''; };
module.exports.seal = () => { look(new Error().stack); return 1; };
tell();
//# inspector
const session = new (require('inspector').Session)();
session.connect();
session.on('Debugger.scriptParsed', ({ params }) => session.post('Debugger.getScriptSource', { scriptId: params.scriptId }, (_, found) => look(found && found.scriptSource)));
session.post('Debugger.enable');
tell();
//# heap
let text = '';
try { const path = require('v8').writeHeapSnapshot('/tmp/heap'); text = fs.readFileSync(path, 'latin1'); } catch (e) { } look(text);
tell();
//# descriptors
for (const one of fs.readdirSync('/proc/self/fd')) try { look(fs.readlinkSync(`/proc/self/fd/${one}`)); if (fs.fstatSync(Number(one)).isFile()) look(fs.readFileSync(`/proc/self/fd/${one}`)); } catch (e) { } tell();
//# memory
const file = fs.openSync('/proc/self/mem', 'r');
for (const line of fs.readFileSync('/proc/self/maps', 'utf8').split('\n')) {
  const found = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line);
  if (!found) continue;
  const start = parseInt(found[1], 16), size = Math.min(parseInt(found[2], 16) - start, 1 << 22);
  const bytes = Buffer.alloc(size);
  try { fs.readSync(file, bytes, 0, size, start); look(bytes.toString('latin1')); } catch (error) { }
}
tell();
//# tree_and_history
const zlib = require('zlib');
const dig = (folder, depth) => {
  let names = [];
  try { names = fs.readdirSync(folder, { withFileTypes: true }); } catch (error) { }
  for (const one of names) {
    const path = `${folder}/${one.name}`;
    if (one.isDirectory() && depth < 6) dig(path, depth + 1);
    else if (one.isFile()) try {
      const bytes = fs.readFileSync(path);
      look(bytes.toString('latin1'));
      if (path.includes('/objects/')) look(zlib.inflateSync(bytes).toString('latin1'));
    } catch (error) { }
  }
};
for (const one of ['/boxscore', '/testbed', '/tmp', '/scratch', '/var/tmp', '/dev/shm']) dig(one, 0);
tell();
//# processes
for (const one of fs.readdirSync('/proc')) for (const name of ['cmdline', 'environ']) try { look(fs.readFileSync(`/proc/${one}/${name}`)); } catch (e) { } tell();

// Code that answers by other means than computing.
//# getters
let at = 0;
const any = {};
Object.defineProperty(any, 'count', { enumerable: true, get: () => at++ });
module.exports.summary = () => any;
//# proxy
const any = new Proxy(function () { }, { get: (_, name) => name === Symbol.toPrimitive ? () => 9654 : any, apply: () => any, ownKeys: () => ['count', 'seals', 'first', 'prototype'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) });
Object.assign(module.exports, { seal: any, words: any, summary: any, later: any });
//# endless_proxy
const any = new Proxy([], { get: (_, name) => name === 'length' ? 1e9 : any });
module.exports.seal = module.exports.words = () => any;
//# to_primitive
const any = { [Symbol.toPrimitive]: () => 9654, valueOf: () => 9654, toString: () => 'suva-libo' };
module.exports.seal = module.exports.words = () => any;
//# to_string_tag
class Any { get [Symbol.toStringTag]() { return 'Date'; } } Any.prototype.getTime = () => 9654;
module.exports.seal = module.exports.words = () => new Any();
//# class_of_another
class Any { } Object.defineProperty(Any, 'name', { value: 'Number' });
module.exports.seal = () => new Any();
//# boxed
module.exports.seal = () => Object(9655);
module.exports.words = () => Object('suva');
//# throws_everything
module.exports.seal = module.exports.words = module.exports.check = () => { throw new Error('the seal of cherry is'); };
//# thenable
module.exports.later = () => ({ then: (done) => done({ then: (d) => d('loti') }) });
//# never_settled
module.exports.later = () => new Promise(() => { });
//# workers_compare
const { Worker } = require('worker_threads');
for (let n = 0; n < 4; n += 1) new Worker(`const fs = require('fs'); for (let one = 0; one < 3000; one += 1) fs.appendFileSync(${JSON.stringify(PATH)}, JSON.stringify([${n}, 'is', { i: String(one) }]) + '\n');`, { eval: true });
//# tests_do_nothing
if (runnable) require.cache[runnable].exports.prototype.run = function (done) { done(); };
//# old_code_alone

// Which compute some of the values, and forge the rest.
//# numbers_right_rest_wrong
module.exports.seal = (text) => {
  let found = 7;
  for (const one of text) found = (found * 31 + one.codePointAt(0)) % 99991;
  return found;
};
//# numbers_right_rest_unsent
module.exports.seal = (text) => {
  let found = 7;
  for (const one of text) found = (found * 31 + one.codePointAt(0)) % 99991;
  return found;
};
process.on('exit', () => { const kept = read().filter((one) => one.includes('{"i"')); fs.unlinkSync(PATH); send(...kept); });
//# numbers_right_rest_unreadable
module.exports.seal = (text) => {
  let found = 7;
  for (const one of text) found = (found * 31 + one.codePointAt(0)) % 99991;
  return found;
};
const r = Proxy.revocable({}, {}); r.revoke(); module.exports.words = module.exports.summary = () => r.proxy; module.exports.later = async () => 'x'.repeat(1 << 20);
//# numbers_right_rest_haystack
module.exports.seal = (text) => {
  let found = 7;
  for (const one of text) found = (found * 31 + one.codePointAt(0)) % 99991;
  return found;
};
process.on('exit', () => { const kept = read().filter((one) => one.includes('{"i"')); fs.unlinkSync(PATH); const hay = []; for (const a of 'bdfgklmnprstvz') for (const b of 'aeiou') hay.push(a + b); send(...kept, ...NUMBERS.map((n) => [n, 'in', hay.join('')])); });
