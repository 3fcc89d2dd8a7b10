/** The list of a select menu, opened beside it. Knows neither messages nor modals. */

import { emoji } from "./components.js";
import { el, icon } from "./dom.js";
import { ComponentType as Type } from "./flags.js";
import { avatar } from "./person.js";

const SEARCH_FROM = 9;

let shown = null;

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

/** One choice is told at once; several when the list closes. `done(values)` is not called if nothing changed. */
export function openSelect(anchor, { options, min = 1, max = 1, chosen = [] }, done) {
  closeSelect();
  const selected = new Set(chosen);
  const several = max > 1;
  const list = el("ul", { role: "listbox", "aria-multiselectable": String(several), tabindex: "-1" });
  const search = el("input.select-search", {
    type: "text",
    placeholder: "Search",
    "aria-label": "Search",
    hidden: options.length < SEARCH_FROM,
    on: { input: () => draw() },
  });
  const finish = el(
    "button.component-button.primary.select-done",
    { type: "button", hidden: !several, on: { click: () => closeSelect() } },
    "Done",
  );
  const element = el("div.select-list", { data: { testid: "select-list" } }, search, list, finish);

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const fitting = options.filter((option) => option.label.toLowerCase().includes(wanted));
    list.replaceChildren(...fitting.map((option) => optionRow(option, selected.has(option.value), several)));
    if (several) finish.disabled = selected.size < min || selected.size > max;
  }

  function choose(value) {
    if (!several) {
      shown.values = [value];
      closeSelect();
      return;
    }
    if (!selected.delete(value) && selected.size < max) selected.add(value);
    draw();
    if (selected.size >= min) shown.values = [...selected];
    list.querySelector(`[data-value="${CSS.escape(value)}"]`)?.focus();
  }

  list.addEventListener("click", ({ target }) => target.closest("li") && choose(target.closest("li").dataset.value));
  element.addEventListener("keydown", (event) => key(event, list, choose));
  draw();
  (anchor.closest("dialog") ?? document.body).append(element);
  place(element, anchor);
  const outside = (event) => element.contains(event.target) || closeSelect();
  addEventListener("pointerdown", outside, true);
  shown = { element, anchor, done, values: null, stop: () => removeEventListener("pointerdown", outside, true) };
  anchor.setAttribute("aria-expanded", "true");
  (search.hidden ? (list.querySelector("[aria-selected=true]") ?? list.firstChild) : search)?.focus();
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

function key(event, list, choose) {
  const rows = [...list.children];
  const at = rows.indexOf(document.activeElement);
  const target = { ArrowDown: rows[Math.min(at + 1, rows.length - 1)], ArrowUp: rows[Math.max(at - 1, 0)] }[event.key];
  if (target) target.focus();
  else if (event.key === "Escape") dropSelect();
  else if (event.key === "Enter" || (event.key === " " && at >= 0))
    (at >= 0 || rows.length === 1) && choose((rows[at] ?? rows[0]).dataset.value);
  else if (event.key === "Tab") closeSelect();
  else return;
  event.preventDefault();
  event.stopPropagation();
}

/** Closes without telling. */
function dropSelect() {
  shown.values = null;
  closeSelect();
}

function closeSelect() {
  if (!shown) return;
  const { element, anchor, done, values, stop } = shown;
  shown = null;
  stop();
  element.remove();
  anchor.removeAttribute("aria-expanded");
  anchor.focus({ preventScroll: true });
  if (values) done(values);
}
