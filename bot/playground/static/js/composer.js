/**
 * Where a person writes: a message with mentions, files and a reply, or a slash command.
 *
 * A text that begins with a whole command's name turns into that command's form; leaving the form turns it back.
 */

import { CommandForm } from "./command_form.js";
import { matching, slashCommands, spotted } from "./command_line.js";
import { Refused } from "./connection.js";
import { el, icon } from "./dom.js";
import { mentionAt, mentionable, withIds } from "./mentions.js";
import { avatar, nameOf } from "./person.js";
import { ReplyBar } from "./reply_bar.js";
import { Suggestions } from "./suggestions.js";
import { Tray } from "./tray.js";

const TYPING_MS = 8000;

export class Composer {
  #typed = 0; // when the bot was last told that somebody types

  constructor(chat, root) {
    this.chat = chat;
    this.suggestions = new Suggestions(el("div"));
    this.tray = new Tray(() => this.#showSend());
    this.reply = new ReplyBar(() => this.text.focus());
    this.form = new CommandForm({
      chat,
      suggestions: this.suggestions,
      sent: (command) => this.#use(command),
      left: (text) => this.#toText(text),
    });
    this.trouble = el("div.composer-error", { role: "alert", hidden: true, data: { testid: "composer-error" } });
    this.line = this.#line();
    root.append(this.suggestions.root, this.trouble, this.reply.element, this.tray.element, this.line);
    chat.addEventListener("world", () => this.#showPlace());
    chat.addEventListener("line", () => chat.connected && this.complain("")); // what could not be sent, now can
    addEventListener("paste", (event) => this.#pasted(event));
  }

  #line() {
    const button = (name, label, click) =>
      el(
        "button.icon-button",
        { type: "button", "aria-label": label, title: label, data: { testid: name }, on: { click } },
        icon(name),
      );
    const picked = () => this.#picked();
    this.picker = el("input", {
      type: "file",
      multiple: true,
      hidden: true,
      data: { testid: "file-input" },
      on: { change: picked },
    });
    this.sendButton = button("send", "Send", () => this.send());
    this.sendButton.classList.add("send");
    this.text = this.#textPlace();
    this.field = el("div.composer-field", {}, this.text);
    return el(
      "div.composer-line",
      {},
      button("attach", "Attach files", () => this.picker.click()),
      this.picker,
      this.field,
      this.sendButton,
    );
  }

  #textPlace() {
    return el("textarea.text", {
      rows: "1",
      role: "combobox",
      "aria-expanded": "false",
      "aria-label": "Message",
      data: { testid: "message-input" },
      on: {
        input: () => this.#input(),
        keydown: (event) => this.#key(event),
        blur: () => this.suggestions.hide(),
        click: () => this.#suggest(),
      },
    });
  }

  get filling() {
    return this.form.element.isConnected;
  }

  #showPlace() {
    const { channel, bot } = this.chat;
    if (!channel) return;
    const may = channel.may.send;
    const where = channel.type === 1 ? `@${nameOf(bot)}` : `#${channel.name}`;
    this.text.placeholder = may ? `Message ${where}, or / for commands` : "You may not write here.";
    this.text.disabled = !may;
  }

