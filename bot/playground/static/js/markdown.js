/**
 * Discord's markdown to elements: blocks by line, spans by the first rule that fits.
 *
 * `names` answers what mentions stand for: `person(id)`, `channel(id)`, `me`. Every text ends in a text node.
 */

import { el } from "./dom.js";
import { format } from "./time.js";

const NOBODY = { person: () => null, channel: () => null, me: null };

export function markdown(source, names = NOBODY) {
  const fragment = document.createDocumentFragment();
  fragment.append(...blocks(source ?? "", names));
  return fragment;
}

/** One line without blocks and their marks, for previews of replies and labels. */
export function inline(source, names = NOBODY) {
  const unmarked = (source ?? "").replace(/^(?:-#|#{1,3}|>{1,3}) /gm, "");
  return spans(unmarked.replace(/```\w*\n?|\n/g, " "), names);
}

// Blocks ------------------------------------------------------------------------------------------------------------

const BLOCKS = [
  [/^```(?:([\w+-]+)\n)?\n?([\s\S]*?)\n?```\n?/, ([, language, code]) => codeBlock(language, code)],
  [/^>>> ([\s\S]*)/, ([, rest], names) => el("blockquote", {}, ...blocks(rest, names))],
  [/^(?:> [^\n]*(?:\n|$))+/, ([quoted], names) => el("blockquote", {}, ...blocks(unquoted(quoted), names))],
  [
    /^(#{1,3}) ([^\n]+)(?:\n|$)/,
    ([, marks, title], names) => el(`h${marks.length + 2}.heading-${marks.length}`, {}, ...spans(title, names)),
  ],
  [/^-# ([^\n]+)(?:\n|$)/, ([, small], names) => el("div.subtext", {}, ...spans(small, names))],
  [/^(?: *[-*] [^\n]+(?:\n|$))+/, ([items], names) => list("ul", items, /^( *)[-*] /, names)],
  [/^(?: *\d+\. [^\n]+(?:\n|$))+/, ([items], names) => list("ol", items, /^( *)\d+\. /, names)],
];

function blocks(source, names) {
  const made = [];
  let plain = "";
  const flush = () => {
    const lines = plain.replace(/\n$/, "");
    if (lines) made.push(...spans(lines, names));
    plain = "";
  };
  for (let rest = source; rest;) {
    const found = firstBlock(rest, plain === "" || plain.endsWith("\n"));
    if (found) {
      flush();
      made.push(found.build(found.match, names));
      rest = rest.slice(found.match[0].length);
      continue;
    }
    const end = nextStop(rest);
    plain += rest.slice(0, end);
    rest = rest.slice(end);
  }
  flush();
  return made;
}

function firstBlock(rest, atLineStart) {
  for (const [pattern, build] of atLineStart ? BLOCKS : BLOCKS.slice(0, 1)) {
    const match = pattern.exec(rest);
    if (match) return { match, build };
  }
  return null;
}

/** A block may begin after a newline, or at a fence in the middle of a line. */
function nextStop(rest) {
  const newline = rest.indexOf("\n");
  const fence = rest.indexOf("```", 1);
  const stops = [newline < 0 ? rest.length : newline + 1, fence < 0 ? rest.length : fence];
  return Math.max(1, Math.min(...stops));
}

function unquoted(quoted) {
  return quoted.replace(/^> /gm, "").replace(/\n$/, "");
}

function codeBlock(language, code) {
  return el("pre.code-block", { data: { language } }, el("code", {}, code));
}

function list(tag, items, bullet, names) {
  const rows = items.replace(/\n$/, "").split("\n");
  const start = tag === "ol" ? parseInt(rows[0], 10) : null;
  return el(
    tag,
    { start },
    rows.map((row) => {
      const [mark, indent] = bullet.exec(row);
      return el(
        "li",
        { style: indent ? { "margin-left": `${Math.min(indent.length, 8) * 0.6}em` } : {} },
        ...spans(row.slice(mark.length), names),
      );
    }),
  );
}

// Spans -------------------------------------------------------------------------------------------------------------

const SPANS = [
  [/\\([^A-Za-z0-9\s])/y, ([, character]) => character],
  [/(`+)([\s\S]*?[^`])\1(?!`)/y, ([, , code]) => el("code.code", {}, code.trim() || code)],
  [/<@!?(\d+)>/y, ([, id], names) => mention(`@${names.person(id)?.name ?? "unknown"}`, { id, mine: names.me === id })],
  [
    /<#(\d+)>/y,
    ([, id], names) =>
      el(
        "button.mention.channel-mention",
        { type: "button", data: { action: "channel", id } },
        `#${names.channel(id)?.name ?? "unknown"}`,
      ),
  ],
  [/<@&(\d+)>/y, () => mention("@role")],
  [
    /<\/([\w -]+):(\d+)>/y,
    ([, name]) =>
      el("button.mention.command-mention", { type: "button", data: { action: "command", name } }, `/${name}`),
  ],
  [/<t:(-?\d+)(?::([tTdDfFR]))?>/y, ([, seconds, style]) => timestamp(Number(seconds), style ?? "f")],
  [/<a?:(\w+):(\d+)>/y, ([, name]) => `:${name}:`],
  [/<(https?:\/\/[^\s<>]+)>/y, ([, address]) => link(address, [address])],
  [
    /\[((?:\[[^\]]*\]|[^[\]])+)\]\(<?(https?:\/\/[^\s<>()]*(?:\([^\s<>()]*\)[^\s<>()]*)*)>?(?: "[^"]*")?\)/y,
    ([, words, address], names) => link(address, spans(words, names)),
  ],
  [/https?:\/\/[^\s<>]+/y, ([address]) => bareLink(address)],
  [/\|\|([\s\S]+?)\|\|/y, ([, hidden], names) => spoiler(spans(hidden, names))],
  [/\*\*\*([\s\S]+?)\*\*\*(?!\*)/y, ([, words], names) => el("strong", {}, el("em", {}, ...spans(words, names)))],
  [/\*\*([\s\S]+?)\*\*(?!\*)/y, ([, words], names) => el("strong", {}, ...spans(words, names))],
  [/__([\s\S]+?)__(?!_)/y, ([, words], names) => el("u", {}, ...spans(words, names))],
  [/~~([\s\S]+?)~~/y, ([, words], names) => el("s", {}, ...spans(words, names))],
  [/\*(?![\s*])((?:\*\*|[^*])+?)(?<!\s)\*(?!\*)/y, ([, words], names) => el("em", {}, ...spans(words, names))],
  [/(?<!\w)_(?!_)((?:__|[^_])+?)_(?!\w)/y, ([, words], names) => el("em", {}, ...spans(words, names))],
  [/@(everyone|here)\b/y, ([whole]) => mention(whole, { mine: true })],
  [/\n/y, () => el("br")],
];

const SPECIAL = /[\\`<[|*_~@\n]|https?:/g;

function spans(source, names) {
  const made = [];
  let plain = "";
  for (let at = 0; at < source.length;) {
    const found = firstSpan(source, at);
    if (found) {
      if (plain) made.push(plain);
      plain = "";
      made.push(found.build(found.match, names));
      at += found.match[0].length;
      continue;
    }
    SPECIAL.lastIndex = at + 1;
    const next = SPECIAL.exec(source)?.index ?? source.length;
    plain += source.slice(at, next);
    at = next;
  }
  if (plain) made.push(plain);
  return made;
}

function firstSpan(source, at) {
  for (const [pattern, build] of SPANS) {
    pattern.lastIndex = at;
    const match = pattern.exec(source);
    if (match) return { match, build };
  }
  return null;
}

function mention(text, { id, mine } = {}) {
  return el("span.mention", { class: mine ? "mine" : "", data: { userId: id } }, text);
}

function timestamp(seconds, style) {
  const date = new Date(seconds * 1000);
  const title = format(date, "F");
  return el("time.timestamp", { datetime: date.toISOString(), title, data: { style } }, format(date, style));
}

const MESSAGE_LINK = /^https:\/\/(?:\w+\.)?discord(?:app)?\.com\/channels\/(?:\d+|@me)\/(\d+)\/(\d+)\/?$/;

/** A link to a message of Discord's leads to that message here. */
function link(address, words) {
  const [, channel, id] = MESSAGE_LINK.exec(address) ?? [];
  if (id) return el("a.message-link", { href: address, data: { action: "visit", channel, id } }, ...words);
  return el("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, ...words);
}

/** Punctuation after an address belongs to the sentence, not to the link. */
function bareLink(address) {
  const [, kept, tail] = /^(.*?)([.,:;!?'")\]*_~|]*)$/s.exec(address);
  return el("span", {}, link(kept, [kept]), tail);
}

function spoiler(words) {
  return el(
    "button.spoiler",
    { type: "button", "aria-label": "Spoiler, hidden", data: { action: "reveal" } },
    el("span", {}, ...words),
  );
}
