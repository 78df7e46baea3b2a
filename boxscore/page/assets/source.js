/**
 * Where head, rows and details come from: the file itself, or a server that follows the run.
 *
 * @typedef {{label: string, value: string, note: string}} Fact
 * @typedef {{chart_id: string, title: string, svg: string | null, table: string[][]}} Chart
 * @typedef {"text" | "number" | "seconds" | "bytes" | "money" | "outcome" | "flag" | "strip"} Kind
 * @typedef {{key: string, label: string, kind: Kind, shown: boolean}} Column
 * @typedef {{version: number, kind: "run" | "comparison" | "audit", title: string, boxscore: string, score: Fact[],
 *   facts: Fact[], warnings: string[], charts: Chart[], columns: Column[], rows: number, chunks: number[],
 *   provenance: Fact[], again: string[], going_on: boolean, generation: number}} Head
 * @typedef {string | number | boolean | null} Scalar
 * @typedef {{sections: any[]}} Details
 *
 * @typedef {object} Source
 * @property {() => Promise<Head>} head
 * @property {(from?: number) => Promise<Scalar[][]>} rows those from a number on
 * @property {(row: number) => Promise<Details>} details what is shown of an opened row
 */
import { unpacked } from "./unpack.js";

const CHUNKS_KEPT = 4;

/** @returns {Source} the file's own data where it has them, else the server's */
export function openSource() {
  return document.getElementById("rows") ? embeddedSource() : servedSource();
}

/** @returns {Source} */
function embeddedSource() {
  const head = JSON.parse(textOf("head"));
  /** @type {Map<number, Promise<Details[]>>} */
  const opened = new Map();

  return {
    head: async () => head,
    rows: async (from = 0) => JSON.parse(textOf("rows")).slice(from),
    details: async (row) => {
      const chunk = chunkOf(head.chunks, row);
      const details = (await keptChunk(opened, chunk))[row - head.chunks[chunk]];
      if (!details) throw new Error(`The page has no details of row ${row}.`);
      return details;
    },
  };
}

/** @param {string} id @returns {string} */
function textOf(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no ${id}: it was cut short.`);
  return element.textContent ?? "";
}

/** @param {number[]} chunks the first row of each @param {number} row @returns {number} the chunk that has the row */
function chunkOf(chunks, row) {
  let low = 0;
  let high = chunks.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (chunks[middle] <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** @param {Map<number, Promise<Details[]>>} opened @param {number} chunk @returns {Promise<Details[]>} */
function keptChunk(opened, chunk) {
  const known = opened.get(chunk) ?? readChunk(chunk);
  opened.delete(chunk);
  opened.set(chunk, known);
  if (opened.size > CHUNKS_KEPT) opened.delete(opened.keys().next().value ?? -1);
  return known;
}

/** @param {number} chunk @returns {Promise<Details[]>} */
async function readChunk(chunk) {
  const whole = document.getElementById(`chunk-${chunk + 1}`); // else the parser may still be within it
  if (!whole && document.readyState === "loading") await documentRead();
  return unpacked(textOf(`chunk-${chunk}`));
}

/** Chunks stand below the script, which does not wait for them. @returns {Promise<void>} */
function documentRead() {
  return new Promise((resolve) => {
    document.addEventListener("DOMContentLoaded", () => resolve(), { once: true });
  });
}

/** @returns {Source} */
function servedSource() {
  /** @param {string} path @returns {Promise<any>} */
  const get = async (path) => {
    const response = await fetch(new URL(path, document.baseURI), { cache: "no-cache" });
    if (!response.ok) throw new Error(`${path}: the server answered ${response.status}.`);
    return response.json();
  };
  return {
    head: () => get("head.json"),
    rows: (from = 0) => get(`rows.json?from=${from}`),
    details: (row) => get(`details/${row}.json`),
  };
}
