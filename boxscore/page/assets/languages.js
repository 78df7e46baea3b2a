/**
 * What highlighting knows of languages: their comments, strings and words.
 *
 * @typedef {{comment: string, string: string, words: Set<string>}} Language `comment` and `string`: sources of regular
 *   expressions that never look further than once over the text
 */

const QUOTED = String.raw`"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?`;
const SLASHES = String.raw`\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)`;
const HASH = String.raw`#[^\n]*`;

/** @param {string} text @returns {Set<string>} */
function wordSet(text) {
  return new Set(text.split(" "));
}

const C_WORDS =
  "auto break case char const continue default do double else enum extern false float for goto if inline int long " +
  "nullptr return short signed sizeof static struct switch true typedef union unsigned void volatile while";

/** @type {Record<string, Language>} */
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

/** @type {Record<string, string>} other names, and ends of file names */
const ALIASES = {
  py: "python", python3: "python", js: "javascript", mjs: "javascript", jsx: "javascript", ts: "javascript",
  tsx: "javascript", typescript: "javascript", "c++": "cpp", cc: "cpp", cxx: "cpp", hpp: "cpp", h: "cpp", rs: "rust",
  sh: "shell", bash: "shell", zsh: "shell", golang: "go", kt: "java", kotlin: "java",
};

/** @param {string | null} name of a language or the end of a file's name @returns {Language | null} */
export function languageOf(name) {
  const small = (name ?? "").toLowerCase();
  const key = Object.hasOwn(ALIASES, small) ? ALIASES[small] : small;
  return Object.hasOwn(LANGUAGES, key) ? LANGUAGES[key] : null;
}

/** @param {string} path @returns {string} the end of its name, which tells the language */
export function endOfName(path) {
  return /\.([\w+]+)$/.exec(path)?.[1] ?? "";
}
