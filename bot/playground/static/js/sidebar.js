/** Channels, direct messages and the person played. */

import { el, icon } from "./dom.js";
import { avatar, nameOf } from "./person.js";

const DIRECT = 1;

export class Sidebar {
  constructor(chat, { frame, channels, directs, players, shade, menuButton, play }) {
    Object.assign(this, { chat, frame, channels, directs, players, menuButton, play });
    menuButton.append(icon("menu"));
    menuButton.addEventListener("click", () => this.toggle());
    shade.addEventListener("click", () => this.toggle(false));
    frame.addEventListener("keydown", (event) => event.key === "Escape" && this.toggle(false));
    channels.addEventListener("click", (event) => this.#opened(event));
    directs.addEventListener("click", (event) => this.#opened(event));
    players.addEventListener("click", (event) => this.#played(event));
    players.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["world", "unread"]) chat.addEventListener(type, () => this.#draw());
  }

  /** On a narrow page the sidebar lies over the messages. */
  toggle(open = !this.frame.classList.contains("sidebar-open")) {
    this.frame.classList.toggle("sidebar-open", open);
    this.menuButton.setAttribute("aria-expanded", String(open));
  }

  #draw() {
    const { chat } = this;
    const all = [...chat.channels.values()];
    const direct = all.find((channel) => channel.type === DIRECT);
    this.channels.replaceChildren(
      ...all
        .filter((channel) => channel.type !== DIRECT)
        .map((channel) => this.#row(channel.id, channel.name, icon("hash"))),
    );
    this.directs.replaceChildren(
      this.#row(
        direct?.id ?? "",
        nameOf(chat.bot),
        el("span.faced", { class: chat.online ? "online" : "" }, avatar(chat.bot, "tiny")),
      ),
    );
    this.#drawPlayers();
  }

  #row(id, name, mark) {
    const open = id && this.chat.channel?.id === id;
    const unread = this.chat.unread.get(id)?.count;
    return el(
      "li",
      {},
      el(
        "button.channel",
        {
          type: "button",
          class: `${open ? "open" : ""} ${unread ? "fresh" : ""}`,
          "aria-current": open ? "page" : null,
          data: { channelId: id, name, testid: "channel" },
        },
        mark,
        el("span", {}, name),
        unread ? el("span.unread-count", { "aria-label": `${unread} unread` }, String(unread)) : null,
      ),
    );
  }

  #drawPlayers() {
    const focused = this.players.contains(document.activeElement);
    this.players.replaceChildren(
      ...[...this.chat.people.values()].map((person) => {
        const mine = person.id === this.chat.me?.id;
        return el(
          "button.player",
          {
            type: "button",
            role: "radio",
            "aria-checked": String(mine),
            tabindex: mine ? "0" : "-1",
            title: person.owner ? "Owner of this server" : null,
            data: { personId: person.id, name: nameOf(person), testid: "player" },
          },
          avatar(person, "small"),
          el("span.player-name", {}, nameOf(person)),
          person.owner ? el("span.player-role", {}, "owner") : null,
        );
      }),
    );
    if (focused) this.players.querySelector("[aria-checked=true]")?.focus();
  }

  async #opened({ target }) {
    const button = target.closest("[data-channel-id]");
    if (!button) return;
    this.toggle(false);
    const id = button.dataset.channelId || (await this.chat.perform("direct", {}))?.channel;
    if (id) await this.chat.enter(id);
  }

  #played({ target }) {
    const button = target.closest("[data-person-id]");
    if (!button) return;
    this.toggle(false);
    this.play(button.dataset.personId);
  }

  #key(event) {
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const people = [...this.chat.people.keys()];
    if (!step) return;
    event.preventDefault();
    this.play(people[(people.indexOf(this.chat.me.id) + step + people.length) % people.length]);
  }
}
