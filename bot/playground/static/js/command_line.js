/** Slash commands as text: which are meant, and what their options are given. Pure; draws nothing. */

import { CommandType, OptionType } from "./flags.js";

const NESTING = new Set([OptionType.SUB_COMMAND, OptionType.SUB_COMMAND_GROUP]);

/** Everything that can be sent: `{name: "settings show", description, options}`, subcommands by their full name. */
export function slashCommands(commands) {
  return commands
    .filter((command) => command.type === CommandType.CHAT_INPUT)
    .flatMap((command) => leaves(command, command.name));
}

function leaves(command, name) {
  const inner = (command.options ?? []).filter((option) => NESTING.has(option.type));
  if (inner.length) return inner.flatMap((option) => leaves(option, `${name} ${option.name}`));
  return [{ name, description: command.description, options: command.options ?? [] }];
}

/** Commands for what was typed after the slash: those that begin so, then those that contain it. */
export function matching(leaves, query) {
  const wanted = query.toLowerCase();
  const begins = leaves.filter((leaf) => leaf.name.startsWith(wanted));
  const contains = leaves.filter(
    (leaf) => !begins.includes(leaf) && (leaf.name.includes(wanted) || leaf.description.toLowerCase().includes(wanted)),
  );
  return [...begins, ...(wanted ? contains : [])];
}

/** `{leaf, rest}` if a text begins with a whole command and a blank; the longest name wins. */
export function spotted(text, leaves) {
  const found = leaves
    .filter((leaf) => text.startsWith(`/${leaf.name} `) || text.startsWith(`/${leaf.name}\n`))
    .sort((a, b) => b.name.length - a.name.length)[0];
  return found ? { leaf: found, rest: text.slice(found.name.length + 2) } : null;
}

/**
 * "a red circle steps: 20" as a map from option name to text. Words before the first `option:` belong to the option
 * that takes free words: the first required text, else the first text; without one they are under "".
 */
export function filled(leaf, rest) {
  const marks = optionMarks(rest, leaf.options);
  const values = new Map();
  const loose = rest.slice(0, marks[0]?.start ?? rest.length).trim();
  if (loose) values.set(freeOption(leaf)?.name ?? "", loose);
  for (const [index, mark] of marks.entries()) {
    values.set(mark.name, rest.slice(mark.end, marks[index + 1]?.start ?? rest.length).trim());
  }
  return values;
}

/** Where `name:` of one of the options stands at the beginning of a word: `{name, start, end}`, each option once. */
export function optionMarks(text, options) {
  if (!options.length) return [];
  const pattern = new RegExp(`(?<=^|\\s)(${options.map((option) => option.name).join("|")}):\\s?`, "g");
  const seen = new Set();
  return [...text.matchAll(pattern)]
    .map((match) => ({ name: match[1], start: match.index, end: match.index + match[0].length }))
    .filter((mark) => !seen.has(mark.name) && seen.add(mark.name));
}

export function freeOption(leaf) {
  const texts = leaf.options.filter((option) => option.type === OptionType.STRING && !option.choices?.length);
  return texts.find((option) => option.required) ?? texts[0];
}
