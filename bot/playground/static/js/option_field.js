/** One option of a command as a chip: its name, the place to type or to drop a file, its choices, its error. */

import { el, icon } from "./dom.js";
import { OptionType as Type } from "./flags.js";
import { KINDS, chosen, limits, read } from "./option_value.js";
import { bytes } from "./pictures.js";

const PAUSE_MS = 180;
const MOST = 25;
const BOOLEANS = [
  { name: "True", value: true },
  { name: "False", value: false },
];

export class Field {
  file = null;
  #offered = []; // the choices that the bot told while typing
  #asked = 0;
  #timer = null;

  /** `form` answers: chat, suggestions, command, others(field), and is told changed, next, previous, dropped, submit, left. */
  constructor(option, form) {
    this.option = option;
    this.form = form;
    this.takesFile = option.type === Type.ATTACHMENT;
    this.error = el("span.field-error", { role: "alert", hidden: true, data: { testid: "field-error" } });
    this.input = this.takesFile ? this.#filePlace() : this.#textPlace();
    this.element = el(
      "div.chip",
      {
        class: `${option.required ? "required" : ""} ${option.type === Type.STRING && !option.choices?.length ? "long" : ""}`,
        data: { option: option.name, testid: "option" },
      },
      el("label.chip-body", {}, el("span.chip-name", {}, option.name), this.input),
      option.required
        ? null
        : el(
            "button.chip-drop",
            {
              type: "button",
              tabindex: "-1",
              "aria-label": `Remove ${option.name}`,
              on: { click: () => form.dropped(this) },
            },
            icon("close"),
          ),
      this.error,
    );
  }

  // A place to type --------------------------------------------------------------------------------------------------

