/** Chunks of details: JSON, compressed by gzip, in base 64. */

/**
 * @param {string} text
 * @returns {Promise<any>} what the JSON says
 */
export async function unpacked(text) {
  const packed = new Response(bytesOf(text.trim())).body; // a Blob would ask another process for its own bytes
  return new Response(packed?.pipeThrough(new DecompressionStream("gzip"))).json();
}

/** @param {string} text base 64 @returns {Uint8Array} */
function bytesOf(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < characters.length; at += 1) bytes[at] = characters.charCodeAt(at);
  return bytes;
}
