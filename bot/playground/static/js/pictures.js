/** Files in a message: pictures in a grid that open large, everything else as a card. Knows no messages. */

import { el, icon } from "./dom.js";

/** `files` are attachments or unfurled media: `{url, filename, width, height, description, content_type, size}`. */
export function files(list) {
  const pictures = list.filter(isPicture);
  const rest = list.filter((file) => !isPicture(file));
  return [pictures.length ? gallery(pictures) : null, ...rest.map(fileCard)];
}

export function isPicture(file) {
  return (
    /^image\/(png|jpe?g|webp|gif|avif)/.test(file.content_type ?? "") ||
    /\.(png|jpe?g|webp|gif|avif)$/i.test(file.filename ?? "")
  );
}

/** One picture in its own shape; two side by side; more in a grid of equal squares. */
export function gallery(pictures) {
  const count = pictures.length;
  return el(
    `div.gallery.gallery-${Math.min(count, 5)}`,
    { data: { count, testid: "gallery" } },
    pictures.map((file) => picture(file, count === 1)),
  );
}

/** Small pictures are enlarged to one size, so that a preview and its result take the same room. */
const LARGEST_PX = 420;
const SMALL_PX = 320;
const MOST_ENLARGED = 5;

function picture(file, alone) {
  const hidden = file.spoiler || /^SPOILER_/.test(file.filename ?? "");
  const label = file.description || file.filename || "picture";
  return el(
    "button.picture",
    {
      type: "button",
      class: hidden ? "veiled" : "",
      "aria-label": `Open ${label}`,
      title: file.description,
      style: alone ? shape(file) : {},
      data: { action: hidden ? "unveil" : "open-picture", src: file.url, name: file.filename },
    },
    el("img", {
      src: file.url,
      alt: file.description ?? "",
      width: file.width,
      height: file.height,
      decoding: "async",
      draggable: "false",
    }),
    file.description ? el("span.alt-mark", { "aria-hidden": "true" }, "ALT") : null,
  );
}

function shape({ width, height }) {
  if (!width || !height) return {};
  const longer = Math.max(width, height);
  const shown = longer < SMALL_PX ? Math.min(SMALL_PX, longer * MOST_ENLARGED) : Math.min(longer, LARGEST_PX);
  const scale = shown / longer;
  return { width: `${Math.round(width * scale)}px`, "aspect-ratio": `${width} / ${height}` };
}

export function fileCard(file) {
  return el(
    "a.file-card",
    { href: file.url, download: file.filename, target: "_blank", rel: "noopener" },
    icon("file"),
    el("span.file-name", {}, file.filename ?? "file"),
    el("span.file-size", {}, file.size ? bytes(file.size) : ""),
    icon("download"),
  );
}

export function bytes(size) {
  if (size < 1000) return `${size} B`;
  if (size < 1_000_000) return `${(size / 1000).toFixed(0)} KB`;
  return `${(size / 1_000_000).toFixed(1)} MB`;
}
