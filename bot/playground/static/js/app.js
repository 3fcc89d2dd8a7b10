/** Puts the page together: the chat and its views. */

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { dropFiles } from "./drop.js";
import { Lightbox } from "./lightbox.js";
import { messageActions } from "./message_actions.js";
import { Modal } from "./modal.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { toast } from "./toast.js";
import { Topbar } from "./topbar.js";

const byId = (...ids) => Object.fromEntries(ids.map((id) => [id, document.getElementById(id)]));

const connection = new Connection();
const chat = new Chat(connection);
const {
  frame,
  main,
  composer: place,
  scroller,
  timeline: list,
  jump,
} = byId("frame", "main", "composer", "scroller", "timeline", "jump");
const { menuButton, ...bar } = byId("title", "topic", "presence", "banner", "typing", "menuButton");

const page = { chat, lightbox: new Lightbox(), composer: new Composer(chat, place) };
page.timeline = new Timeline(chat, { scroller, list, jump }, messageActions(page));
new Topbar(chat, bar);
new Sidebar(chat, { frame, menuButton, play, ...byId("channels", "directs", "players", "shade") });
dropFiles(main, (files) => page.composer.addFiles(files));

chat.addEventListener("modal", ({ detail }) => new Modal(chat, detail).open());
chat.addEventListener("refused", ({ detail }) => toast(detail));
addEventListener("keydown", typeAnywhere);

/** Letters typed with nothing in focus go to the message. */
function typeAnywhere(event) {
  const free = document.activeElement === document.body || document.activeElement === scroller;
  if (free && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) page.composer.focus();
}

/** The person played is remembered by the tab, so that two tabs can be two people. */
function play(id) {
  sessionStorage.setItem("person", id);
  connection.open(id);
}

/** `?as=ben` in the address, else whom the tab remembers, else the first. */
async function somebody() {
  const { people } = await (await fetch("/page/people")).json();
  const asked = new URLSearchParams(location.search).get("as")?.toLowerCase();
  window.history.replaceState(null, "", location.pathname);
  const remembered = sessionStorage.getItem("person");
  return people.find(({ username }) => username === asked) ?? people.find(({ id }) => id === remembered) ?? people[0];
}

play((await somebody()).id);
