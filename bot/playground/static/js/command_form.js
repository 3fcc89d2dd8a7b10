/**
 * A slash command being filled in: its name, a chip for each option, and a place to add the optional ones.
 *
 * Tells `sent({command, options, files})` on Enter and `left(text)` when the person goes back to plain text.
 */

import { filled, freeOption, optionMarks } from "./command_line.js";
import { el } from "./dom.js";
import { OptionType } from "./flags.js";
import { Field } from "./option_field.js";
import { KINDS } from "./option_value.js";

export class CommandForm {
  fields = [];

  constructor({ chat, suggestions, sent, left }) {
    Object.assign(this, { chat, suggestions, sent, left });
    this.more = el("input.more-options", {
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      role: "combobox",
      "aria-label": "Add an option",
      data: { testid: "more-options" },
      on: {
        input: () => this.#moreTyped(),
        focus: () => this.#offerOptions(),
        keydown: (event) => this.#moreKey(event),
      },
    });
    this.chips = el("div.chips");
    this.element = el(
      "form.command-form",
      { data: { testid: "command-form" }, on: { submit: (event) => this.#submit(event) } },
      this.chips,
    );
  }

  /** `values` maps option names to what was typed already; "" holds words that no option takes. */
  open(leaf, rest = "") {
    this.leaf = leaf;
    this.fields = [];
    this.chips.replaceChildren(
      el("span.command-name", { data: { testid: "command-name" } }, `/${leaf.name}`),
      this.more,
    );
    const values = filled(leaf, rest);
    for (const option of leaf.options)
      if (option.required || values.has(option.name)) this.#add(option, values.get(option.name));
    this.more.value = values.get("") ?? "";
    this.#showMore();
    this.focus();
  }

  get remaining() {
    return this.leaf.options.filter((option) => !this.fields.some((field) => field.option === option));
  }

  field(name) {
    return this.fields.find((field) => field.option.name === name);
  }

  /** The first field that still wants something, else the last one. */
  focus() {
    const field = this.fields.find((one) => one.empty) ?? this.fields.at(-1);
    if (field) field.focus();
    else this.more.focus();
  }

  // Fields -----------------------------------------------------------------------------------------------------------

  #add(option, typed = "") {
    const field = new Field(option, {
      chat: this.chat,
      suggestions: this.suggestions,
      others: (self) => this.#others(self),
      command: this.leaf.name,
      changed: (self) => this.#changed(self),
      next: (self) => this.#next(self),
      previous: (self) => this.#previous(self),
      dropped: (self) => this.#drop(self),
      submit: () => this.submit(),
      left: (text) => this.#leave(text),
    });
    field.type(typed);
    this.fields.push(field);
    this.chips.insertBefore(field.element, this.more);
    this.#showMore();
    return field;
  }

  #drop(field) {
    if (field.option.required) return;
    const before = this.fields[this.fields.indexOf(field) - 1];
    this.fields = this.fields.filter((one) => one !== field);
    field.element.remove();
    this.#showMore();
    if (before) before.focus();
    else this.more.focus();
  }

