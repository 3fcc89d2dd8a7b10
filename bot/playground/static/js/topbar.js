/** What stands over the messages and under the composer: the channel, the bot's presence, the banner, who types. */

import { el, icon } from "./dom.js";
import { dots } from "./message.js";
import { avatar, nameOf } from "./person.js";

const DIRECT = 1;

export class Topbar {
  constructor(chat, parts) {
    Object.assign(this, { chat, ...parts });
    for (const type of ["world", "line"]) chat.addEventListener(type, () => this.#draw());
    for (const type of ["world", "typing"]) chat.addEventListener(type, () => this.#drawTyping());
    chat.addEventListener("unread", () => this.#drawTitle());
  }

  #draw() {
    const { channel, bot } = this.chat;
    if (channel) {
      const direct = channel.type === DIRECT;
      this.title.replaceChildren(direct ? avatar(bot, "tiny") : icon("hash"), direct ? nameOf(bot) : channel.name);
      this.topic.textContent = direct ? "Direct messages" : (channel.topic ?? "");
    }
    this.#drawPresence();
    this.#drawBanner();
    this.#drawTitle();
  }

  #drawPresence() {
    const { bot, online, connected } = this.chat;
    if (!bot) return;
    const up = online && connected;
    this.presence.classList.toggle("online", up);
    this.presence.replaceChildren(el("i"), `${nameOf(bot)} is ${up ? "online" : "offline"}`);
  }

  #drawBanner() {
    const { bot, online, connected, me } = this.chat;
    const words =
      !connected && me
        ? "The playground is not answering. Trying again…"
        : me && !online
          ? `${nameOf(bot)} is not connected: commands and buttons are not answered until it is.`
          : "";
    this.banner.textContent = words;
    this.banner.hidden = !words;
    this.banner.classList.toggle("severe", !connected);
  }

  #drawTitle() {
    const count = [...this.chat.unread.values()].reduce((sum, one) => sum + one.count, 0);
    const where = this.chat.channel?.name ? `#${this.chat.channel.name}` : "Darkroom";
    document.title = `${count ? `(${count}) ` : ""}${where} · Darkroom playground`;
  }

  #drawTyping() {
    const names = [...this.chat.typists]
      .filter(([, { channel }]) => channel === this.chat.channel?.id)
      .map(([id]) => this.chat.user(id)?.name);
    const words = names.length > 1 ? `${names.join(" and ")} are typing…` : `${names[0]} is typing…`;
    this.typing.replaceChildren(...(names.length ? [dots(), words] : []));
  }
}
