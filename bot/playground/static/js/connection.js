/** The line to the playground: a socket for what happens, POSTs for what a person does. Knows no page. */

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 3000;

/** The playground said no; `message` is for the person, `option` names the field that it is about, if any. */
export class Refused extends Error {
  constructor(message, option = null) {
    super(message);
    this.option = option;
  }
}

/** Emits "event" (detail: the event) and "state" (detail: whether the socket is open). Reopens by itself. */
export class Connection extends EventTarget {
  #socket = null;
  #wait = FIRST_WAIT_MS;
  #timer = null;
  user = null;
  /** Modals open only in the tab that asked for them. */
  tab = crypto.randomUUID?.() ?? String(Math.random());

  open(user) {
    clearTimeout(this.#timer);
    const before = this.#socket;
    this.user = user;
    this.#socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/page?user=${user}&tab=${this.tab}`);
    before?.close();
    this.#listen(this.#socket);
  }

  #listen(socket) {
    const current = () => socket === this.#socket;
    socket.addEventListener("open", () => {
      if (!current()) return;
      this.#wait = FIRST_WAIT_MS;
      this.#tell("state", true);
    });
    socket.addEventListener("message", ({ data }) => current() && this.#tell("event", JSON.parse(data)));
    socket.addEventListener("close", () => {
      if (!current()) return;
      this.#tell("state", false);
      this.#timer = setTimeout(() => this.open(this.user), this.#wait);
      this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT_MS);
    });
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Messages of a channel that the person may see, oldest first; `before` a message id. */
  async messages(channel, { before = null, limit = 50 } = {}) {
    const query = new URLSearchParams({ user: this.user, channel, limit, ...(before ? { before } : {}) });
    return answered(await fetched(`/page/messages?${query}`));
  }

  /** Does something as the person; `files` are pairs of a field's name and a File. */
  async act(verb, record, files = []) {
    const body = JSON.stringify({ user: this.user, tab: this.tab, ...record });
    const pairs = [...files];
    if (!pairs.length)
      return answered(
        await fetched(`/page/${verb}`, { method: "POST", body, headers: { "Content-Type": "application/json" } }),
      );
    const form = new FormData();
    form.append("payload_json", body);
    for (const [name, file] of pairs) form.append(name, file, file.name);
    return answered(await fetched(`/page/${verb}`, { method: "POST", body: form }));
  }
}

async function fetched(address, options) {
  try {
    return await fetch(address, options);
  } catch {
    throw new Refused("The playground cannot be reached: is it still running?");
  }
}

async function answered(response) {
  const told = await response.json().catch(() => ({}));
  if (response.ok) return told;
  throw new Refused(told.error ?? `The playground answered ${response.status}.`, told.option);
}
