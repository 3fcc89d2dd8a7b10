/** A modal that the bot opened: its rows, its sending, and what went wrong. */

import { Refused } from "./connection.js";
import { el, icon } from "./dom.js";
import { ModalRow } from "./modal_row.js";
import { avatar, nameOf } from "./person.js";

const NO_ANSWER = "Something went wrong: the bot did not answer. Try again.";

export class Modal {
  /** `interaction` is the id of the one that the modal answered. */
  constructor(chat, { interaction, modal }) {
    this.chat = chat;
    this.interaction = interaction;
    this.rows = modal.components.map((component) => new ModalRow(component, chat));
    this.trouble = el("div.modal-error", { role: "alert", hidden: true, data: { testid: "modal-error" } });
    const submit = { type: "submit", data: { testid: "modal-submit" } };
    this.submit = el("button.component-button.primary", submit, "Submit");
    this.element = el(
      "dialog.modal",
      {
        "aria-label": modal.title,
        data: { testid: "modal", customId: modal.custom_id },
        on: { close: () => this.element.remove() },
      },
      this.#form(modal.title),
    );
  }

  #form(title) {
    const { bot } = this.chat;
    const close = { type: "button", on: { click: () => this.element.close() } };
    const note = el("p.modal-note", {}, `This form was made by ${nameOf(bot)}.`);
    const rows = this.rows.map((row) => row.element);
    const cross = el("button.icon-button", { "aria-label": "Close", ...close }, icon("close"));
    return el(
      "form",
      { novalidate: true, on: { submit: (event) => (event.preventDefault(), this.#send()) } },
      el("header", {}, avatar(bot, "small"), el("h2", {}, title), cross),
      el("div.modal-rows", {}, rows, note),
      this.trouble,
      el("footer", {}, el("button.component-button.plain", close, "Cancel"), this.submit),
    );
  }

  /** Shows it over the page; it goes when it was answered, or with Esc. */
  open() {
    document.body.append(this.element);
    this.element.showModal();
    this.rows.find((row) => row.field)?.input?.focus();
  }

  async #send() {
    const wrong = this.rows.filter((row) => row.judge());
    if (wrong.length) {
      wrong[0].input.focus();
      return;
    }
    this.#tell("");
    this.#wait(true);
    await this.#deliver().catch((error) => this.#refused(error));
    this.#wait(false);
  }

  async #deliver() {
    const fields = this.rows.map((row) => row.field).filter(Boolean);
    const given = fields.filter((field) => field.value() !== undefined);
    const values = Object.fromEntries(given.map((field) => [field.id, field.value()]));
    const files = fields.flatMap((field) => (field.files?.() ?? []).map((file) => [field.id, file]));
    const { interaction } = await this.chat.act("submit", { interaction: this.interaction, values }, files);
    if ((await this.chat.outcome(interaction)) === "failed") this.#tell(NO_ANSWER);
    else this.element.close();
  }

  #refused(error) {
    if (!(error instanceof Refused)) throw error;
    const row = this.rows.find(({ field }) => field && error.option === field.id);
    if (row) row.complain(error.message);
    else this.#tell(error.message);
  }

  #tell(words) {
    this.trouble.textContent = words;
    this.trouble.hidden = !words;
  }

  #wait(waiting) {
    this.submit.disabled = waiting;
    this.submit.classList.toggle("waiting", waiting);
  }
}
