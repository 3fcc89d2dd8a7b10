/**
 * One message as an element. Draws only; `timeline.js` puts it in its place and answers its `data-action`s.
 *
 * `context`: `names` (for mentions), `me` and `person(user)` for avatars, `busy(message)` the custom_ids that wait,
 * `failed(message)` the words under a message whose component was not answered, `commandName(message)`.
 */

import { components } from "./components.js";
import { el, icon } from "./dom.js";
import { embed } from "./embed.js";
import { MessageFlag, MessageType, has } from "./flags.js";
import { inline, markdown } from "./markdown.js";
import { files } from "./pictures.js";
import { avatar, nameOf } from "./person.js";
import { format, sameDay, stamp } from "./time.js";

const GROUP_MS = 7 * 60_000;

/** Whether a message follows the one before without repeating name and avatar. */
export function continues(message, before) {
  if (
    !before ||
    before.author.id !== message.author.id ||
    message.type !== MessageType.DEFAULT ||
    message.interaction_metadata
  )
    return false;
  if (has(message, MessageFlag.EPHEMERAL) || has(before, MessageFlag.EPHEMERAL)) return false;
  const [then, now] = [new Date(before.timestamp), new Date(message.timestamp)];
  return now - then < GROUP_MS && sameDay(then, now);
}

export function messageElement(message, before, context) {
  const grouped = continues(message, before);
  const ephemeral = has(message, MessageFlag.EPHEMERAL);
  const mine = mentionsMe(message, context.me);
  return el(
    "li.message",
    {
      class: [grouped ? "grouped" : "", ephemeral ? "ephemeral" : "", mine ? "mentions-me" : ""].join(" "),
      tabindex: "-1",
      "aria-label": `${nameOf(message.author)}, ${stamp(new Date(message.timestamp))}`,
      data: { key: `m${message.id}`, messageId: message.id, authorId: message.author.id, testid: "message" },
    },
    above(message, context),
    el(
      "div.gutter",
      {},
      grouped
        ? el("time.gutter-time", { "aria-hidden": "true" }, format(new Date(message.timestamp), "t"))
        : avatar(message.author),
    ),
    el(
      "div.message-body",
      {},
      grouped ? null : header(message),
      body(message, context),
      reactions(message),
      failure(context.failed(message)),
      ephemeral ? ephemeralNote() : null,
    ),
    actions(message, ephemeral),
  );
}

function mentionsMe(message, me) {
  return message.mention_everyone || (message.mentions ?? []).some((user) => user.id === me?.id);
}

/** The line above: what it replies to, or the command that asked for it. */
function above(message, context) {
  if (message.type === MessageType.REPLY)
    return replied(message.referenced_message, message.message_reference, context);
  const asked = message.interaction_metadata;
  if (!asked || asked.type !== 2) return null;
  const name = context.commandName(message);
  return el(
    "div.above.used",
    { data: { testid: "used" } },
    avatar(asked.user, "tiny"),
    el("span.above-name", {}, nameOf(asked.user)),
    " used ",
    el("span.command-name", {}, message.type === MessageType.CONTEXT_MENU_COMMAND ? name : `/${name}`),
  );
}

function replied(original, reference, context) {
  if (!original) return el("div.above.replied", {}, el("em", {}, "The original message was deleted"));
  const words = inline(original.content, context.names);
  const glimpse = words.length
    ? words
    : [
        el(
          "em",
          {},
          has(original, MessageFlag.COMPONENTS_V2) || original.attachments?.length
            ? "Click to see the picture"
            : "Click to see the message",
        ),
      ];
  return el(
    "button.above.replied",
    {
      type: "button",
      "aria-label": `Jump to the message of ${nameOf(original.author)}`,
      data: { action: "jump", id: reference?.message_id ?? original.id, testid: "replied" },
    },
    avatar(original.author, "tiny"),
    el("span.above-name", {}, nameOf(original.author)),
    original.author.bot ? tag() : null,
    el("span.glimpse", {}, glimpse.map(inert)),
    original.attachments?.length ? icon("file") : null,
  );
}

/** Inside a button nothing else may be clickable. */
function inert(node) {
  return node instanceof Element ? node.textContent : node;
}

export function tag() {
  return el("span.bot-tag", {}, "BOT");
}

function header(message) {
  const date = new Date(message.timestamp);
  return el(
    "div.message-header",
    {},
    el(
      "span.author",
      { class: message.author.bot ? "bot" : "", data: { userId: message.author.id } },
      nameOf(message.author),
    ),
    message.author.bot ? tag() : null,
    el("time.sent", { datetime: message.timestamp, title: format(date, "F") }, stamp(date)),
  );
}

function body(message, context) {
  if (has(message, MessageFlag.LOADING)) return thinking(message);
  const drawing = { names: context.names, attachments: message.attachments, busy: context.busy(message) };
  if (has(message, MessageFlag.COMPONENTS_V2)) return el("div.v2", {}, components(message.components, drawing));
  return [
    message.content || message.edited_timestamp ? content(message, context) : null,
    files(message.attachments ?? []),
    (message.embeds ?? []).map((one) => embed(one, context.names)),
    message.components?.length ? el("div.components", {}, components(message.components, drawing)) : null,
  ];
}

function content(message, context) {
  const edited = message.edited_timestamp
    ? el("span.edited", { title: format(new Date(message.edited_timestamp), "F") }, "(edited)")
    : null;
  return el("div.content", { data: { testid: "content" } }, markdown(message.content, context.names), edited);
}

export function dots() {
  return el("span.dots", { "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}

function thinking(message) {
  return el(
    "div.content.thinking",
    { data: { testid: "thinking" } },
    dots(),
    ` ${nameOf(message.author)} is thinking…`,
  );
}

function reactions({ reactions: given = [] }) {
  const row = ({ emoji, count, me }) =>
    el(
      "button.reaction",
      { type: "button", "aria-pressed": String(me), data: { action: "react", emoji: emoji.name, mine: String(me) } },
      `${emoji.name} ${count}`,
    );
  return given.length ? el("div.reactions", {}, given.map(row)) : null;
}

function failure(words) {
  return words ? el("div.failure", { role: "alert", data: { testid: "failure" } }, icon("warning"), words) : null;
}

function ephemeralNote() {
  return el(
    "div.ephemeral-note",
    { data: { testid: "ephemeral" } },
    "Only you can see this · ",
    el("button.textual", { type: "button", data: { action: "dismiss" } }, "Dismiss message"),
  );
}

function actions(message, ephemeral) {
  const buttons = [ephemeral ? null : action("reply", "Reply", "reply"), action("menu", "More", "more")];
  return el("div.message-actions", { role: "group", "aria-label": "Message actions" }, buttons);
}

function action(name, label, drawing) {
  return el(
    "button.icon-button",
    { type: "button", title: label, "aria-label": label, data: { action: name, testid: `message-${name}` } },
    icon(drawing),
  );
}
