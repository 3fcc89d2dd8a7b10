/**
 * Buttons, selects and Components V2 as Discord draws them in a message.
 *
 * Draws only: what a click does is said by `data-action` and answered by whoever holds the timeline. `context` carries
 * `names` for mentions, `attachments` of the message, and `busy`, the custom_ids that wait for the bot.
 */

import { ComponentType as Type, SELECTS } from "./flags.js";
import { el, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { fileCard, gallery } from "./pictures.js";

const BUTTON_STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "premium" };

const DRAWINGS = {
  [Type.ACTION_ROW]: (row, context) => el("div.action-row", {}, components(row.components, context)),
  [Type.BUTTON]: button,
  [Type.SECTION]: section,
  [Type.TEXT_DISPLAY]: (text, context) => el("div.text-display", {}, markdown(text.content, context.names)),
  [Type.THUMBNAIL]: (thumbnail, context) => el("div.thumbnail", {}, gallery([media(thumbnail, context)])),
  [Type.MEDIA_GALLERY]: (all, context) => gallery(all.items.map((item) => media(item, context))),
  [Type.FILE]: (file, context) => fileCard(media({ ...file, media: file.file }, context)),
  [Type.SEPARATOR]: (line) =>
    el("div.separator", {
      class: `${line.divider === false ? "blank" : ""} ${line.spacing === 2 ? "wide" : ""}`,
      role: "separator",
    }),
  [Type.CONTAINER]: container,
};

export function components(list, context) {
  return (list ?? []).map((component) => draw(component, context));
}

function draw(component, context) {
  const drawing = SELECTS.has(component.type) ? select : DRAWINGS[component.type];
  return drawing ? drawing(component, context) : el("div.unknown-component", {}, `Component of type ${component.type}`);
}

export function emoji(given) {
  return given?.name ? el("span.emoji", { "aria-hidden": "true" }, given.id ? `:${given.name}:` : given.name) : null;
}

function button(component, { busy }) {
  const style = BUTTON_STYLES[component.style] ?? "secondary";
  const content = [emoji(component.emoji), component.label ? el("span", {}, component.label) : null];
  if (component.style === 5) {
    return el(
      "a.component-button.link",
      { href: component.url, target: "_blank", rel: "noopener noreferrer" },
      content,
      icon("link"),
    );
  }
  const waiting = busy?.has(component.custom_id);
  return el(
    `button.component-button.${style}`,
    {
      type: "button",
      disabled: component.disabled,
      class: waiting ? "waiting" : "",
      "aria-busy": waiting ? "true" : null,
      "aria-label": component.label ? null : component.emoji?.name,
      data: { action: "click", customId: component.custom_id, testid: "button" },
    },
    content,
  );
}

function select(component, { busy }) {
  const chosen = (component.options ?? []).filter((option) => option.default).map((option) => option.label);
  return el(
    "button.component-select",
    {
      type: "button",
      disabled: component.disabled,
      class: busy?.has(component.custom_id) ? "waiting" : "",
      "aria-haspopup": "listbox",
      data: { action: "select", customId: component.custom_id, testid: "select" },
    },
    el(
      "span",
      { class: chosen.length ? "chosen" : "placeholder" },
      chosen.join(", ") || component.placeholder || "Make a selection",
    ),
    icon("down"),
  );
}

function section(component, context) {
  return el(
    "div.section",
    {},
    el("div.section-text", {}, components(component.components, context)),
    draw(component.accessory, context),
  );
}

function container(component, context) {
  const colour = component.accent_color;
  return el(
    "div.container",
    {
      class: component.spoiler ? "veiled" : "",
      style: colour === null || colour === undefined ? {} : { "--bar": hex(colour) },
      data: component.spoiler ? { action: "unveil" } : {},
    },
    components(component.components, context),
  );
}

export function hex(colour) {
  return `#${colour.toString(16).padStart(6, "0")}`;
}

/** What a gallery item shows; `attachment://name` stands for a file of the same message. */
function media(item, { attachments }) {
  const address = item.media.url;
  const name = /^attachment:\/\/(.+)$/.exec(address)?.[1];
  const attachment = attachments?.find((file) =>
    name ? file.filename === name : file.id === item.media.attachment_id,
  );
  const shown = name && attachment ? attachment.url : address;
  return {
    ...attachment,
    ...item.media,
    url: shown,
    filename: attachment?.filename ?? new URL(shown, location.href).pathname.split("/").pop(),
    content_type: item.media.content_type ?? attachment?.content_type ?? "image/png",
    description: item.description ?? attachment?.description,
    spoiler: item.spoiler,
  };
}
