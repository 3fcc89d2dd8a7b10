/**
 * The list of messages: which rows stand in it, and where it is scrolled to.
 *
 * It stays at the bottom unless somebody scrolled up; then new messages are counted instead. What a click in a message
 * does is told by `actions`: a map from `data-action` to a function `(target, message, event)`.
 */

import { el } from "./dom.js";
import { continues, messageElement } from "./message.js";
import { dayElement, newElement, pendingElement, welcome } from "./notice.js";
import { Rows } from "./rows.js";
import { format, relative, sameDay } from "./time.js";

const NEAR_BOTTOM_PX = 80;
const NEAR_TOP_PX = 300;

export class Timeline {
  #stuck = true;
  #line = null; // id of the first message under the "New" line
  #scheduled = false;

  constructor(chat, { scroller, list, jump }, actions) {
    Object.assign(this, { chat, scroller, list, jump, actions });
    this.rows = new Rows(list);
    chat.attentive = () => this.#stuck && !document.hidden;
    chat.addEventListener("timeline", ({ detail }) => this.#changed(detail));
    chat.addEventListener("unread", () => this.#showUnread());
    chat.addEventListener("world", () => this.#schedule());
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    list.addEventListener("click", (event) => this.#clicked(event));
    list.addEventListener("contextmenu", (event) => this.#menu(event));
    scroller.addEventListener("keydown", (event) => this.#key(event));
    jump.addEventListener("click", () => this.toPresent());
    document.addEventListener("visibilitychange", () => this.#read());
    new ResizeObserver(() => this.#settle()).observe(list);
    new ResizeObserver(() => this.#settle()).observe(scroller);
    setInterval(() => this.#tick(), 5000);
  }

  // Drawing ----------------------------------------------------------------------------------------------------------

  #changed({ opened, mine, older }) {
    if (opened) this.#opened();
    if (older) {
      this.#draw({ keepPlace: true });
      return;
    }
    if (mine) {
      this.#line = null;
      this.toPresent();
    }
    this.#schedule();
  }

  #opened() {
    this.#stuck = true;
    this.#line = this.chat.unread.get(this.chat.channel.id)?.first ?? null;
    this.#read();
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#draw();
    });
  }

  #draw({ keepPlace = false } = {}) {
    if (!this.chat.channel) return;
    const anchor = keepPlace ? this.list.querySelector(".message") : null;
    const before = anchor?.getBoundingClientRect().top;
    if (anchor) this.scroller.style.setProperty("overflow-anchor", "none");
    this.rows.show(this.#rows());
    if (anchor) {
      this.scroller.scrollTop += anchor.getBoundingClientRect().top - before;
      requestAnimationFrame(() => this.scroller.style.removeProperty("overflow-anchor"));
    }
    this.#settle();
  }

  #rows() {
    const { messages, pending } = this.chat.rows;
    const rows = this.#beginning(messages, pending);
    let before = null;
    for (const message of messages) {
      rows.push(...this.#between(before, message), this.#message(message, before));
      before = message;
    }
    return [...rows, ...pending.map((one) => ({ key: `p${one.id}`, basis: [one], build: () => pendingElement(one) }))];
  }

  #beginning(messages, pending) {
    const { channel, bot, commands, history } = this.chat;
    if (!history?.loaded) return [{ key: "loading", basis: [], build: skeleton }];
    if (!history.complete)
      return [{ key: "older", basis: [], build: () => el("li.older", { data: { key: "older" } }, "Older messages…") }];
    const empty = !messages.length && !pending.length;
    return [
      {
        key: "welcome",
        basis: [channel, bot, commands, empty],
        build: () => welcome({ channel, bot, commands, empty }),
      },
    ];
  }

  #between(before, message) {
    const date = new Date(message.timestamp);
    const rows = [];
    if (!before || !sameDay(new Date(before.timestamp), date)) {
      const words = format(date, "D");
      rows.push({ key: `d${words}`, basis: [], build: () => dayElement(words) });
    }
    if (message.id === this.#line) rows.push({ key: "unread", basis: [], build: newElement });
    return rows;
  }

  #message(message, before) {
    const busy = this.chat.busy(message);
    const failed = this.chat.failures.get(message.id);
    const context = {
      names: { ...this.chat.names, me: this.chat.me.id },
      me: this.chat.me,
      busy: () => busy,
      failed: () => failed,
      commandName: (one) => one.interaction?.name ?? one.interaction_metadata?.name ?? "a command",
    };
    return {
      key: `m${message.id}`,
      basis: [message, continues(message, before), [...busy].join(), failed, this.chat.me.id],
      build: () => messageElement(message, before, context),
    };
  }

  /** Relative timestamps grow older without any event. */
  #tick() {
    for (const node of this.list.querySelectorAll('time[data-style="R"]'))
      node.textContent = relative(new Date(node.dateTime));
  }

  // Scrolling --------------------------------------------------------------------------------------------------------

  toPresent() {
    this.#stuck = true;
    this.#settle();
    this.#read();
  }

  #settle() {
    if (this.#stuck) this.scroller.scrollTop = this.scroller.scrollHeight;
    this.#wantOlder();
    this.jump.hidden = this.#stuck;
  }

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#stuck = scrollHeight - clientHeight - scrollTop < NEAR_BOTTOM_PX;
    this.jump.hidden = this.#stuck;
    this.#read();
    this.#wantOlder();
  }

  #wantOlder() {
    if (this.scroller.scrollTop < NEAR_TOP_PX) this.chat.loadOlder();
  }

  #read() {
    if (this.#stuck && !document.hidden) this.chat.markRead();
  }

  #showUnread() {
    const unread = this.chat.unread.get(this.chat.channel?.id);
    if (unread) this.#line ??= unread.first;
    const words = unread ? `${unread.count} new ${unread.count === 1 ? "message" : "messages"}` : "Jump to present";
    this.jump.querySelector("span").textContent = words;
    this.jump.classList.toggle("fresh", Boolean(unread));
    this.#schedule();
  }

