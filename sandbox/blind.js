// What stands in a blinded test file of JavaScript for the values that its tests expect: nothing but numbers.
//
// Its text is written into each blinded file (see boxscore/protocols/blind/javascript) as the initial value of a
// constant, without comments and on one line, and runs in the tests' own process, under any Node from 12 on. A comparison
// with a hidden value is not made here: the other side is written down, as bounded plain data, for the grader, which alone
// knows what is hidden, and the test goes on with `true` as if they were equal. So there is nothing here to be found out,
// and whatever a candidate does to this code, it can only send other data. It never gets an answer.
//
// What is used is taken when the file is loaded, as tests put other functions in the place of Node's own, and of the
// global object, as a file may have a constant of the same name that is not there yet.
(function (path, fs) {
  "use strict";
  const { Array, ArrayBuffer, Boolean, Buffer, Date, Error, Function, JSON, Map, Number, Object, Promise, Reflect, RegExp, Set, String, Symbol } = globalThis;
  const MAX_NODES = 20000, MAX_DEPTH = 24, MAX_BYTES = 65000, MAX_NAME = 200;
  const bound = (method) => Function.prototype.call.bind(method);
  const { openSync, writeSync, closeSync } = fs;
  const flags = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_APPEND;
  const { stringify } = JSON, { byteLength } = Buffer, { isArray } = Array, { isSafeInteger } = Number, { is } = Object;
  const { keys, getPrototypeOf, getOwnPropertySymbols } = Object, ownEnumerable = bound(Object.prototype.propertyIsEnumerable);
  const arrayFrom = Array.from.bind(Array), then = bound(Promise.prototype.then), settle = Promise.resolve.bind(Promise);
  const has = bound(Object.prototype.hasOwnProperty), symbolFor = Symbol.for;
  const text = String, tagOf = bound(Object.prototype.toString), charCode = bound(String.prototype.charCodeAt);
  const split = bound(String.prototype.split), exec = bound(RegExp.prototype.exec);
  const hex = bound(Number.prototype.toString), cut = bound(String.prototype.slice), lower = bound(String.prototype.toLowerCase), apply = Reflect.apply;
  const millis = bound(Date.prototype.getTime), eachOfMap = bound(Map.prototype.forEach), eachOfSet = bound(Set.prototype.forEach);
  const source = Object.getOwnPropertyDescriptor(RegExp.prototype, "source").get, isView = ArrayBuffer.isView;
  const flagsOf = Object.getOwnPropertyDescriptor(RegExp.prototype, "flags").get;
  const unboxed = { "[object String]": bound(String.prototype.valueOf), "[object Number]": bound(Number.prototype.valueOf), "[object Boolean]": bound(Boolean.prototype.valueOf) };
  const UNDEFINED = '{"t":[]}';

  // The sections of the file in which old code has ended in an error, or lacked something: what follows may be no more
  // than a consequence. A section is a test (by its number, from 1 on), the hooks that run with each test, or all else.
  // An error in a helper is charged to the tests that run when it is called. If none does, it is charged to the last that
  // began, which may have left something to be called later, or to the whole file, where it may be a hook's.
  const FILE = 0, HOOK = -1, HELPER = -2, ANYBODY = -3;
  const errors = {}, running = {};
  const frame = /^ +at (?:async )?(?:.*\()?((?:node:|file:|\/|[A-Z]:)[^()]*?):[0-9]+:[0-9]+\)?$/, library = /\/node_modules\/|^node:/;
  const here = fileOf(new Error("here").stack);
  let last = FILE, begun = 0, shared = false, tested = false, watching = false;

  function failed(section) {
    if (section !== HELPER && section !== ANYBODY) {
      errors[section] = true;
      return undefined;
    }
    const now = keys(running);
    for (let at = 0; at < now.length; at += 1) errors[now[at]] = true;
    if (now.length === 0) errors[section === HELPER ? last : FILE] = true;
    else shared = true;
    return undefined;
  }

  // An error that nobody awaits, or that ends in a timer, never comes to a test file: it may be of any that has begun. There
  // is one listener for all files of a process, as many of them would be warned of.
  function watch() {
    const all = symbolFor("boxscore.begun");
    watching = true;
    try {
      if (process[all] !== undefined) return void process[all].push(failed);
      process[all] = [failed];
      const tell = () => process[all].forEach((one) => one(HELPER));
      process.on("unhandledRejection", tell);
      process.on("uncaughtExceptionMonitor", tell);
    } catch (error) {
      return undefined;
    }
    return undefined;
  }

  // Of tests that run at the same time nobody knows which called a function that is in none.
  function begin(section, outer) {
    if (!watching) watch();
    const now = keys(running);
    for (let at = 0; at < now.length && shared; at += 1) if (!isAmong(now[at], outer)) errors[FILE] = true;
    if (section === HOOK) {
      if (tested && begun === 0) errors[HOOK] = false;
      tested = false;
    } else if (section !== FILE) {
      if (!running[section]) errors[section] = false;
      tested = true;
    }
    running[section] = (running[section] || 0) + 1;
    begun += 1;
    last = section;
  }

  function isAmong(section, outer) {
    for (let at = 0; at < outer.length; at += 1) if (text(outer[at]) === section) return true;
    return false;
  }

  function end(section) {
    running[section] -= 1;
    if (running[section] === 0) delete running[section];
    begun -= 1;
    if (begun === 0) shared = false;
  }

  // An assertion that does not hold is no error, if it is the test's own: the test goes on as it would without it.
  function unasserted(section, error) {
    const held = error !== null && typeof error === "object" && (error.name === "AssertionError" || error.code === "ERR_ASSERTION" || error.matcherResult !== undefined);
    const from = held ? fileOf(error.stack) : "";
    return held && (from === "" || from === here) ? undefined : failed(section);
  }

  // The first file of a stack that is none of a library.
  function fileOf(stack) {
    const lines = typeof stack === "string" ? split(stack, "\n") : [];
    for (let at = 0; at < lines.length; at += 1) {
      const found = exec(frame, lines[at]);
      if (found !== null && !exec(library, found[1])) return found[1];
    }
    return "";
  }

  function isSpoilt(section, outer) {
    if (errors[FILE] || errors[HOOK] || errors[section]) return true;
    const all = section > FILE ? outer : keys(errors);
    for (let at = 0; at < all.length; at += 1) if (errors[all[at]]) return true;
    return false;
  }

  function given(section, error) {
    if (error instanceof Error || tagOf(error) === "[object Error]") failed(section);
  }

  function erred(section, error) {
    if (error !== null && error !== undefined && error !== false && typeof error !== "function") failed(section);
  }

  function caught(section, handler) {
    return typeof handler !== "function" ? handler : function (...given) {
      failed(section);
      return apply(handler, this, given);
    };
  }

  function watched(section, all) {
    const found = arrayFrom(all);
    for (let at = 0; at < found.length; at += 1) {
      found[at] = settle(found[at]);
      then(found[at], undefined, () => failed(section));
    }
    return found;
  }

  function there(section, value) {
    if (value === undefined || value === null) failed(section);
    return value;
  }

  function method(section, owner, name) {
    const found = there(section, there(section, owner) === undefined || owner === null ? undefined : owner[name]);
    return typeof found !== "function" ? found : function (...given) {
      return apply(found, owner, given);
    };
  }

  // The places where a value is compared that is compared at several: it is reached when all of them are.
  const reachedAt = {};

  function isLast(number, place, places) {
    const found = reachedAt[number] || (reachedAt[number] = {});
    found[place] = true;
    return keys(found).length === places;
  }

  function send(line) {
    const file = openSync(path, flags, 0o644);
    try {
      writeSync(file, line + "\n");
    } finally {
      closeSync(file);
    }
  }

  function observed(isSpoilt, number, how, value, tidy) {
    let line = "";
    if (typeof number !== "number") return true;
    try {
      line = "[" + number + ',"' + how + '",' + encode(value, { nodes: 0, tidy: tidy }, 0) + "]";
    } catch (error) {
      line = "";
    }
    if (line === "" || byteLength(line) > MAX_BYTES) line = "[" + number + ',"' + how + '",{"!":1}]';
    try {
      send(line);
      if (isSpoilt()) send("[" + number + ',"missed",null]');
    } catch (error) {
      return true;
    }
    return true;
  }

  function encode(value, state, depth) {
    state.nodes += 1;
    if (state.nodes > MAX_NODES || depth > MAX_DEPTH) throw new RangeError("too large");
    if (value === null) return "null";
    const kind = typeof value;
    if (kind === "undefined") return UNDEFINED;
    if (kind === "boolean") return value ? "true" : "false";
    if (kind === "string") return encodeText(value);
    if (kind === "number") return encodeNumber(value);
    if (kind === "bigint") return '{"i":"' + text(value) + '"}';
    if (kind === "symbol") return '{"o":"Symbol","v":["symbol",' + encodeText(text(value)) + "]}";
    if (kind === "function") return '{"o":"Function","v":["function",' + encodeText(cut(text(value.name), 0, MAX_NAME)) + "]}";
    return encodeObject(value, state, depth);
  }

  function encodeNumber(value) {
    if (isSafeInteger(value) && !is(value, -0)) return '{"i":"' + text(value) + '"}';
    if (value !== value) return '{"f":"nan"}';
    if (value === Infinity || value === -Infinity) return value > 0 ? '{"f":"inf"}' : '{"f":"-inf"}';
    return '{"f":"' + (is(value, -0) ? "-0.0" : text(value)) + '"}';
  }

  function encodeText(value) {
    let bytes = "", whole = true;
    for (let at = 0; at < value.length && whole; at += 1) {
      const code = charCode(value, at);
      if (code < 0xd800 || code > 0xdfff) continue;
      const next = charCode(value, at + 1);
      if (code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) at += 1;
      else whole = false;
    }
    if (whole) return stringify(value);
    for (let at = 0; at < value.length; at += 1) {
      let code = charCode(value, at);
      const next = charCode(value, at + 1);
      if (code >= 0xd800 && code < 0xdc00 && next >= 0xdc00 && next <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (next - 0xdc00);
        at += 1;
      }
      bytes += utf8(code);
    }
    return '{"u":"' + bytes + '"}';
  }

  function utf8(code) {
    const two = (byte) => (byte < 16 ? "0" : "") + hex(byte, 16);
    const last = (shift) => two(0x80 | ((code >> shift) & 0x3f));
    if (code < 0x80) return two(code);
    if (code < 0x800) return two(0xc0 | (code >> 6)) + last(0);
    if (code < 0x10000) return two(0xe0 | (code >> 12)) + last(6) + last(0);
    return two(0xf0 | (code >> 18)) + last(12) + last(6) + last(0);
  }

  function encodeObject(value, state, depth) {
    const name = className(value), tag = tagOf(value);
    const own = (made) => '{"o":' + encodeText(name || "Object") + ',"v":' + made + "}";
    if (isArray(value)) return named(name === "Array" ? "" : name, encodeItems(value, state, depth));
    if (tag === "[object Date]") return own('["date",' + encodeNumber(millis(value)) + "]");
    if (tag === "[object RegExp]") return own('["regexp",' + encodeText(apply(source, value, [])) + "," + encodeText(apply(flagsOf, value, [])) + "]");
    if (tag === "[object Error]") return own('["error",' + encode(value.name, state, depth + 1) + "," + encode(value.message, state, depth + 1) + "]");
    if (tag === "[object Map]") return own('["map",' + encodeMap(value, state, depth) + "]");
    if (tag === "[object Set]") return own('["set",' + encodeSet(value, state, depth) + "]");
    if (tag === "[object Promise]" || tag === "[object WeakMap]" || tag === "[object WeakSet]") return own("null");
    if (isView(value) && tag !== "[object DataView]") return named(name, encodeItems(value, state, depth));
    if (tag in unboxed) return named(name, encode(unboxed[tag](value), state, depth + 1));
    return named(name === "Object" ? "" : name, encodeProperties(value, state, depth));
  }

  function className(value) {
    const kind = getPrototypeOf(value);
    if (kind === null) return "null";
    const made = has(kind, "constructor") ? kind.constructor : undefined;
    return typeof made === "function" && typeof made.name === "string" ? cut(made.name, 0, MAX_NAME) || "unnamed" : "unnamed";
  }

  function named(name, content) {
    return name === "" ? content : '{"k":' + encodeText(name) + ',"v":' + content + "}";
  }

  function encodeItems(value, state, depth) {
    let items = "";
    for (let at = 0; at < value.length; at += 1) items += (at ? "," : "") + encode(value[at], state, depth + 1);
    return '{"l":[' + items + "]}";
  }

  function encodeProperties(value, state, depth) {
    let pairs = "", hidden = false;
    const names = keys(value), symbols = getOwnPropertySymbols(value);
    for (let at = 0; at < names.length; at += 1) {
      const content = value[names[at]];
      if (state.tidy && content === undefined) continue;
      pairs += (pairs ? "," : "") + "[" + encodeText(names[at]) + "," + encode(content, state, depth + 1) + "]";
    }
    // Not every library compares symbols.
    for (let at = 0; at < symbols.length; at += 1) {
      if (!ownEnumerable(value, symbols[at])) continue;
      pairs += (pairs ? "," : "") + '[{"t":[' + encodeText(text(symbols[at])) + "]}," + encode(value[symbols[at]], state, depth + 1) + "]";
      hidden = true;
    }
    return named(hidden ? "with symbols" : "", '{"d":[' + pairs + "]}");
  }

  function encodeMap(value, state, depth) {
    let pairs = "";
    eachOfMap(value, (content, key) => {
      pairs += (pairs ? "," : "") + '{"l":[' + encode(key, state, depth + 1) + "," + encode(content, state, depth + 1) + "]}";
    });
    return '{"l":[' + pairs + "]}";
  }

  function encodeSet(value, state, depth) {
    let items = "";
    eachOfSet(value, (one) => {
      items += (items ? "," : "") + encode(one, state, depth + 1);
    });
    return '{"l":[' + items + "]}";
  }

  function headerOf(answer, name) {
    const found = answer.header[lower(name)];
    return isArray(found) ? text(found) : found;
  }

  function words(error) {
    try {
      return typeof error.message === "string" ? error.message : text(error);
    } catch (unreadable) {
      return undefined;
    }
  }

  // Where several calls were made the error may be that of another than should end in one.
  function said(isSpoilt, number, error, several) {
    observed(() => several || isSpoilt(), number, "says", words(error), false);
  }

  async function refused(isSpoilt, number, promise, several) {
    try {
      return await (typeof promise === "function" ? promise() : promise);
    } catch (error) {
      said(isSpoilt, number, error, several);
      throw error;
    }
  }

  function inSection(section, ...outer) {
    const spoilt = () => isSpoilt(section, outer);
    return {
      of: inSection,
      reached: (number, place, places) => {
        if (typeof number !== "number" || spoilt()) return number;
        if (place === undefined || isLast(number, place, places)) send("[" + number + ',"reached",null]');
        return number;
      },
      begin: () => begin(section, outer),
      end: () => end(section),
      failed: () => failed(section),
      unasserted: (error) => unasserted(section, error),
      given: (error) => given(section, error),
      erred: (error) => erred(section, error),
      caught: (handler) => caught(section, handler),
      watched: (all) => watched(section, all),
      there: (value) => there(section, value),
      method: (owner, name) => method(section, owner, name),
      kind: (name) => {
        if (name === "undefined") failed(section);
        return name;
      },
      held: (has) => {
        if (!has) failed(section);
        return has;
      },
      among: (count) => {
        if (count === -1 || count === 0) failed(section);
        return count;
      },
      is: (number, value) => observed(spoilt, number, "is", value, false),
      equal: (number, value) => observed(spoilt, number, "is", value, true),
      weak: (number, value) => observed(spoilt, number, "weak", value, false),
      like: (number, value) => observed(spoilt, number, "like", value, true),
      part: (number, value) => observed(spoilt, number, "in", value, false),
      size: (number, value) => observed(spoilt, number, "is", value.length === undefined ? value.size : value.length, false),
      text: (number) => (answer) => void observed(spoilt, number, "is", answer.text, false),
      words: (number) => (answer) => void observed(spoilt, number, "like", answer.text, false),
      json: (number) => (answer) => void observed(spoilt, number, "weak", answer.body, false),
      header: (number, name) => (answer) => void observed(spoilt, number, "is", headerOf(answer, name), false),
      headed: (number, name) => (answer) => void observed(spoilt, number, "like", headerOf(answer, name), false),
      later: async (how, number, promise) => observed(spoilt, number, how === "equal" ? "is" : how, await (typeof promise === "function" ? promise() : promise), how === "equal"),
      refuses: (number, promise, several) => refused(spoilt, number, promise, several),
      throws: (number, tried, several) => (typeof tried !== "function" ? tried : function (...given) {
        try {
          return apply(tried, this, given);
        } catch (error) {
          said(spoilt, number, error, several);
          throw error;
        }
      }),
      attempt: (tried) => {
        try {
          return tried();
        } catch (error) {
          return failed(section);
        }
      },
      attemptLater: async (tried) => {
        try {
          return await tried();
        } catch (error) {
          return failed(section);
        }
      }
    };
  }

  return inSection(FILE);
})
