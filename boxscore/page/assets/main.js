/** The report page: what it is given, drawn. Modules are joined to one script by `boxscore/page/write.py`. */
import { make } from "./dom.js";
import { openSource } from "./source.js";

const source = openSource();
const head = await source.head();
document.getElementById("top")?.append(make("h1", {}, head.title));
