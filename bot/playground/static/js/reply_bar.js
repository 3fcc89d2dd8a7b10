/** Which message is answered, and whether its author is told. Knows no composer. */

import { el, icon } from "./dom.js";
import { nameOf } from "./person.js";

export class ReplyBar {
  #reply = null; // {message, ping}

  /** `touched` is called after the switch was used, so that one can go on writing. */
  constructor(touched) {
    this.touched = touched;
    this.element = el("div.reply-bar", { hidden: true, data: { testid: "reply-bar" } });
  }

  open(message, ping) {
    this.#show({ message, ping });
  }

  close() {
    this.#show(null);
  }

  /** Gives the reply away as `{message, ping}`, null if there is none; `give` takes it back. */
  take() {
    const reply = this.#reply;
    this.#show(null);
    return reply;
  }

  give(reply) {
    this.#show(reply);
  }

  #show(reply) {
    this.#reply = reply;
    this.element.hidden = !reply;
    if (reply) this.element.replaceChildren(...this.#parts(reply));
  }

  #parts({ message, ping }) {
    const toggle = () => {
      this.#show({ message, ping: !ping });
      this.touched();
    };
    const ways = {
      type: "button",
      role: "switch",
      "aria-checked": String(ping),
      "aria-label": "Mention the author",
      title: ping ? "The author is told" : "The author is not told",
      data: { testid: "ping" },
      on: { click: toggle },
    };
    const cancel = { type: "button", "aria-label": "Cancel reply", on: { click: () => this.close() } };
    return [
      el("span", {}, "Replying to ", el("b", {}, nameOf(message.author))),
      el("button.ping", ways, `@ ${ping ? "on" : "off"}`),
      el("button.icon-button", cancel, icon("close")),
    ];
  }
}
