/**
 * Keeps a list element in step with a list of rows, touching only what changed.
 *
 * A row is `{key, basis, build}`: `basis` is an array of what it is drawn from, compared by identity; `build()` draws
 * an element that carries `data-key`.
 */

import { morph } from "./morph.js";

export class Rows {
  #drawn = new Map(); // key -> {element, basis}

  constructor(list) {
    this.list = list;
  }

  show(rows) {
    const keys = new Set(rows.map((row) => row.key));
    for (const [key, { element }] of this.#drawn) {
      if (keys.has(key)) continue;
      element.remove();
      this.#drawn.delete(key);
    }
    let place = this.list.firstChild;
    for (const row of rows) {
      const element = this.#element(row);
      if (element === place) {
        place = element.nextSibling;
        continue;
      }
      this.list.insertBefore(element, place);
    }
  }

  #element({ key, basis, build }) {
    const known = this.#drawn.get(key);
    if (known && same(known.basis, basis)) return known.element;
    const element = known ? morph(known.element, build()) : build();
    this.#drawn.set(key, { element, basis });
    return element;
  }
}

function same(a, b) {
  return a.length === b.length && a.every((one, index) => one === b[index]);
}
