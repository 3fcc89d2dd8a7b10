/** A menu at a point of the page. Knows no messages. */

import { el } from "./dom.js";

let shown = null;

/** `items`: `{label, drawing, danger, run, name}`, or a string as a heading. Closes on a choice, Esc or a click elsewhere. */
export function openMenu(items, { x, y, label }) {
  closeMenu();
  const back = document.activeElement;
  const element = el("div.menu", { role: "menu", "aria-label": label, data: { testid: "menu" } }, items.map(row));
  const choose = (event) => {
    const button = event.target.closest("[role=menuitem]");
    if (!button) return;
    closeMenu();
    items[Number(button.dataset.index)].run();
  };
  element.addEventListener("click", choose);
  element.addEventListener("keydown", (event) => key(event, element));
  document.body.append(element);
  place(element, x, y);
  const outside = (event) => element.contains(event.target) || closeMenu();
  addEventListener("pointerdown", outside, true);
  addEventListener("resize", closeMenu);
  shown = {
    element,
    back,
    stop: () => (removeEventListener("pointerdown", outside, true), removeEventListener("resize", closeMenu)),
  };
  element.querySelector("[role=menuitem]").focus();
}

function row(item, index) {
  if (typeof item === "string") return el("div.menu-heading", { role: "presentation" }, item);
  return el(
    "button.menu-item",
    {
      type: "button",
      role: "menuitem",
      tabindex: "-1",
      class: item.danger ? "danger" : "",
      data: { index, name: item.name, testid: "menu-item" },
    },
    el("span", {}, item.label),
    item.drawing,
  );
}

/** Beside the pointer, but inside the window. */
function place(element, x, y) {
  const { width, height } = element.getBoundingClientRect();
  element.style.left = `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`;
  element.style.top = `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`;
}

function key(event, element) {
  const all = [...element.querySelectorAll("[role=menuitem]")];
  const at = all.indexOf(document.activeElement);
  const target = {
    ArrowDown: all[(at + 1) % all.length],
    ArrowUp: all[(at - 1 + all.length) % all.length],
    Home: all[0],
    End: all.at(-1),
  }[event.key];
  if (target) target.focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu();
  else return;
  event.preventDefault();
}

function closeMenu() {
  if (!shown) return;
  const { element, back, stop } = shown;
  shown = null;
  stop();
  element.remove();
  back?.focus?.({ preventScroll: true });
}
