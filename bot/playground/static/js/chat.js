/**
 * What this tab knows of the world, kept up by events. Draws nothing.
 *
 * Emits "world" (people, channels, commands, bot), "timeline" (the open channel's rows), "unread", "typing",
 * "modal", "settled" (an interaction was answered or failed), "line" (connected or not) and "refused" (words to show).
 */

import { Refused } from "./connection.js";
import { MessageFlag, has } from "./flags.js";
import { History } from "./history.js";

const NONE = [];
const PAGE = 50;
const OUTCOMES_KEPT = 50;
const TYPING_MS = 9000;
const NOT_RESPONDED = "The application did not respond";

const COMMAND = 2;
const COMPONENT = 3;

export class Chat extends EventTarget {
  me = null;
  bot = null;
  online = false;
  connected = false;
  people = new Map();
  channels = new Map();
  channel = null;
  histories = new Map();
  unread = new Map(); // channel id -> {first, count}
  pending = new Map(); // interaction id -> {id, name, user, channel, error}
  waiting = new Map(); // interaction id -> {message, customId}
  failures = new Map(); // message id -> words
  typists = new Map(); // user id -> {channel, timer}
  #offered = {}; // channel id -> commands
  #outcomes = new Map(); // interaction id -> state, the newest ones

  constructor(connection) {
    super();
    this.connection = connection;
    connection.addEventListener("event", ({ detail }) => this.#events[detail.type]?.(detail));
    connection.addEventListener("state", ({ detail }) => this.#setConnected(detail));
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  #setConnected(connected) {
    this.connected = connected;
    this.#tell("line");
  }

  // What happens -----------------------------------------------------------------------------------------------------

  #events = {
    hello: (hello) => this.#hello(hello),
    message: ({ message }) => this.#arrived(message),
    edit: ({ message }) => this.#edited(message),
    delete: ({ id, channel_id }) => this.#deleted(id, channel_id),
    typing: ({ user_id, channel_id }) => this.#typing(user_id, channel_id),
    interaction: ({ interaction, modal }) => this.#interaction(interaction, modal),
    channels: ({ channels, commands }) => {
      this.#places(channels, commands);
      this.#tell("world");
    },
    commands: ({ commands }) => {
      this.#offered = commands;
      this.#tell("world");
    },
    bot: ({ online, bot }) => {
      Object.assign(this, { online, bot });
      this.#tell("world");
    },
  };

  async #hello({ me, bot, online, people, channels, commands }) {
    const other = this.me?.id !== me.id;
    Object.assign(this, { me, bot, online });
    this.people = new Map(people.map((person) => [person.id, person]));
    this.#places(channels, commands);
    if (other) this.#forget();
    else this.#catchUp();
    const last = this.channels.get(sessionStorage.getItem("channel"));
    if (this.channel && !other) {
      this.#tell("world");
      await this.#load();
    } else await this.open((this.channel ?? last ?? this.channels.values().next().value).id);
  }

