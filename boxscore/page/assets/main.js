/** The report page: what it is given, drawn. Modules are joined to one script by `boxscore/page/write.py`. */
import { make } from "./dom.js";
import { follow } from "./live.js";
import { Model } from "./model.js";
import { Page } from "./page.js";
import { openSource } from "./source.js";

/** The version of `boxscore/page/records.py` that this script draws. */
const VERSION = 1;

/** @returns {Promise<void>} */
async function start() {
  const source = openSource();
  const head = await source.head();
  if (head.version !== VERSION) throw new Error(`This page has data of version ${head.version}, not ${VERSION}.`);
  const model = new Model(head, await source.rows());
  const page = new Page(model, source);
  await follow(source, model, (problem) => page.refresh(problem));
}

start().catch((error) => {
  document.getElementById("main")?.prepend(make("p", { class: "warning", role: "alert" }, `This page cannot be drawn. ${error}`));
});
