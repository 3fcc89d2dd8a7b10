/** What a person typed into an option, as the value that is sent, or the words that say what is wrong. Pure. */

import { OptionType as Type } from "./flags.js";

const READERS = {
  [Type.STRING]: text,
  [Type.INTEGER]: (option, typed) => number(option, typed, /^[-+]?\d+$/, "a whole number"),
  [Type.NUMBER]: (option, typed) => number(option, typed.replace(",", "."), /^[-+]?(\d+\.?\d*|\.\d+)$/, "a number"),
  [Type.BOOLEAN]: boolean,
  [Type.USER]: known,
  [Type.CHANNEL]: known,
  [Type.ROLE]: known,
  [Type.MENTIONABLE]: known,
};

export const KINDS = {
  [Type.STRING]: "text",
  [Type.INTEGER]: "whole number",
  [Type.NUMBER]: "number",
  [Type.BOOLEAN]: "yes or no",
  [Type.USER]: "person",
  [Type.CHANNEL]: "channel",
  [Type.ROLE]: "role",
  [Type.MENTIONABLE]: "person",
  [Type.ATTACHMENT]: "file",
};

/**
 * `{value}` or `{error}`; both undefined for nothing typed into an optional one. `offered` are the choices that the
 * person saw: `{name, value}`; their names stand for their values.
 */
export function read(option, typed, offered = []) {
  const trimmed = typed.trim();
  if (!trimmed) return option.required ? { error: "This option is required." } : {};
  const choice = chosen(offered, trimmed);
  if (choice) return { value: choice.value };
  if (option.choices?.length) return { error: `Choose one of: ${option.choices.map((one) => one.name).join(", ")}.` };
  return READERS[option.type](option, trimmed);
}

export function chosen(offered, typed) {
  const wanted = typed.toLowerCase();
  return (
    offered.find((choice) => choice.name === typed) ??
    offered.find((choice) => choice.name.toLowerCase() === wanted || String(choice.value).toLowerCase() === wanted)
  );
}

function text({ min_length: least = 0, max_length: most = 6000 }, typed) {
  if (typed.length < least) return { error: `At least ${least} characters.` };
  if (typed.length > most) return { error: `At most ${most} characters; these are ${typed.length}.` };
  return { value: typed };
}

function number({ min_value: least, max_value: most }, typed, pattern, kind) {
  const value = Number(typed);
  if (!pattern.test(typed)) return { error: `This takes ${kind}.` };
  if (least !== undefined && value < least) return { error: `At least ${least}.` };
  if (most !== undefined && value > most) return { error: `At most ${most}.` };
  return { value };
}

function boolean(option, typed) {
  const value = { true: true, yes: true, on: true, false: false, no: false, off: false }[typed.toLowerCase()];
  return value === undefined ? { error: "True or False." } : { value };
}

function known() {
  return { error: "Choose one from the list." };
}

/** The limits of an option in words, for the line above the field. */
export function limits(option) {
  const { min_value: least, max_value: most } = option;
  if (least !== undefined && most !== undefined) return `${least} to ${most}`;
  if (least !== undefined) return `at least ${least}`;
  if (most !== undefined) return `at most ${most}`;
  return "";
}