  #places(channels, commands) {
    this.channels = new Map(channels.map((channel) => [channel.id, channel]));
    this.channel = this.channels.get(this.channel?.id) ?? null;
    this.#offered = commands;
  }

  /** What the bot offers to this person in the open channel. */
  get commands() {
    return this.#offered[this.channel?.id] ?? NONE;
  }

  #forget() {
    for (const known of [this.histories, this.unread, this.pending, this.waiting, this.failures, this.typists])
      known.clear();
  }

  /** After a time without events: other channels load again when opened, and what was awaited is not awaited any more. */
  #catchUp() {
    for (const [id, history] of this.histories) if (id !== this.channel?.id) history.loaded = false;
    for (const [id, { error }] of this.pending) if (!error) this.pending.delete(id);
    this.waiting.clear();
  }

  #arrived(message) {
    const { interaction_metadata: asked, channel_id: channel } = message;
    if (asked) this.pending.delete(asked.id);
    this.#silence(message.author.id);
    this.histories.get(channel)?.put(message);
    const mine = message.author.id === this.me.id;
    if (!mine) this.#countUnread(message);
    this.#tell("timeline", { mine: mine && channel === this.channel?.id });
  }

  #countUnread(message) {
    const { channel_id: channel } = message;
    if (channel === this.channel?.id && this.attentive()) return;
    const seen = this.unread.get(channel) ?? { first: message.id, count: 0 };
    this.unread.set(channel, { ...seen, count: seen.count + 1 });
    this.#tell("unread");
  }

  /** Whether the person sees the newest messages of the open channel; the timeline knows and replaces this. */
  attentive = () => true;

  #edited(message) {
    if (message.interaction_metadata) this.pending.delete(message.interaction_metadata.id);
    this.histories.get(message.channel_id)?.put(message);
    this.#tell("timeline", {});
  }

  #deleted(id, channel) {
    this.histories.get(channel)?.remove(id);
    this.failures.delete(id);
    this.#tell("timeline", {});
  }

  #typing(user, channel) {
    if (user === this.me.id) return;
    clearTimeout(this.typists.get(user)?.timer);
    this.typists.set(user, { channel, timer: setTimeout(() => this.#silence(user), TYPING_MS) });
    this.#tell("typing");
  }

  #silence(user) {
    clearTimeout(this.typists.get(user)?.timer);
    if (this.typists.delete(user)) this.#tell("typing");
  }

  /** Only one's own interactions are told. */
  #interaction(interaction, modal) {
    if (modal) this.#tell("modal", { interaction: interaction.id, modal });
    const { id, act, state, channel_id: channel, message_id: message } = interaction;
    if (state === "open") this.#opened(interaction);
    else {
      const started = this.pending.get(id);
      this.waiting.delete(id);
      if (state === "failed" && act === COMMAND) {
        this.pending.set(id, { ...(started ?? this.#row(interaction)), error: NOT_RESPONDED });
      } else {
        this.pending.delete(id);
        if (state === "failed" && act === COMPONENT) this.failures.set(message, "This interaction failed");
      }
      this.#settled(id, state);
    }
    this.#tell("timeline", { mine: state === "open" && act === COMMAND && channel === this.channel?.id });
  }

  #settled(id, state) {
    this.#outcomes.set(id, state);
    if (this.#outcomes.size > OUTCOMES_KEPT) this.#outcomes.delete(this.#outcomes.keys().next().value);
    this.#tell("settled", { id, state });
  }

  /** Resolves with the state of an interaction once it is not open any more. */
  outcome(id) {
    const known = this.#outcomes.get(id);
    if (known) return Promise.resolve(known);
    return new Promise((resolve) => {
      const listen = ({ detail }) => {
        if (detail.id !== id) return;
        this.removeEventListener("settled", listen);
        resolve(detail.state);
      };
      this.addEventListener("settled", listen);
    });
  }

  #opened(interaction) {
    const { id, act, message_id: message, custom_id: customId } = interaction;
    if (act === COMMAND) this.pending.set(id, this.#row(interaction));
    else if (act === COMPONENT) {
      this.failures.delete(message);
      this.waiting.set(id, { message, customId });
    }
  }

  #row({ id, name, channel_id: channel }) {
    return { id, name, user: this.me, bot: this.bot, channel };
  }

  // What the person does ---------------------------------------------------------------------------------------------

  async open(id) {
    this.channel = this.channels.get(id);
    sessionStorage.setItem("channel", id);
    if (!this.histories.has(id)) this.histories.set(id, new History());
    this.#tell("world");
    this.#tell("timeline", { opened: true });
    await this.#load();
    this.#tell("timeline", { opened: true });
  }

  /** Fetches the newest messages of the open channel. */
  async #load() {
    const history = this.history;
    history.expect();
    const page = await this.#attempt(() => this.connection.messages(this.channel.id, { limit: PAGE }));
    if (page) history.refresh(page.messages, PAGE);
    this.#tell("timeline", {});
  }

  /** Opens a channel that may have been made a moment ago: its event is waited for. */
  async enter(id) {
    while (!this.channels.has(id))
      await new Promise((resolve) => this.addEventListener("world", resolve, { once: true }));
    await this.open(id);
  }

  /** Fetches a page of older messages; false if there are none. */
  async loadOlder() {
    const history = this.history;
    if (!history?.loaded || history.complete) return false;
    history.fetching ??= this.#fetchOlder(history).finally(() => (history.fetching = null));
    return history.fetching;
  }

  async #fetchOlder(history) {
    const before = history.messages[0]?.id;
    const page = await this.#attempt(() => this.connection.messages(this.channel.id, { before, limit: PAGE }));
    if (page) history.prepend(page.messages, PAGE);
    this.#tell("timeline", { older: true });
    return Boolean(page);
  }

  get history() {
    return this.histories.get(this.channel?.id);
  }

  /** What is shown in the open channel: messages, then commands on their way. */
  get rows() {
    const messages = this.history?.loaded ? this.history.messages : NONE;
    const pending = [...this.pending.values()].filter((one) => one.channel === this.channel?.id);
    return { messages, pending };
  }

  act(verb, record, files) {
    return this.connection.act(verb, record, files);
  }

  /** Like `act`, but a refusal is shown instead of thrown; undefined then. */
  perform(verb, record) {
    return this.#attempt(() => this.act(verb, record));
  }

  async #attempt(action) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      this.#tell("refused", error.message);
      return undefined;
    }
  }

  dismissPending(id) {
    this.pending.delete(id);
    this.#tell("timeline", {});
  }

  markRead() {
    if (this.unread.delete(this.channel?.id)) this.#tell("unread");
  }

  // Questions of the views -------------------------------------------------------------------------------------------

  /** custom_ids of a message that wait for the bot. */
  busy(message) {
    return new Set([...this.waiting.values()].filter((one) => one.message === message.id).map((one) => one.customId));
  }

  names = {
    person: (id) => this.user(id),
    channel: (id) => this.channels.get(id),
  };

  /** Everybody who can be named, the bot first. */
  get everybody() {
    return [this.bot, ...this.people.values()].map((one) => this.user(one.id));
  }

  user(id) {
    const user = this.people.get(id) ?? (this.bot?.id === id ? this.bot : null);
    return user ? { ...user, name: user.global_name ?? user.username } : null;
  }

  mayDelete(message) {
    return (
      message.author.id === this.me.id || has(message, MessageFlag.EPHEMERAL) || Boolean(this.channel?.may.moderate)
    );
  }
}
