/** A modal that the bot opened: its fields, its sending, and what went wrong. */

import { Refused } from "./connection.js";
import { el, icon } from "./dom.js";
import { ComponentType as Type } from "./flags.js";
import { markdown } from "./markdown.js";
import { modalField } from "./modal_field.js";
import { avatar, nameOf } from "./person.js";

const NO_ANSWER = "Something went wrong: the bot did not answer. Try again.";

/** Shows it over the page; it goes when it was answered, or with Esc. */
export function openModal(chat, { interaction, modal }) {
  const rows = modal.components.map((component) => row(component, chat));
  const trouble = el("div.modal-error", { role: "alert", hidden: true, data: { testid: "modal-error" } });
  const submit = el("button.component-button.primary", { type: "submit", data: { testid: "modal-submit" } }, "Submit");
  const dialog = el(
    "dialog.modal",
    { "aria-label": modal.title, data: { testid: "modal", customId: modal.custom_id } },
    el(
      "form",
      { novalidate: true, on: { submit: (event) => (event.preventDefault(), send()) } },
      el(
        "header",
        {},
        avatar(chat.bot, "small"),
        el("h2", {}, modal.title),
        el(
          "button.icon-button",
          { type: "button", "aria-label": "Close", on: { click: () => dialog.close() } },
          icon("close"),
        ),
      ),
      el(
        "div.modal-rows",
        {},
        rows.map((one) => one.element),
        el("p.modal-note", {}, `This form was made by ${nameOf(chat.bot)}.`),
      ),
      trouble,
      el(
        "footer",
        {},
        el("button.component-button.plain", { type: "button", on: { click: () => dialog.close() } }, "Cancel"),
        submit,
      ),
    ),
  );

  async function send() {
    const wrong = rows.filter((one) => one.judge());
    if (wrong.length) {
      wrong[0].element.querySelector("input, textarea, button")?.focus();
      return;
    }
    tell("");
    submit.disabled = true;
    submit.classList.add("waiting");
    await deliver().catch((error) => {
      if (!(error instanceof Refused)) throw error;
      const row = rows.find((one) => one.field && error.option === one.field.id);
      if (row) row.complain(error.message);
      else tell(error.message);
    });
    submit.disabled = false;
    submit.classList.remove("waiting");
  }

  async function deliver() {
    const fields = rows.map((one) => one.field).filter(Boolean);
    const values = Object.fromEntries(
      fields.filter((field) => field.value() !== undefined).map((field) => [field.id, field.value()]),
    );
    const files = fields.flatMap((field) => (field.files?.() ?? []).map((file) => [field.id, file]));
    const { interaction: id } = await chat.act("submit", { interaction, values }, files);
    if ((await chat.outcome(id)) === "failed") tell(NO_ANSWER);
    else dialog.close();
  }

  function tell(words) {
    trouble.textContent = words;
    trouble.hidden = !words;
  }

  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector(".modal-rows :is(input, textarea, button:not([hidden]))")?.focus();
}

/** A top component of the modal: a label around an input, the older row around a text input, or text. */
function row(component, chat) {
  if (component.type === Type.TEXT_DISPLAY) {
    return {
      element: el("div.modal-display", {}, markdown(component.content, chat.names)),
      field: null,
      judge: () => false,
      complain() {},
    };
  }
  const inner = component.component ?? component.components?.[0] ?? component;
  const field = modalField(inner, chat);
  const error = el("span.field-error", { role: "alert", hidden: true });
  const complain = (words) => {
    error.textContent = words;
    error.hidden = !words;
  };
  const label = component.label ?? inner.label;
  const name = `field-${inner.custom_id}`;
  const input = field.element.matches("input, textarea, button")
    ? field.element
    : field.element.querySelector("input, textarea");
  input?.setAttribute("aria-labelledby", name);
  const element = el(
    "div.modal-row",
    { data: { field: inner.custom_id, label } },
    el(
      "div.modal-label",
      { id: name },
      label,
      inner.required === false || inner.type === Type.CHECKBOX
        ? null
        : el("span.star", { "aria-label": "required" }, "*"),
    ),
    component.description ? el("div.modal-description", {}, component.description) : null,
    field.element,
    error,
  );
  element.addEventListener("input", () => complain(""));
  const judge = () => {
    complain(field.wrong());
    return Boolean(field.wrong());
  };
  return { element, field, judge, complain };
}
