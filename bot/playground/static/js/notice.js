/** A row of the timeline that is no message: a command on its way, or one that nobody answered. */

import { el, icon } from "./dom.js";
import { dots, tag } from "./message.js";
import { avatar, nameOf } from "./person.js";

/** `pending`: `{id, name, user, bot, error}`; with an error it can be dismissed. */
export function pendingElement({ id, name, user, bot, error }) {
  return el(
    "li.message.pending",
    {
      class: error ? "ephemeral" : "",
      data: { key: `p${id}`, interactionId: id, testid: error ? "not-responded" : "pending" },
    },
    el(
      "div.above.used",
      {},
      avatar(user, "tiny"),
      el("span.above-name", {}, nameOf(user)),
      " used ",
      el("span.command-name", {}, name),
    ),
    el("div.gutter", {}, avatar(bot)),
    el(
      "div.message-body",
      {},
      el("div.message-header", {}, el("span.author.bot", {}, nameOf(bot)), tag()),
      error
        ? el("div.failure", { role: "alert" }, icon("warning"), error)
        : el("div.content.thinking", {}, dots(), " Sending command…"),
      error
        ? el(
            "div.ephemeral-note",
            {},
            "Only you can see this · ",
            el("button.textual", { type: "button", data: { action: "dismiss-pending" } }, "Dismiss message"),
          )
        : null,
    ),
  );
}

export function dayElement(words) {
  return el("li.day", { role: "separator", data: { key: `d${words}` } }, el("span", {}, words));
}

export function newElement() {
  return el("li.unread", { role: "separator", data: { key: "unread", testid: "unread" } }, el("span", {}, "New"));
}

/** What greets in an empty channel, and stands at the beginning of every other. */
export function welcome({ channel, bot, commands, empty }) {
  const direct = channel.type === 1;
  const first = commands.find((command) => command.name === "imagine") ?? commands[0];
  return el(
    "li.welcome",
    { data: { key: "welcome", testid: "welcome" } },
    el("div.welcome-mark.aperture", { "aria-hidden": "true" }, el("i")),
    el("h2", {}, direct ? `You and ${nameOf(bot)}` : `Welcome to #${channel.name}`),
    el("p", {}, empty ? "Nothing has been developed here yet." : "This is where it begins."),
    el(
      "ul.hints",
      {},
      first
        ? hint("/", `Type / to see every command${first.name === "imagine" ? ", or begin with this one" : ""}`, first)
        : null,
      hint("reply", `Reply to a picture of ${nameOf(bot)} to change it with words`),
      hint("attach", "Paste or drop a picture to start from your own"),
    ),
  );
}

function hint(mark, words, command) {
  return el(
    "li",
    {},
    el("span.hint-mark", {}, mark === "/" ? "/" : icon(mark)),
    el("span", {}, words),
    command
      ? el(
          "button.try",
          { type: "button", data: { action: "command", name: command.name, testid: "try" } },
          `/${command.name}`,
        )
      : null,
  );
}
