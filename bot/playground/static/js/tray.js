/** Files that will go with the next message, with thumbnails. Knows no messages. */

import { el, icon } from "./dom.js";
import { bytes } from "./pictures.js";

const MOST = 10;

export class Tray {
  files = [];

  constructor(changed) {
    this.changed = changed;
    this.element = el("ul.tray", {
      hidden: true,
      "aria-label": "Files to send",
      data: { testid: "tray" },
      on: { click: (event) => this.#clicked(event) },
    });
  }

  /** Words if there are too many. */
  add(files) {
    this.files.push(...files);
    const tooMany = this.files.length > MOST;
    this.files.length = Math.min(this.files.length, MOST);
    this.#draw();
    return tooMany ? `A message has at most ${MOST} files.` : "";
  }

  /** Gives the files away. */
  take() {
    const taken = this.files;
    this.files = [];
    this.#draw();
    return taken;
  }

  #clicked(event) {
    const drop = event.target.closest("[data-index]");
    if (!drop) return;
    this.files.splice(Number(drop.dataset.index), 1);
    this.#draw();
  }

  #draw() {
    this.element.hidden = !this.files.length;
    this.element.replaceChildren(...this.files.map(entry));
    this.changed();
  }
}

function entry(file, index) {
  return el(
    "li.tray-file",
    {},
    file.type.startsWith("image/")
      ? el("img", {
          src: URL.createObjectURL(file),
          alt: file.name,
          on: { load: (event) => URL.revokeObjectURL(event.target.src) },
        })
      : el("span.tray-mark", {}, icon("file")),
    el("span.tray-name", { title: file.name }, file.name),
    el("small", {}, bytes(file.size)),
    el("button.tray-drop", { type: "button", "aria-label": `Remove ${file.name}`, data: { index } }, icon("close")),
  );
}
