/** Texts of any length, and the colours of code. */

// What highlighting knows of languages: their comments, strings and words.

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?`;
const SLASHES = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const HASH = String.raw`#[^\n]*`;

function wordSet(text) {
  return new Set(text.split(" "));
}

const C_WORDS =
  "auto break case char const continue default do double else enum extern false float for goto if inline int long " +
  "nullptr return short signed sizeof static struct switch true typedef union unsigned void volatile while";

const LANGUAGES = {
  python: {
    comment: HASH,
    string: String.raw`\b[rRbBfFuU]{0,2}(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$))|"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|\b[rRbBfFuU]{0,2}(?:${QUOTED})|${QUOTED}`,
    words: wordSet(
      "False None True and as assert async await break case class continue def del elif else except finally for from " +
        "global if import in is lambda match nonlocal not or pass raise return self try while with yield",
    ),
  },
  javascript: {
    comment: SLASHES,
    string: String.raw`\x60(?:[^\x60\\]|\\[\s\S])*\x60?|${QUOTED}`,
    words: wordSet(
      "as async await break case catch class const continue default delete do else enum export extends false finally " +
        "for from function if implements import in instanceof interface let new null of private protected public " +
        "readonly return static super switch this throw true try type typeof undefined var void while yield",
    ),
  },
  java: {
    comment: SLASHES,
    string: String.raw`"""[\s\S]*?(?:"""|$)|${QUOTED}`,
    words: wordSet(
      "abstract assert boolean break byte case catch char class const continue default do double else enum extends " +
        "false final finally float for if implements import instanceof int interface long native new null package " +
        "permits private protected public record return sealed short static super switch synchronized this throw " +
        "throws transient true try var void volatile while yield",
    ),
  },
  go: {
    comment: SLASHES,
    string: String.raw`\x60[^\x60]*\x60?|${QUOTED}`,
    words: wordSet(
      "any bool break byte case chan const continue default defer else error fallthrough false float64 for func go goto " +
        "if import int int64 interface map nil package range return rune select string struct switch true type var",
    ),
  },
  cpp: {
    comment: SLASHES,
    string: QUOTED,
    words: wordSet(
      `${C_WORDS} bool catch class constexpr decltype delete explicit final friend namespace new noexcept operator ` +
        "override private protected public static_cast template this throw try typename using virtual",
    ),
  },
  c: { comment: SLASHES, string: QUOTED, words: wordSet(`${C_WORDS} bool NULL`) },
  rust: {
    comment: SLASHES,
    string: String.raw`"(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\\n]|\\.)'`,
    words: wordSet(
      "as async await bool break const continue crate dyn else enum extern false fn for i32 i64 if impl in let loop " +
        "match mod move mut pub ref return self static str struct super trait true type u32 u64 unsafe use usize where while",
    ),
  },
  shell: {
    comment: String.raw`(?<![^\s;(])#[^\n]*`,
    string: String.raw`"(?:[^"\\]|\\[\s\S])*"?|'[^']*'?|\$\{?[\w@*#?!-]+\}?`,
    words: wordSet(
      "case cd do done echo elif else esac exit export fi for function if in local printf read readonly return set shift " +
        "source test then trap unset until while",
    ),
  },
};

const ALIASES = {
  py: "python", python3: "python", js: "javascript", mjs: "javascript", jsx: "javascript", ts: "javascript",
  tsx: "javascript", typescript: "javascript", "c++": "cpp", cc: "cpp", cxx: "cpp", hpp: "cpp", h: "cpp", rs: "rust",
  sh: "shell", bash: "shell", zsh: "shell", golang: "go", kt: "java", kotlin: "java",
};

function languageOf(name) {
  const small = (name ?? "").toLowerCase();
  const key = Object.hasOwn(ALIASES, small) ? ALIASES[small] : small;
  return Object.hasOwn(LANGUAGES, key) ? LANGUAGES[key] : null;
}

function endOfName(path) {
  return /\.([\w+]+)$/.exec(path)?.[1] ?? "";
}

// Code in colours, by a tokenizer that knows comments, strings, numbers and words.

const LONGEST_CODE = 256 * 1024; // characters of a text that is still highlighted
const NUMBER = String.raw`\b(?:0[xXbBoO][\da-fA-F_]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)\b`;
const WORD = String.raw`[A-Za-z_$][\w$]*`;

const PATTERNS = new Map();

function tokens(text, name) {
  if (name === "diff") return diffTokens(text);
  const language = languageOf(name);
  if (!language || text.length > LONGEST_CODE) return [["", text]];
  const found = [];
  let from = 0;
  for (const match of text.matchAll(patternOf(name ?? "", language))) {
    const kind = tokenKind(match, language);
    if (!kind) continue;
    if (match.index > from) found.push(["", text.slice(from, match.index)]);
    found.push([kind, match[0]]);
    from = match.index + match[0].length;
  }
  if (from < text.length) found.push(["", text.slice(from)]);
  return found;
}