  #showSend() {
    this.sendButton.classList.toggle(
      "ready",
      this.filling || Boolean(this.text.value.trim()) || this.tray.files.length > 0,
    );
  }

  focus() {
    if (this.filling) this.form.focus();
    else this.text.focus();
  }

  complain(words) {
    this.trouble.textContent = words;
    this.trouble.hidden = !words;
  }

  // Typing -----------------------------------------------------------------------------------------------------------

  #input() {
    this.complain("");
    const found = spotted(this.text.value, slashCommands(this.chat.commands));
    if (found) {
      this.#toForm(found.leaf, found.rest);
      return;
    }
    this.#showSend();
    this.#suggest();
    this.#tellTyping();
  }

  #tellTyping() {
    if (this.text.value.startsWith("/") || !this.text.value.trim() || Date.now() - this.#typed < TYPING_MS) return;
    this.#typed = Date.now();
    this.chat.perform("typing", { channel: this.chat.channel.id });
  }

  #suggest() {
    const { value, selectionStart } = this.text;
    const mention = mentionAt(value, selectionStart);
    if (/^\/[^\n]*$/.test(value)) this.#suggestCommands(value.slice(1));
    else if (mention) this.#suggestMentions(mention);
    else this.suggestions.hide();
    this.text.setAttribute("aria-expanded", String(this.suggestions.open));
  }

  #suggestCommands(query) {
    const all = slashCommands(this.chat.commands);
    const bot = this.chat.bot;
    this.suggestions.show({
      title: all.length ? `Commands of ${nameOf(bot)}` : "",
      items: matching(all, query).map((leaf) => ({
        mark: avatar(bot, "small"),
        label: el(
          "span",
          {},
          el("b", {}, `/${leaf.name}`),
          el(
            "span.option-names",
            {},
            leaf.options.filter((one) => one.required).map((one) => el("i", {}, one.name)),
          ),
        ),
        detail: leaf.description,
        name: leaf.name,
        value: leaf,
      })),
      note: all.length ? `There is no command /${query}.` : "No bot has registered commands yet.",
      input: this.text,
      pick: (leaf) => this.#toForm(leaf),
    });
  }

  #suggestMentions(mention) {
    this.suggestions.show({
      title: mention.sign === "@" ? "People and bots" : "Channels",
      items: mentionable(this.chat, mention),
      input: this.text,
      pick: (name) => this.#insertMention(mention, name),
    });
    if (!this.suggestions.active) this.suggestions.hide();
  }

  #insertMention({ start }, name) {
    const after = this.text.value.slice(this.text.selectionStart);
    this.text.value = `${this.text.value.slice(0, start)}${name} ${after.trimStart()}`;
    const caret = start + name.length + 1;
    this.text.setSelectionRange(caret, caret);
    this.suggestions.hide();
    this.#showSend();
  }

  #key(event) {
    if (event.isComposing || this.suggestions.key(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    } else if (event.key === "Escape") {
      this.reply.close();
    }
  }

  // From text to form and back ---------------------------------------------------------------------------------------

  /** Opens a command by name, as a click on it does. */
  begin(name) {
    const leaf = slashCommands(this.chat.commands).find((one) => one.name === name || one.name.startsWith(`${name} `));
    if (leaf) this.#toForm(leaf);
  }

  #toForm(leaf, rest = "") {
    this.reply.close();
    this.text.value = "";
    this.suggestions.hide();
    this.complain("");
    if (this.filling) this.form.element.remove();
    this.field.replaceChildren(this.form.element);
    this.form.open(leaf, rest);
    for (const file of this.tray.take()) if (!this.form.takeFile(file)) this.tray.add([file]);
    this.#showSend();
  }

  #toText(text = "") {
    this.field.replaceChildren(this.text);
    this.text.value = text;
    this.text.focus();
    this.complain("");
    this.#showSend();
    if (text) this.#suggest();
  }

  // Files ------------------------------------------------------------------------------------------------------------

  addFiles(files) {
    const list = [...files];
    if (!list.length) return;
    if (this.filling && this.form.takeFile(list[0])) return;
    this.complain(this.tray.add(list));
    if (!this.filling) this.text.focus();
  }

  #picked() {
    this.addFiles(this.picker.files);
    this.picker.value = "";
  }

  #pasted(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    this.addFiles(files);
  }

  /** Answers a message; its author is told unless it is one's own. */
  answer(message) {
    if (this.filling) this.#toText();
    this.reply.open(message, message.author.id !== this.chat.me.id);
    this.text.focus();
  }

  // Sending ----------------------------------------------------------------------------------------------------------

  async send() {
    if (this.filling) {
      this.form.submit();
      return;
    }
    const typed = this.text.value.trim();
    const bare = slashCommands(this.chat.commands).find((leaf) => typed === `/${leaf.name}`);
    if (bare) this.#toForm(bare);
    else if (/^\/\w/.test(typed)) this.complain(`There is no command ${typed.split(/\s/)[0]} here: type / to see all.`);
    else if (typed || this.tray.files.length) await this.#say(typed);
  }

  /** Empties the field at once, and gives everything back if the playground refuses it. */
  async #say(typed) {
    const reply = this.reply.take();
    const taken = this.tray.take();
    this.text.value = "";
    this.suggestions.hide();
    this.#typed = 0;
    this.#showSend();
    const record = {
      channel: this.chat.channel.id,
      content: withIds(typed, this.chat),
      reply_to: reply?.message.id,
      ping: reply?.ping,
    };
    const files = new Map(taken.map((file, index) => [`files[${index}]`, file]));
    await this.#tried(
      () => this.chat.act("say", record, files),
      () => {
        this.text.value = typed;
        this.tray.add(taken);
        this.reply.give(reply);
      },
    );
  }

  async #use({ command, options, files }) {
    const record = { channel: this.chat.channel.id, command, options };
    this.complain("");
    if (await this.#tried(() => this.chat.act("use", record, files))) this.#toText();
  }

  async #tried(action, undo = () => {}) {
    try {
      await action();
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      undo();
      if (!this.filling || !this.form.refused(error)) this.complain(error.message);
      return false;
    }
  }
}