  /** Shows a message and lets it glow; loads older pages until it is there. */
  async reveal(id) {
    while (!this.chat.history.find(id) && (await this.chat.loadOlder()));
    this.#draw();
    const element = this.element(id);
    if (!element) return false;
    this.#stuck = false;
    element.scrollIntoView({ block: "center" });
    element.classList.remove("glow");
    requestAnimationFrame(() => element.classList.add("glow"));
    return true;
  }

  element(id) {
    return this.list.querySelector(`[data-message-id="${id}"]`);
  }

  // Acting -----------------------------------------------------------------------------------------------------------

  #messageOf(target) {
    return this.chat.history?.find(target.closest("[data-message-id]")?.dataset.messageId);
  }

  #clicked(event) {
    const target = event.target.closest("[data-action]");
    if (!target || target.disabled) return;
    // A button that was clicked must not take the blanks typed next.
    if (event.detail > 0) target.blur();
    this.actions[target.dataset.action]?.(target, this.#messageOf(target), event);
  }

  #menu(event) {
    const message = this.#messageOf(event.target);
    const selected = String(getSelection()) && getSelection().containsNode(event.target, true);
    if (!message || selected || event.target.closest("a")) return;
    event.preventDefault();
    this.actions.menu(event.target.closest("[data-message-id]"), message, event);
  }

  /** With the list in focus: arrows walk over the messages, R replies, Enter opens the menu. */
  #key(event) {
    const steps = { ArrowUp: -1, ArrowDown: 1 };
    const focused = document.activeElement.closest?.(".message");
    if (event.key in steps && (event.target === this.scroller || event.target === focused)) {
      event.preventDefault();
      this.#walk(focused, steps[event.key]);
    } else if (focused && event.target === focused) this.#keyOn(event, focused);
  }

  #walk(focused, step) {
    const all = [...this.list.querySelectorAll(".message")];
    const next = focused ? all[all.indexOf(focused) + step] : all.at(-1);
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  #keyOn(event, focused) {
    const message = this.#messageOf(focused);
    const action = { r: "reply", Enter: "menu", ContextMenu: "menu" }[event.key];
    if (!message || !action || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.actions[action](focused, message, event);
  }
}

function skeleton() {
  return el(
    "li.skeleton",
    { data: { key: "loading" }, "aria-label": "Loading messages" },
    [3, 2, 4].map((lines) =>
      el(
        "div",
        {},
        el("i.face"),
        el(
          "div",
          {},
          Array.from({ length: lines }, () => el("i.line")),
        ),
      ),
    ),
  );
}
