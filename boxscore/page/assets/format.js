/**
 * Values of the index as people read them. What was not computed is a dash, never 0. Numbers are written without `Intl`,
 * whose first number takes as long as all other scripting until the first rows are seen.
 */

const FINE_DIGITS = 4;
const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

/** What stands for a value that is not there. */
export const ABSENT = "\u2013";

/**
 * @param {import("./source.js").Scalar} value
 * @param {import("./source.js").Kind} kind
 * @returns {string}
 */
export function formatted(value, kind) {
  if (value === null || value === undefined) return kind === "text" || kind === "strip" ? "" : ABSENT;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value !== "number") return value;
  if (kind === "seconds") return duration(value);
  if (kind === "bytes") return byteSize(value);
  if (kind === "money") return money(value);
  return Number.isInteger(value) ? count(value) : fine(value);
}

/** @param {number} value @returns {string} with separators between thousands */
export function count(value) {
  return grouped(String(Math.round(value)));
}

/** @param {number} value @returns {string} its first four digits that say something */
function fine(value) {
  return grouped(String(Number(value.toPrecision(FINE_DIGITS))));
}

/** @param {string} digits a number as a script writes it @returns {string} with separators between thousands */
function grouped(digits) {
  const [whole, ...fraction] = digits.split(".");
  return [whole.replace(/\B(?=(?:\d{3})+$)/g, ","), ...fraction].join(".");
}

/** @param {number} value @param {string} one @param {string} [many] @returns {string} */
export function counted(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {number} seconds @returns {string} */
export function duration(seconds) {
  if (seconds < 0.0995) return `${fine(Number((seconds * 1000).toPrecision(2)))} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 9.95 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${padded(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${padded(minutes % 60)} min`;
}

/** @param {number} bytes @returns {string} */
export function byteSize(bytes) {
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? size.toFixed(0) : size.toFixed(1)} ${UNITS[unit]}`;
}

/** @param {number} dollars @returns {string} */
export function money(dollars) {
  return `$${dollars.toFixed(dollars !== 0 && Math.abs(dollars) < 1 ? 4 : 2)}`;
}

/** @param {number} value @returns {string} */
function padded(value) {
  return String(value).padStart(2, "0");
}
