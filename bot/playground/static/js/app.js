/** Puts the page together: the chat, its views, and what a click in a message does. */

import { Chat } from "./chat.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { CommandType, MessageFlag, has } from "./flags.js";
import { Lightbox } from "./lightbox.js";
import { openMenu } from "./menu.js";
import { openModal } from "./modal.js";
import { openSelect, optionsOf } from "./select_menu.js";
import { Sidebar } from "./sidebar.js";
import { Timeline } from "./timeline.js";
import { toast } from "./toast.js";
import { Topbar } from "./topbar.js";
import { dropFiles } from "./drop.js";
import { icon } from "./dom.js";

const byId = (id) => document.getElementById(id);

const connection = new Connection();
const chat = new Chat(connection);
const lightbox = new Lightbox();
const composer = new Composer(chat, byId("composer"));
const timeline = new Timeline(
  chat,
  { scroller: byId("scroller"), list: byId("timeline"), jump: byId("jump") },
  {
    reply: (target, message) => composer.reply(message),
    menu: (target, message, event) => openMenu(menuOf(message), { ...pointOf(target, event), label: "Message" }),
    jump: ({ dataset }, message) => visit({ channel: message.channel_id, id: dataset.id }),
    visit: ({ dataset }, message, event) => {
      event.preventDefault();
      return visit(dataset);
    },
    channel: ({ dataset }) => chat.open(dataset.id),
    command: ({ dataset }) => composer.begin(dataset.name),
    reveal: (target) => target.classList.toggle("revealed"),
    unveil: (target) => {
      target.classList.remove("veiled");
      target.dataset.action = "open-picture";
    },
    "open-picture": openPicture,
    click: ({ dataset }, message) =>
      chat.attempt(() => chat.act("click", { message: message.id, custom_id: dataset.customId })),
    select: openSelectOf,
    react: ({ dataset }, message) =>
      chat.attempt(() =>
        chat.act("react", { message: message.id, emoji: dataset.emoji, add: dataset.mine !== "true" }),
      ),
    dismiss: (target, message) => chat.attempt(() => chat.act("delete", { message: message.id })),
    "dismiss-pending": (target) => chat.dismissPending(target.closest("[data-interaction-id]").dataset.interactionId),
  },
);

new Topbar(chat, {
  title: byId("channel-title"),
  topic: byId("topic"),
  presence: byId("presence"),
  banner: byId("banner"),
  typing: byId("typing"),
  menuButton: byId("menu-button"),
});
new Sidebar(chat, {
  frame: byId("frame"),
  channels: byId("channels"),
  directs: byId("directs"),
  players: byId("players"),
  shade: byId("shade"),
  menuButton: byId("menu-button"),
  play,
});
dropFiles(byId("main"), (files) => composer.addFiles(files));

chat.addEventListener("modal", ({ detail }) => openModal(chat, detail));
chat.addEventListener("refused", ({ detail }) => toast(detail));
addEventListener("keydown", typeAnywhere);

function menuOf(message) {
  const apps = chat.commands.filter((command) => command.type === CommandType.MESSAGE);
  const ephemeral = has(message, MessageFlag.EPHEMERAL);
  return [
    ...(ephemeral
      ? []
      : [{ label: "Reply", name: "Reply", drawing: icon("reply"), run: () => composer.reply(message) }]),
    ...(apps.length && !ephemeral ? ["Apps", ...apps.map((command) => appItem(command, message))] : []),
    ...(apps.length && !ephemeral ? ["Message"] : []),
    { label: "Copy text", name: "Copy text", drawing: icon("copy"), run: () => copy(message.content) },
    { label: "Copy message ID", name: "Copy id", drawing: icon("copy"), run: () => copy(message.id) },
    ...(chat.mayDelete(message)
      ? [
          {
            label: ephemeral ? "Dismiss" : "Delete",
            name: "Delete",
            danger: true,
            drawing: icon("trash"),
            run: () => remove(message),
          },
        ]
      : []),
  ];
}

function appItem({ name }, message) {
  const run = () =>
    chat.attempt(() => chat.act("use-on-message", { channel: message.channel_id, message: message.id, command: name }));
  return { label: name, name, drawing: icon("bot"), run };
}

async function visit({ channel, id }) {
  if (chat.channels.has(channel) && chat.channel.id !== channel) await chat.open(channel);
  if (chat.channel.id !== channel || !(await timeline.reveal(id))) toast("That message is not there any more.");
}

function remove(message) {
  return chat.attempt(() => chat.act("delete", { message: message.id }));
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.", "quiet");
}

/** Where a menu opens: at the pointer, or beside the button when there was none. */
function pointOf(target, event) {
  if (event.type === "contextmenu" && event.clientX) return { x: event.clientX, y: event.clientY };
  const box = target.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
}

function openPicture(target) {
  const all = [...target.closest(".message").querySelectorAll(".picture:not(.veiled)")];
  const pictures = all.map((one) => ({
    src: one.dataset.src,
    name: one.dataset.name,
    alt: one.querySelector("img").alt,
  }));
  lightbox.open(pictures, all.indexOf(target));
}

function openSelectOf(target, message) {
  const component = componentOf(message.components, target.dataset.customId);
  const options = optionsOf(component, chat);
  const chosen = options.filter((option) => option.default).map((option) => option.value);
  const { min_values: min = 1, max_values: max = 1, custom_id } = component;
  openSelect(target, { options, min, max, chosen }, (values) =>
    chat.attempt(() => chat.act("select", { message: message.id, custom_id, values })),
  );
}

function componentOf(components, customId) {
  for (const component of components ?? []) {
    const found =
      component.custom_id === customId
        ? component
        : componentOf(
            [...(component.components ?? []), ...(component.accessory ? [component.accessory] : [])],
            customId,
          );
    if (found) return found;
  }
  return null;
}

/** Letters typed with nothing in focus go to the message. */
function typeAnywhere(event) {
  const free = document.activeElement === document.body || document.activeElement === byId("scroller");
  if (free && event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey) composer.focus();
}

/** The person played is remembered by the tab, so that two tabs can be two people. */
function play(id) {
  sessionStorage.setItem("person", id);
  connection.open(id);
}

const { people } = await (await fetch("/page/people")).json();
const asked = new URLSearchParams(location.search).get("as")?.toLowerCase();
const wanted =
  people.find((person) => person.username === asked) ??
  people.find((person) => person.id === sessionStorage.getItem("person"));
window.history.replaceState(null, "", location.pathname);
play((wanted ?? people[0]).id);
