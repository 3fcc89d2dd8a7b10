/** `@name` and `#channel` while typing, and as ids in what is sent. Knows no elements but the marks of suggestions. */

import { avatar } from "./person.js";

/** `{sign, typed, start}` of the mention that ends at the caret; null if there is none. */
export function mentionAt(text, caret) {
  const match = /(?:^|\s)([@#])([\w-]*)$/.exec(text.slice(0, caret));
  return match ? { sign: match[1], typed: match[2].toLowerCase(), start: caret - match[2].length - 1 } : null;
}

/** Suggestions for a mention: the bot first, then people; or channels. */
export function mentionable(chat, { sign, typed }) {
  const all = sign === "@" ? chat.everybody : [...chat.channels.values()].filter((channel) => channel.name);
  return all
    .filter((one) => one.name.toLowerCase().startsWith(typed))
    .map((one) => ({
      label: `${sign}${one.name}`,
      name: one.name,
      mark: sign === "@" ? avatar(one, "tiny") : "#",
      hint: one.bot ? "bot" : "",
      value: `${sign}${one.name}`,
    }));
}

/** Names to Discord's own form: `@Darkroom` becomes `<@id>`. */
export function withIds(text, chat) {
  let told = text;
  for (const one of chat.everybody) told = told.replace(word("@", one.name), `<@${one.id}>`);
  for (const one of chat.channels.values()) if (one.name) told = told.replace(word("#", one.name), `<#${one.id}>`);
  return told;
}

function word(sign, name) {
  return new RegExp(`(?<![\\w<])${sign}${name.replace(/[^\w]/g, "\\$&")}(?![\\w-])`, "gi");
}