/** The same as lines, each without its newline. */
function tokenLines(text, name) {
  const lines = [[]];
  for (const [kind, whole] of tokens(text, name)) {
    whole.split("\n").forEach((part, at) => {
      if (at > 0) lines.push([]);
      if (part !== "") lines[lines.length - 1].push([kind, part]);
    });
  }
  return lines;
}

function tokenNodes(line) {
  return line.flatMap(([kind, text]) => (kind ? [make("span", { class: `token-${kind}` }, visibleNodes(text))] : visibleNodes(text)));
}

function tokenKind(match, language) {
  const { comment, string, number, word } = match.groups ?? {};
  if (comment !== undefined) return "comment";
  if (string !== undefined) return "string";
  if (number !== undefined) return "number";
  return word !== undefined && language.words.has(word) ? "keyword" : "";
}

function patternOf(name, language) {
  let pattern = PATTERNS.get(name);
  if (!pattern) {
    const { comment, string } = language;
    pattern = new RegExp(`(?<comment>${comment})|(?<string>${string})|(?<number>${NUMBER})|(?<word>${WORD})`, "g");
    PATTERNS.set(name, pattern);
  }
  return pattern;
}

function diffTokens(text) {
  return text.split(/(?<=\n)/).map((line) => {
    if (line.startsWith("+++") || line.startsWith("---") || /^(?:diff|index) /.test(line)) return ["comment", line];
    if (line.startsWith("@@")) return ["keyword", line];
    if (line.startsWith("+")) return ["added", line];
    return [line.startsWith("-") ? "removed" : "", line];
  });
}

// Texts of any length: the beginning at first, the rest when asked for, in leaves that are laid out only when seen.

const SHOWN_LINES = 160;
const SHOWN_CHARACTERS = 16 * 1024;
const LEAF_LINES = 100;
const FOLD = 2000; // characters of a line, after which it goes on in another element: one endless line is slow to lay out

function textBlock(text, language = null) {
  const numbered = language !== null && language !== "";
  const body = make("code", {});
  const block = make("div", { class: numbered ? "text numbered" : "text" }, make("pre", { tabindex: 0 }, body));
  const shown = beginning(text);
  body.append(...leaves(shown, language, numbered));
  if (shown.length < text.length) block.append(showAll(text, language, numbered, body));
  if (text === "") body.append(make("span", { class: "empty" }, "(empty)"));
  if (text !== "" && navigator.clipboard) block.append(copyButton(text));
  return block;
}

function copyButton(text) {
  const copy = button("Copy", async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = "Copied";
    } catch {
      copy.textContent = "Not allowed";
    }
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  }, { class: "copy quiet" });
  return copy;
}

function beginning(text) {
  let end = 0;
  for (let line = 0; line < SHOWN_LINES; line += 1) {
    end = text.indexOf("\n", end) + 1;
    if (end === 0 || end > SHOWN_CHARACTERS) break;
  }
  if (end === 0) end = text.length;
  if (end <= SHOWN_CHARACTERS) return text.slice(0, end);
  return text.slice(0, wholeEnd(text, SHOWN_CHARACTERS));
}

function showAll(text, language, numbered, body) {
  const size = byteSize(new Blob([text]).size);
  const rest = make("p", { class: "rest" }, button(`Show all (${size})`, () => {
    body.replaceChildren(...leaves(text, language, numbered));
    rest.remove();
    body.closest("pre")?.focus({ preventScroll: true });
  }));
  return rest;
}

function leaves(text, language, numbered) {
  const lines = tokenLines(text.endsWith("\n") ? text.slice(0, -1) : text, language);
  const found = [];
  for (let first = 0; first < lines.length; first += LEAF_LINES) {
    const some = lines.slice(first, first + LEAF_LINES);
    found.push(make("span", { class: "leaf" }, some.map((line, at) => lineNodes(line, numbered ? first + at + 1 : null))));
  }
  return found;
}

function lineNodes(line, number) {
  const parts = folded(line);
  return parts.map((part, at) =>
    make("span", { class: at === 0 ? "line" : "line more", "data-n": at === 0 ? number : null }, tokenNodes(part), at === parts.length - 1 ? "\n" : null),
  );
}

function folded(line) {
  if (line.reduce((sum, [, text]) => sum + text.length, 0) <= FOLD) return [line];
  const parts = [];
  for (const [kind, text] of line) {
    for (let from = 0; from < text.length; ) {
      const end = wholeEnd(text, from + FOLD);
      parts.push([[kind, text.slice(from, end)]]);
      from = end;
    }
  }
  return parts;
}

/** The end of a cut that leaves no half of a character. */
function wholeEnd(text, end) {
  const code = text.charCodeAt(end - 1);
  return end < text.length && code >= 0xd800 && code <= 0xdbff ? end - 1 : Math.min(end, text.length);
}

function cutNote(bytes) {
  return bytes > 0 ? make("p", { class: "note" }, `${byteSize(bytes)} (${count(bytes)} bytes) were left out of this text; the run directory has them.`) : null;
}