  #textPlace() {
    const numeric = this.option.type === Type.INTEGER || this.option.type === Type.NUMBER;
    return el("textarea.chip-input", {
      rows: "1",
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-label": this.option.name,
      autocomplete: "off",
      spellcheck: "false",
      inputmode: numeric ? "decimal" : null,
      data: { testid: `option-${this.option.name}` },
      on: {
        input: () => this.#typed(),
        focus: () => this.#offer(),
        blur: () => this.form.suggestions.hide(),
        keydown: (event) => this.#key(event),
      },
    });
  }

  get typed() {
    return this.takesFile ? "" : this.input.value;
  }

  get empty() {
    return this.takesFile ? !this.file : !this.typed.trim();
  }

  type(text) {
    if (!this.takesFile) this.input.value = text;
  }

  focus() {
    const target = this.takesFile ? this.element.querySelector(".file-button") : this.input;
    target.focus();
    if (!this.takesFile) this.input.setSelectionRange(this.typed.length, this.typed.length);
  }

  #typed() {
    this.complain("");
    this.input.value = this.input.value.replace(/\n/g, " ");
    this.form.changed(this);
    if (document.activeElement === this.input) this.#offer();
  }

  #key(event) {
    if (event.isComposing || this.form.suggestions.key(event)) return;
    const { selectionStart: start, selectionEnd: end } = this.input;
    const atStart = start === 0 && end === 0;
    const atEnd = start === this.typed.length;
    const taken = {
      Enter: () => (this.form.submit(), true),
      Tab: () => (event.shiftKey ? this.form.previous(this) : this.form.next(this)),
      Escape: () => (this.form.left(""), true),
      Backspace: () => !this.typed && this.#backspace(),
      ArrowLeft: () => atStart && this.form.previous(this),
      ArrowRight: () => atEnd && start === end && this.form.next(this),
    }[event.key]?.();
    if (taken) event.preventDefault();
  }

  #backspace() {
    if (!this.option.required) this.form.dropped(this);
    else if (!this.form.previous(this)) this.form.left();
    return true;
  }

  // Choices ----------------------------------------------------------------------------------------------------------

  /** What the person can choose from, given what is typed. */
  get choices() {
    const { chat } = this.form;
    switch (this.option.type) {
      case Type.BOOLEAN:
        return BOOLEANS;
      case Type.USER:
      case Type.MENTIONABLE:
        return chat.everybody.map((user) => ({ name: `@${user.name}`, value: user.id }));
      case Type.CHANNEL:
        return [...chat.channels.values()]
          .filter((channel) => channel.name)
          .map((channel) => ({ name: `#${channel.name}`, value: channel.id }));
      default:
        return this.option.autocomplete ? this.#offered : (this.option.choices ?? []);
    }
  }

  #offer() {
    if (this.option.autocomplete) this.#ask();
    this.#show();
  }

  #show() {
    const typed = this.typed.trim().toLowerCase();
    const settled = chosen(this.choices, this.typed.trim());
    const fitting =
      this.option.autocomplete || settled
        ? this.choices
        : this.choices.filter((choice) => choice.name.toLowerCase().includes(typed));
    this.form.suggestions.show({
      title: this.#title(),
      items: fitting.slice(0, MOST).map((choice) => ({ label: choice.name, name: choice.name, value: choice })),
      active: typed && !settled ? 0 : -1,
      note: this.choices.length && typed ? "Nothing of that name." : "",
      input: this.input,
      pick: (choice) => this.#pick(choice),
    });
  }

  #title() {
    const { name, description } = this.option;
    const kind = [KINDS[this.option.type], limits(this.option)].filter(Boolean).join(", ");
    return el("span", {}, el("b", {}, name), el("span.title-words", {}, description), el("span.title-kind", {}, kind));
  }

  #pick(choice) {
    this.complain("");
    this.#offered = [choice, ...this.#offered.filter((one) => one.value !== choice.value)];
    this.type(choice.name);
    this.form.suggestions.hide();
    if (!this.form.next(this)) this.#show();
  }

  #ask() {
    clearTimeout(this.#timer);
    const asked = ++this.#asked;
    this.#timer = setTimeout(() => this.#answer(asked), this.#offered.length ? PAUSE_MS : 0);
  }

  /** An answer that comes after a newer question is not shown. */
  async #answer(asked) {
    const { chat, command } = this.form;
    const { name } = this.option;
    const options = { ...this.form.others(this), [name]: this.typed };
    const told = await chat.perform("autocomplete", { channel: chat.channel.id, command, options, focused: name });
    if (asked !== this.#asked || !told) return;
    this.#offered = told.choices;
    if (document.activeElement === this.input) this.#show();
  }

  // A place for a file -----------------------------------------------------------------------------------------------

  #filePlace() {
    const picker = el("input", {
      type: "file",
      hidden: true,
      data: { testid: `option-${this.option.name}` },
      on: { change: () => picker.files[0] && this.takeFile(picker.files[0]) },
    });
    this.shown = el("span.file-shown", {}, "drop, paste or choose a file");
    const button = el(
      "button.file-button",
      {
        type: "button",
        "aria-label": `${this.option.name}: choose a file`,
        on: {
          click: () => picker.click(),
          focus: () => this.form.suggestions.show({ title: this.#title(), items: [], input: button }),
          blur: () => this.form.suggestions.hide(),
          keydown: (event) => this.#fileKey(event),
        },
      },
      this.shown,
    );
    return el("span.file-place", {}, button, picker);
  }

  #fileKey(event) {
    const taken = {
      Backspace: () => (this.file ? this.takeFile(null) : this.#backspace(), true),
      Escape: () => (this.form.left(""), true),
      Tab: () => !event.shiftKey && this.form.next(this),
      ArrowLeft: () => this.form.previous(this),
      ArrowRight: () => this.form.next(this),
      Enter: () => this.file && (this.form.submit(), true),
    }[event.key]?.();
    if (taken) event.preventDefault();
  }

  takeFile(file) {
    this.file = file;
    this.complain("");
    const picture = file?.type.startsWith("image/")
      ? el("img", {
          src: URL.createObjectURL(file),
          alt: "",
          on: { load: (event) => URL.revokeObjectURL(event.target.src) },
        })
      : null;
    this.shown.replaceChildren(
      ...(file
        ? [picture ?? icon("file"), el("span", {}, file.name), el("small", {}, bytes(file.size))]
        : ["drop, paste or choose a file"]),
    );
  }

  // Judging ----------------------------------------------------------------------------------------------------------

  read() {
    if (this.takesFile) return this.file || !this.option.required ? {} : { error: "This option is required." };
    return read(this.option, this.typed, this.choices);
  }

  /** Shows what is wrong with the field; whether anything is. */
  judge() {
    const { error = "" } = this.read();
    this.complain(error);
    return Boolean(error);
  }

  complain(words) {
    this.error.textContent = words;
    this.error.hidden = !words;
    this.element.classList.toggle("wrong", Boolean(words));
  }
}
