/** The list of a select menu, opened beside it. Knows neither messages nor modals. */

import { emoji } from "./components.js";
import { el, icon } from "./dom.js";
import { ComponentType as Type } from "./flags.js";
import { avatar } from "./person.js";

const SEARCH_FROM = 9;

/** What a menu offers: its own options, or the people and channels that there are. */
export function optionsOf(component, chat) {
  switch (component.type) {
    case Type.USER_SELECT:
    case Type.MENTIONABLE_SELECT:
      return chat.everybody.map((user) => ({ label: user.name, value: user.id, mark: avatar(user, "tiny") }));
    case Type.CHANNEL_SELECT:
      return [...chat.channels.values()]
        .filter((channel) => channel.name)
        .map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
    default:
      return (component.options ?? []).map((option) => ({ ...option, mark: emoji(option.emoji) }));
  }
}

let shown = null;

/** One choice is told at once; several when the list closes. `done(values)` is not called if nothing was chosen. */
export function openSelect(anchor, { options, min = 1, max = 1, chosen = [] }, done) {
  shown?.close();
  shown = new SelectList(anchor, { options, min, max, chosen }, done);
  shown.open();
}

class SelectList {
  #values = null;

  constructor(anchor, { options, min, max, chosen }, done) {
    Object.assign(this, { anchor, options, min, max, done });
    this.several = max > 1;
    this.selected = new Set(chosen);
    this.list = el("ul", { role: "listbox", "aria-multiselectable": String(this.several), tabindex: "-1" });
    this.search = el("input.select-search", {
      type: "text",
      placeholder: "Search",
      "aria-label": "Search",
      hidden: options.length < SEARCH_FROM,
      on: { input: () => this.#draw() },
    });
    const finish = { type: "button", hidden: !this.several, on: { click: () => this.close() } };
    this.finish = el("button.component-button.primary.select-done", finish, "Done");
    this.element = el("div.select-list", { data: { testid: "select-list" } }, this.search, this.list, this.finish);
    this.list.addEventListener("click", ({ target }) => this.#choose(target.closest("li")));
    this.element.addEventListener("keydown", (event) => this.#key(event));
  }

  open() {
    this.#draw();
    (this.anchor.closest("dialog") ?? document.body).append(this.element);
    place(this.element, this.anchor);
    addEventListener("pointerdown", this.#outside, true);
    this.anchor.setAttribute("aria-expanded", "true");
    const first = this.list.querySelector("[aria-selected=true]") ?? this.list.firstChild;
    (this.search.hidden ? first : this.search)?.focus();
  }

  close() {
    if (shown !== this) return;
    shown = null;
    removeEventListener("pointerdown", this.#outside, true);
    this.element.remove();
    this.anchor.removeAttribute("aria-expanded");
    this.anchor.focus({ preventScroll: true });
    if (this.#values) this.done(this.#values);
  }

  #outside = (event) => this.element.contains(event.target) || this.close();

  #drop() {
    this.#values = null;
    this.close();
  }

  #draw() {
    const wanted = this.search.value.trim().toLowerCase();
    const fitting = this.options.filter((option) => option.label.toLowerCase().includes(wanted));
    this.list.replaceChildren(
      ...fitting.map((option) => optionRow(option, this.selected.has(option.value), this.several)),
    );
    this.finish.disabled = this.selected.size < this.min || this.selected.size > this.max;
  }

  #choose(row) {
    const value = row?.dataset.value;
    if (value === undefined) return;
    if (!this.several) {
      this.#values = [value];
      this.close();
      return;
    }
    if (!this.selected.delete(value) && this.selected.size < this.max) this.selected.add(value);
    this.#values = this.selected.size >= this.min ? [...this.selected] : null;
    this.#draw();
    this.list.querySelector(`[data-value="${CSS.escape(value)}"]`)?.focus();
  }

  #key(event) {
    if (event.target === this.finish && event.key !== "Escape") return;
    const rows = [...this.list.children];
    const at = rows.indexOf(document.activeElement);
    const target = { ArrowDown: rows[Math.min(at + 1, rows.length - 1)], ArrowUp: rows[Math.max(at - 1, 0)] }[
      event.key
    ];
    if (target) target.focus();
    else if (event.key === "Escape") this.#drop();
    else if (event.key === "Tab") this.close();
    else if (event.key === "Enter" || (event.key === " " && at >= 0)) this.#choose(rows[at] ?? rows[0]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

function optionRow(option, selected, several) {
  return el(
    "li.select-option",
    {
      role: "option",
      tabindex: "-1",
      "aria-selected": String(selected),
      data: { value: option.value, testid: "select-option" },
    },
    option.mark,
    el(
      "span.select-words",
      {},
      el("span", {}, option.label),
      option.description ? el("small", {}, option.description) : null,
    ),
    several
      ? el("span.tick", { class: selected ? "on" : "" }, selected ? icon("check") : null)
      : selected
        ? icon("check")
        : null,
  );
}

function place(element, anchor) {
  const box = anchor.getBoundingClientRect();
  element.style.minWidth = `${Math.max(box.width, 200)}px`;
  const { height, width } = element.getBoundingClientRect();
  const below = innerHeight - box.bottom - 12;
  element.style.top = `${below >= height || below > box.top ? box.bottom + 4 : Math.max(8, box.top - height - 4)}px`;
  element.style.left = `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`;
}
