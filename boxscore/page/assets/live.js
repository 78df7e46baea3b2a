/** A run that goes on: its head is asked for again and again, and rows that are new are taken in. */

const PAUSE_MS = 2000;

/**
 * Follow a run to its end. While the server does not answer, it is asked on.
 *
 * @param {import("./source.js").Source} source
 * @param {import("./model.js").Model} model which gets the new rows
 * @param {(problem: string | null) => void} changed is told of each change, and of trouble to show
 */
export async function follow(source, model, changed) {
  while (model.head.going_on) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    if (document.hidden) continue;
    try {
      if (await takenIn(source, model)) changed(null);
    } catch (error) {
      changed(`The server does not answer: ${error}`);
    }
  }
}

/**
 * @param {import("./source.js").Source} source
 * @param {import("./model.js").Model} model
 * @returns {Promise<boolean>} whether anything is new
 */
async function takenIn(source, model) {
  const head = await source.head();
  const known = model.rows.length;
  if (head.generation !== model.head.generation || head.rows < known) {
    model.replace(head, await source.rows());
    return true;
  }
  const more = head.rows > known ? await source.rows(known) : [];
  const same = more.length === 0 && JSON.stringify(head) === JSON.stringify(model.head);
  if (!same) model.extend(head, more);
  return !same;
}
