/** Pictures large, over everything: arrows go through the message's other ones, Esc closes. Knows no messages. */

import { el, icon } from "./dom.js";

const MOST_ENLARGED = 4;

export class Lightbox {
  #pictures = [];
  #at = 0;

  constructor() {
    this.image = el("img.large", { data: { testid: "large" }, on: { load: () => this.#limit() } });
    this.words = el("p.large-words");
    this.count = el("span.large-count");
    this.download = el(
      "a.icon-button",
      { "aria-label": "Download", title: "Download", data: { testid: "download" } },
      icon("download"),
    );
    this.steps = [
      ["previous", -1],
      ["next", 1],
    ].map(([name, step]) =>
      el(
        "button.icon-button.step",
        {
          class: name,
          type: "button",
          "aria-label": `${name} picture`,
          data: { testid: `lightbox-${name}` },
          on: { click: () => this.#step(step) },
        },
        icon(name),
      ),
    );
    const close = el(
      "button.icon-button",
      {
        type: "button",
        "aria-label": "Close",
        title: "Close (Esc)",
        data: { testid: "lightbox-close" },
        on: { click: () => this.element.close() },
      },
      icon("close"),
    );
    this.element = el(
      "dialog.lightbox",
      {
        "aria-label": "Picture",
        data: { testid: "lightbox" },
        on: { click: (event) => this.#clicked(event), keydown: (event) => this.#key(event) },
      },
      el("div.large-tools", {}, this.count, this.download, close),
      this.steps,
      el("figure", { tabindex: "-1", autofocus: true }, this.image, this.words),
    );
    document.body.append(this.element);
  }

  /** `pictures`: `{src, name, alt}`. */
  open(pictures, at) {
    this.#pictures = pictures;
    this.#at = at;
    this.#show();
    this.element.showModal();
  }

  #show() {
    const { src, name, alt } = this.#pictures[this.#at];
    const several = this.#pictures.length > 1;
    this.image.src = src;
    this.image.alt = alt;
    this.words.textContent = alt;
    this.count.textContent = several ? `${this.#at + 1} / ${this.#pictures.length}` : "";
    Object.assign(this.download, { href: src, download: name ?? "picture" });
    for (const step of this.steps) step.hidden = !several;
  }

  /** A small picture is enlarged to be looked at, but not until it is a blur. */
  #limit() {
    const { naturalWidth, naturalHeight, style } = this.image;
    style.maxWidth = `${naturalWidth * MOST_ENLARGED}px`;
    style.maxHeight = `${naturalHeight * MOST_ENLARGED}px`;
  }

  #step(step) {
    const count = this.#pictures.length;
    this.#at = (this.#at + step + count) % count;
    this.#show();
  }

  #key(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.#step(step);
    else if (event.key === "d" && !event.ctrlKey && !event.metaKey) this.download.click();
  }

  #clicked(event) {
    if (event.target === this.element || event.target.nodeName === "FIGURE") this.element.close();
  }
}
