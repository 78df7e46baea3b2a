
const boxscoreSeen = [];
function boxscoreHex(text) {
  let hex = "";
  for (let at = 0; at < text.length; at++) hex += text.charCodeAt(at).toString(16).padStart(4, "0");
  return hex;
}
function boxscoreValue(value, depth) {
  if (value === undefined) return ["undefined"];
  if (value === null) return ["null"];
  if (typeof value === "boolean") return ["bool", value];
  if (typeof value === "number") return ["num", String(value)];
  if (typeof value === "bigint") return ["big", String(value)];
  if (typeof value === "string") return ["str", boxscoreHex(value)];
  if (typeof value !== "object" || depth > 50) return ["other"];
  const kind = Object.prototype.toString.call(value);
  const keys = Object.keys(value);
  if (Object.getOwnPropertySymbols(value).length) return ["other"];
  if (kind === "[object Array]") {
    if (keys.length !== value.length || keys.some((key, at) => key !== String(at))) return ["other"];
    return ["list", value.map((item) => boxscoreValue(item, depth + 1))];
  }
  if (kind !== "[object Object]") return ["other"];
  return ["map", keys.map((key) => [["str", boxscoreHex(key)], boxscoreValue(value[key], depth + 1)])];
}
function boxscoreSee(value) {
  boxscoreSeen.push(boxscoreValue(value, 0));
}
function boxscoreShow() {
  const bytes = Buffer.from("\nboxscore: values\n" + JSON.stringify(boxscoreSeen) + "\n");
  for (let at = 0; at < bytes.length; ) {
    try {
      at += require("node:fs").writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
