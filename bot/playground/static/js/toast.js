/** A sentence that appears for a while. */

import { el } from "./dom.js";

const SHOWN_MS = 5000;

export function toast(words, kind = "") {
  const element = el("div.toast", { class: kind, data: { testid: "toast" } }, words);
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), SHOWN_MS);
}
