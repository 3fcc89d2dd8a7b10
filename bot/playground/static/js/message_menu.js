/** What the menu of a message offers. Knows no elements but the picture it was opened on. */

import { icon } from "./dom.js";
import { CommandType, MessageFlag, has } from "./flags.js";
import { toast } from "./toast.js";

/** Items for `openMenu`; `picture` is the one under the pointer, if any. */
export function menuOf(message, picture, { chat, composer }) {
  const apps = chat.commands.filter((command) => command.type === CommandType.MESSAGE);
  const mine = has(message, MessageFlag.EPHEMERAL);
  const offered = [
    [!mine, entry("Reply", "reply", () => composer.answer(message))],
    [!mine && apps.length, "Apps"],
    ...apps.map((command) => [!mine, entry(command.name, "bot", () => use(chat, command, message))]),
    [!mine && apps.length, "Message"],
    [picture, entry("Download picture", "download", () => download(picture))],
    [message.content, entry("Copy text", "copy", () => copy(message.content))],
    [true, entry("Copy message ID", "copy", () => copy(message.id))],
    [chat.mayDelete(message), removal(mine, () => chat.perform("delete", { message: message.id }))],
  ];
  return offered.filter(([fits]) => fits).map(([, item]) => item);
}

function entry(label, drawing, run) {
  return { label, name: label, drawing: icon(drawing), run };
}

function removal(mine, run) {
  return { ...entry(mine ? "Dismiss" : "Delete", "trash", run), danger: true };
}

function use(chat, { name }, message) {
  chat.perform("use-on-message", { channel: message.channel_id, message: message.id, command: name });
}

function download({ dataset }) {
  const link = document.createElement("a");
  Object.assign(link, { href: dataset.src, download: dataset.name });
  link.click();
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.", "quiet");
}
