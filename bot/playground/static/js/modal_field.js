/**
 * One input of a modal. Draws it, reads it, and says what is wrong with it.
 *
 * A field is `{id, element, value(), files?(), wrong()}`; `wrong()` is the words that say the mend, "" if all is well.
 */

import { el, icon } from "./dom.js";
import { ComponentType as Type, SELECTS } from "./flags.js";
import { bytes } from "./pictures.js";
import { openSelect, optionsOf } from "./select_menu.js";

export function modalField(component, chat) {
  if (SELECTS.has(component.type)) return selectField(component, chat);
  return (
    FIELDS[component.type]?.(component) ?? {
      id: component.custom_id,
      element: el("div.unknown-component", {}, `Component of type ${component.type}`),
      value: () => undefined,
      wrong: () => "",
    }
  );
}

const FIELDS = {
  [Type.TEXT_INPUT]: textField,
  [Type.FILE_UPLOAD]: fileField,
  [Type.RADIO_GROUP]: radioField,
  [Type.CHECKBOX_GROUP]: checkboxesField,
  [Type.CHECKBOX]: checkboxField,
};

const REQUIRED = "This is required.";

function textField({
  custom_id: id,
  style,
  value,
  placeholder,
  required = true,
  min_length: least = 0,
  max_length: most = 4000,
}) {
  const long = style === 2;
  const count = el("span.count", { "aria-hidden": "true" });
  const input = el(long ? "textarea" : "input", {
    rows: long ? "4" : null,
    type: long ? null : "text",
    placeholder,
    maxlength: most,
    autocomplete: "off",
    data: { customId: id, testid: "modal-input" },
    on: { input: () => tell() },
  });
  const tell = () =>
    (count.textContent = most < 4000 || input.value.length > 3000 ? `${input.value.length} / ${most}` : "");
  input.value = value ?? "";
  tell();
  const wrong = () => {
    if (!input.value.trim()) return required ? REQUIRED : "";
    return input.value.length < least ? `At least ${least} characters.` : "";
  };
  return { id, element: el("div.modal-text", {}, input, count), value: () => input.value, wrong };
}

function selectField(component, chat) {
  const { custom_id: id, placeholder, required = true, min_values: min = 1, max_values: max = 1 } = component;
  const options = optionsOf(component, chat);
  let chosen = options.filter((option) => option.default).map((option) => option.value);
  const words = el("span");
  const button = el(
    "button.component-select",
    {
      type: "button",
      "aria-haspopup": "listbox",
      data: { customId: id, testid: "modal-select" },
      on: { click: () => openSelect(button, { options, min, max, chosen }, take) },
    },
    words,
    icon("down"),
  );
  const show = () => {
    words.textContent =
      options
        .filter((option) => chosen.includes(option.value))
        .map((option) => option.label)
        .join(", ") ||
      placeholder ||
      "Make a selection";
    words.className = chosen.length ? "chosen" : "placeholder";
  };
  const take = (values) => {
    chosen = values;
    show();
  };
  show();
  return {
    id,
    element: button,
    value: () => chosen,
    wrong: () => (required && chosen.length < Math.max(min, 1) ? "Make a selection." : ""),
  };
}

function fileField({ custom_id: id, required = true, min_values: min = 1, max_values: max = 1 }) {
  let files = [];
  const list = el("ul.upload-files");
  const picker = el("input", {
    type: "file",
    multiple: max > 1,
    hidden: true,
    data: { customId: id, testid: "modal-file" },
    on: { change: () => add(picker.files) },
  });
  const button = el(
    "button.upload-place",
    { type: "button", on: { click: () => picker.click() } },
    icon("attach"),
    el("span", {}, `Choose or drop ${max > 1 ? `up to ${max} files` : "a file"}`),
  );
  const element = el(
    "div.upload",
    {
      on: {
        dragover: (event) => event.preventDefault(),
        drop: (event) => (event.preventDefault(), event.stopPropagation(), add(event.dataTransfer.files)),
      },
    },
    button,
    picker,
    list,
  );
  const add = (more) => {
    files = [...(max > 1 ? files : []), ...more].slice(0, max);
    list.replaceChildren(
      ...files.map((file) => el("li", {}, icon("file"), el("span", {}, file.name), el("small", {}, bytes(file.size)))),
    );
  };
  const wrong = () => (files.length < (required ? Math.max(min, 1) : 0) ? REQUIRED : "");
  return { id, element, value: () => undefined, files: () => files, wrong };
}

function radioField({ custom_id: id, options, required = true }) {
  const inputs = options.map((option) =>
    el("input", { type: "radio", name: id, value: option.value, checked: option.default, data: { customId: id } }),
  );
  const value = () => inputs.find((input) => input.checked)?.value;
  return {
    id,
    element: choices("radiogroup", options, inputs),
    value,
    wrong: () => (required && value() === undefined ? REQUIRED : ""),
  };
}

function checkboxesField({
  custom_id: id,
  options,
  required = true,
  min_values: min = 1,
  max_values: max = options.length,
}) {
  const inputs = options.map((option) =>
    el("input", { type: "checkbox", value: option.value, checked: option.default, data: { customId: id } }),
  );
  const value = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const wrong = () => {
    const count = value().length;
    if (count > max) return `Choose at most ${max}.`;
    return required && count < Math.max(min, 1) ? `Choose at least ${Math.max(min, 1)}.` : "";
  };
  return { id, element: choices("group", options, inputs), value, wrong };
}

function checkboxField({ custom_id: id, default: checked }) {
  const input = el("input", { type: "checkbox", checked, data: { customId: id } });
  return {
    id,
    element: el("label.choice", {}, input, el("span", {}, "Yes")),
    value: () => input.checked,
    wrong: () => "",
  };
}

function choices(role, options, inputs) {
  return el(
    "div.choices",
    { role },
    options.map((option, index) =>
      el(
        "label.choice",
        {},
        inputs[index],
        el("span", {}, option.label, option.description ? el("small", {}, option.description) : null),
      ),
    ),
  );
}
