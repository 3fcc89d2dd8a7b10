/** What a click in a message does, by the `data-action` of what was clicked: `(target, message, event)`. */

import { openMenu } from "./menu.js";
import { menuOf } from "./message_menu.js";
import { openSelect, optionsOf } from "./select_menu.js";
import { toast } from "./toast.js";

/** `page` holds chat, composer, lightbox and timeline; the last may be put there later. */
export function messageActions(page) {
  const { chat, composer, lightbox } = page;
  return {
    reply: (target, message) => composer.answer(message),
    menu: (target, message, event) => {
      const picture = event.target.closest(".picture");
      openMenu(menuOf(message, picture, page), { ...pointOf(target, event), label: "Message" });
    },
    jump: ({ dataset }, message) => visit(page, { channel: message.channel_id, id: dataset.id }),
    visit: ({ dataset }, message, event) => {
      event.preventDefault();
      visit(page, dataset);
    },
    channel: ({ dataset }) => chat.open(dataset.id),
    command: ({ dataset }) => composer.begin(dataset.name),
    reveal: (target) => target.classList.toggle("revealed"),
    unveil: (target) => {
      target.classList.remove("veiled");
      target.dataset.action = "open-picture";
    },
    "open-picture": (target) => openPicture(lightbox, target),
    click: ({ dataset }, message) => chat.perform("click", { message: message.id, custom_id: dataset.customId }),
    select: (target, message) => select(chat, target, message),
    react: ({ dataset: { emoji, mine } }, message) =>
      chat.perform("react", { message: message.id, emoji, add: mine !== "true" }),
    dismiss: (target, message) => chat.perform("delete", { message: message.id }),
    "dismiss-pending": (target) => chat.dismissPending(target.closest("[data-interaction-id]").dataset.interactionId),
  };
}

async function visit({ chat, timeline }, { channel, id }) {
  if (chat.channels.has(channel) && chat.channel.id !== channel) await chat.open(channel);
  if (chat.channel.id !== channel || !(await timeline.reveal(id))) toast("That message is not there any more.");
}

/** Where a menu opens: at the pointer, or below the button when there was none. */
function pointOf(target, event) {
  if (event.type === "contextmenu" && event.clientX) return { x: event.clientX, y: event.clientY };
  const box = target.getBoundingClientRect();
  return { x: box.left, y: box.bottom + 4 };
}

function openPicture(lightbox, target) {
  const all = [...target.closest(".message").querySelectorAll(".picture:not(.veiled)")];
  const shown = ({ dataset: { src, name }, firstElementChild: { alt } }) => ({ src, name, alt });
  lightbox.open(all.map(shown), all.indexOf(target));
}

function select(chat, target, message) {
  const component = componentOf(message.components, target.dataset.customId);
  const options = optionsOf(component, chat);
  const chosen = options.filter((option) => option.default).map((option) => option.value);
  const { min_values: min = 1, max_values: max = 1, custom_id } = component;
  openSelect(target, { options, min, max, chosen }, (values) =>
    chat.perform("select", { message: message.id, custom_id, values }),
  );
}

function componentOf(components, customId) {
  for (const component of components ?? []) {
    if (component.custom_id === customId) return component;
    const found = componentOf(component.components, customId);
    if (found) return found;
  }
  return null;
}
