/** Files dropped anywhere on an element. */

import { el, icon } from "./dom.js";

export function dropFiles(element, take) {
  const veil = el(
    "div.drop-veil",
    { hidden: true, "aria-hidden": "true" },
    icon("attach"),
    el("span", {}, "Drop to add"),
  );
  let depth = 0;
  const show = (change) => {
    depth = Math.max(0, depth + change);
    veil.hidden = depth === 0;
  };
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  element.append(veil);
  element.addEventListener("dragenter", (event) => carries(event) && show(1));
  element.addEventListener("dragleave", (event) => carries(event) && show(-1));
  element.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  element.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    show(-Infinity);
    take(event.dataTransfer.files);
  });
}