  #next(field) {
    const after = this.fields[this.fields.indexOf(field) + 1];
    if (after) after.focus();
    else this.more.focus();
    return Boolean(after) || !this.more.hidden;
  }

  #previous(field) {
    const before = this.fields[this.fields.indexOf(field) - 1];
    before?.focus();
    return Boolean(before);
  }

  /** Text like "… steps: 20" typed into one field goes on in the next one. */
  #changed(field) {
    const own = `${field.option.name}:`;
    if (field.typed.startsWith(`${own} `)) field.type(field.typed.slice(own.length + 1));
    const [mark] = optionMarks(
      field.typed,
      this.remaining.concat(this.fields.filter((one) => one !== field && one.empty).map((one) => one.option)),
    );
    if (!mark || !/:\s$/.test(field.typed.slice(0, mark.end))) return;
    const rest = field.typed.slice(mark.end);
    field.type(field.typed.slice(0, mark.start).trim());
    const option = this.leaf.options.find((one) => one.name === mark.name);
    const target = this.field(mark.name) ?? this.#add(option);
    target.type(rest);
    target.focus();
    this.#changed(target);
  }

  /** Values of the other fields, for autocomplete; unreadable ones are left out. */
  #others(self) {
    const values = {};
    for (const field of this.fields) {
      const { value } = field === self ? {} : field.read();
      if (value !== undefined && !field.takesFile) values[field.option.name] = value;
    }
    return values;
  }

  /** Takes a pasted or dropped file into the focused file option, else into the first empty one. */
  takeFile(file) {
    const free = this.fields.find((field) => field.takesFile && field.empty);
    const option = this.remaining.find((one) => one.type === OptionType.ATTACHMENT);
    const field = free ?? (option ? this.#add(option) : this.fields.findLast((one) => one.takesFile));
    field?.takeFile(file);
    return Boolean(field);
  }

  // The place for optional ones --------------------------------------------------------------------------------------

  #showMore() {
    const count = this.remaining.length;
    this.more.placeholder = count ? `+ ${count} optional` : "";
    this.more.hidden = count === 0 && this.fields.length > 0;
  }

  #offerOptions() {
    const typed = this.more.value.trim().toLowerCase();
    const items = this.remaining
      .filter((option) => option.name.includes(typed))
      .map((option) => ({
        label: option.name,
        name: option.name,
        detail: option.description,
        hint: KINDS[option.type],
        value: option,
      }));
    this.suggestions.show({
      title: this.leaf.options.length ? "Options" : "",
      items,
      active: typed ? 0 : -1,
      note: typed ? this.#looseNote() : "",
      input: this.more,
      pick: (option) => this.#pickOption(option),
    });
  }

  #looseNote() {
    const option = freeOption({ options: this.remaining });
    return option ? `Enter sends these words as ${option.name}.` : "No option of that name.";
  }

  #pickOption(option) {
    this.more.value = "";
    this.#add(option).focus();
  }

  #moreTyped() {
    const [mark] = optionMarks(this.more.value, this.remaining);
    if (!mark) {
      this.#offerOptions();
      return;
    }
    const rest = this.more.value.slice(mark.end);
    this.more.value = "";
    const field = this.#add(
      this.leaf.options.find((option) => option.name === mark.name),
      rest,
    );
    field.focus();
    this.#changed(field);
  }

  #moreKey(event) {
    if (event.key === "Enter" && this.#looseText()) {
      event.preventDefault();
      this.submit();
      return;
    }
    if (this.suggestions.key(event)) return;
    const atStart = this.more.selectionStart === 0 && this.more.selectionEnd === 0;
    if (event.key === "Tab" && !event.shiftKey && !this.more.value && this.remaining.length) {
      event.preventDefault();
      this.#pickOption(this.remaining[0]);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.#leave("");
    } else if (atStart && (event.key === "Backspace" || event.key === "ArrowLeft")) {
      event.preventDefault();
      if (this.fields.length) this.fields.at(-1).focus();
      else if (event.key === "Backspace") this.#leave();
    }
  }

  /** Words that fit no option's name: `/history cats` means the first text option. */
  #looseText() {
    const words = this.more.value.trim();
    return words && !this.remaining.some((option) => option.name.includes(words.toLowerCase())) ? words : "";
  }

  // Sending ----------------------------------------------------------------------------------------------------------

  #submit(event) {
    event.preventDefault();
    this.submit();
  }

  submit() {
    const loose = this.#looseText();
    if (loose) {
      this.more.value = "";
      const option = freeOption({ options: this.remaining });
      if (option) this.#add(option, loose);
    }
    const options = {};
    const files = new Map();
    const wrong = this.fields.filter((field) => field.judge());
    if (wrong.length) {
      wrong[0].focus();
      return;
    }
    for (const field of this.fields) {
      if (field.takesFile && field.file) files.set(field.option.name, field.file);
      else if (field.read().value !== undefined) options[field.option.name] = field.read().value;
    }
    this.suggestions.hide();
    this.sent({ command: this.leaf.name, options, files });
  }

  /** Shows what the playground refused next to the option that it is about; false if it is about none. */
  refused({ option, message }) {
    const field = this.field(option);
    field?.complain(message);
    field?.focus();
    return Boolean(field);
  }

  #leave(text = `/${this.leaf.name}`) {
    this.suggestions.hide();
    this.left(text);
  }
}
