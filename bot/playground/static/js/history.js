/** The messages of one channel as far as this page knows them, oldest first. Draws nothing. */

export function older(a, b) {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

export class History {
  messages = [];
  /** Nothing older exists. */
  complete = false;
  loaded = false;
  /** The promise of an older page that is on its way. */
  fetching = null;
  #meanwhile = null; // what happened while the newest page is on its way

  find(id) {
    return this.messages.find((message) => message.id === id);
  }

  /** A new message, or a newer state of a known one. An unknown one that is older than all others is not ours yet. */
  put(message) {
    this.#meanwhile?.push(() => this.put(message));
    const at = this.messages.findIndex((known) => older(known.id, message.id) >= 0);
    if (at < 0) this.messages.push(message);
    else if (this.messages[at].id === message.id) this.messages[at] = message;
    else if (at > 0 || this.complete) this.messages.splice(at, 0, message);
  }

  remove(id) {
    this.#meanwhile?.push(() => this.remove(id));
    this.messages = this.messages.filter((message) => message.id !== id);
  }

  /** A page of older messages; fewer than `limit` says that these are the first ones. */
  prepend(page, limit) {
    const known = new Set(this.messages.map((message) => message.id));
    this.messages = [...page.filter((message) => !known.has(message.id)), ...this.messages];
    this.complete = page.length < limit;
  }

  /** To be called before the newest page is asked for. */
  expect() {
    this.#meanwhile = [];
  }

  /** The newest page after a time without events: what is missing in it was deleted. */
  refresh(page, limit) {
    const whole = page.length < limit;
    const newest = this.messages.at(-1)?.id;
    const gap = !this.loaded || !newest || (!whole && older(page[0].id, newest) > 0);
    const kept = whole || gap ? [] : this.messages.filter((message) => older(message.id, page[0].id) < 0);
    this.complete = whole || (!gap && this.complete);
    this.messages = [...kept, ...page];
    this.loaded = true;
    const missed = this.#meanwhile ?? [];
    this.#meanwhile = null;
    for (const again of missed) again();
  }
}
