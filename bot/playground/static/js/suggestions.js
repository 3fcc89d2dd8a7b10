/** The list above the place where one types: commands, options, choices, people. Knows none of them. */

import { el } from "./dom.js";

let lists = 0;

export class Suggestions {
  #items = [];
  #active = -1;
  #pick = null;
  #input = null;

  constructor(root) {
    this.root = root;
    this.id = `suggestions-${++lists}`;
    root.classList.add("suggestions");
    root.hidden = true;
    root.dataset.testid = "suggestions";
    // The focus stays where one types.
    root.addEventListener("pointerdown", (event) => event.preventDefault());
    root.addEventListener("click", (event) => this.#clicked(event));
    root.addEventListener("pointermove", (event) => this.#hovered(event));
  }

  get open() {
    return !this.root.hidden;
  }

  get active() {
    return this.open ? this.#items[this.#active] : undefined;
  }

  /**
   * `items`: `{mark, label, detail, hint, value}`, texts or elements. `active` -1 highlights none, so that Enter is not
   * taken. `note` stands where there is no item. `input` keeps the focus and is told the active item.
   */
  show({ title, items, active = 0, note = "", input, pick }) {
    this.#items = items;
    this.#pick = pick;
    this.#input = input;
    this.#active = items.length ? Math.min(active, items.length - 1) : -1;
    this.root.replaceChildren(
      title ? el("div.suggestions-title", {}, title) : "",
      items.length || !note ? "" : el("div.suggestions-note", {}, note),
      items.length
        ? el(
            "ul",
            { id: this.id, role: "listbox", "aria-label": typeof title === "string" ? title : "Suggestions" },
            items.map((item, index) => this.#row(item, index)),
          )
        : "",
    );
    this.root.hidden = !(title || items.length || note);
    input?.setAttribute("aria-controls", this.id);
    this.#highlight();
  }

  #row({ mark, label, detail, hint, name }, index) {
    return el(
      "li.suggestion",
      { id: `${this.id}-${index}`, role: "option", data: { index, testid: "suggestion", name } },
      mark ? el("span.suggestion-mark", {}, mark) : null,
      el("span.suggestion-label", {}, label),
      detail ? el("span.suggestion-detail", {}, detail) : null,
      hint ? el("span.suggestion-hint", {}, hint) : null,
    );
  }

  hide() {
    this.root.hidden = true;
    this.#items = [];
    this.#active = -1;
    this.#input?.removeAttribute("aria-activedescendant");
  }

  /** Whether the key was meant for the list. */
  key(event) {
    if (!this.open || event.isComposing) return false;
    const taken = this.#taken(event);
    if (taken) event.preventDefault();
    return taken;
  }

  #taken({ key, shiftKey }) {
    switch (key) {
      case "ArrowDown":
        return this.#move(1);
      case "ArrowUp":
        return this.#move(-1);
      case "Enter":
        return !shiftKey && this.choose();
      case "Tab":
        return !shiftKey && this.choose();
      case "Escape":
        this.hide();
        return true;
      default:
        return false;
    }
  }

  #move(step) {
    const count = this.#items.length;
    if (!count) return false;
    this.#active = this.#active < 0 ? (step > 0 ? 0 : count - 1) : (this.#active + step + count) % count;
    this.#highlight();
    return true;
  }

  /** Takes the active item; false if none is. */
  choose(index = this.#active) {
    const item = this.#items[index];
    if (!item) return false;
    this.#pick(item.value, item);
    return true;
  }

  #highlight() {
    for (const row of this.root.querySelectorAll(".suggestion")) {
      const active = Number(row.dataset.index) === this.#active;
      row.setAttribute("aria-selected", String(active));
      if (active) row.scrollIntoView({ block: "nearest" });
    }
    if (this.#active >= 0) this.#input?.setAttribute("aria-activedescendant", `${this.id}-${this.#active}`);
    else this.#input?.removeAttribute("aria-activedescendant");
  }

  #clicked(event) {
    const row = event.target.closest(".suggestion");
    if (row) this.choose(Number(row.dataset.index));
  }

  #hovered(event) {
    const row = event.target.closest(".suggestion");
    if (!row || Number(row.dataset.index) === this.#active) return;
    this.#active = Number(row.dataset.index);
    this.#highlight();
  }
}
