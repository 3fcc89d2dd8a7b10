/** One row of a modal: its label, its words, its input and what is wrong with it. */

import { el } from "./dom.js";
import { ComponentType as Type } from "./flags.js";
import { markdown } from "./markdown.js";
import { modalField } from "./modal_field.js";

export class ModalRow {
  /** A label around an input, the older row around a text input, or text, which has no `field`. */
  constructor(component, chat) {
    if (component.type === Type.TEXT_DISPLAY) {
      this.field = null;
      this.element = el("div.modal-display", {}, markdown(component.content, chat.names));
      return;
    }
    const inner = component.component ?? component.components?.[0] ?? component;
    this.field = modalField(inner, chat);
    this.error = el("span.field-error", { role: "alert", hidden: true });
    this.element = el(
      "div.modal-row",
      {
        data: { field: inner.custom_id, label: component.label ?? inner.label },
        on: { input: () => this.complain("") },
      },
      label(component.label ?? inner.label, inner),
      component.description ? el("div.modal-description", {}, component.description) : null,
      this.field.element,
      this.error,
    );
    this.input?.setAttribute("aria-labelledby", labelId(inner));
  }

  get input() {
    const places = "input, textarea, button";
    const { element } = this.field ?? this;
    return element.matches(places) ? element : element.querySelector(places);
  }

  /** Shows what is wrong with the field; whether anything is. */
  judge() {
    const words = this.field?.wrong() ?? "";
    if (this.field) this.complain(words);
    return Boolean(words);
  }

  complain(words) {
    this.error.textContent = words;
    this.error.hidden = !words;
  }
}

function labelId({ custom_id }) {
  return `field-${custom_id}`;
}

function label(words, inner) {
  const free = inner.required === false || inner.type === Type.CHECKBOX;
  const star = free ? null : el("span.star", { "aria-label": "required" }, "*");
  return el("div.modal-label", { id: labelId(inner) }, words, star);
}
