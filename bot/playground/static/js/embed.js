/** One embed of a message. Knows no messages. */

import { hex } from "./components.js";
import { el } from "./dom.js";
import { inline, markdown } from "./markdown.js";
import { gallery } from "./pictures.js";
import { stamp } from "./time.js";

export function embed(given, names) {
  const { color, author, title, description, fields = [], image, thumbnail, footer, timestamp, url } = given;
  return el(
    "article.embed",
    { style: color ? { "--bar": hex(color) } : {} },
    el(
      "div.embed-text",
      {},
      author ? el("div.embed-author", {}, author.name) : null,
      title
        ? el(
            "div.embed-title",
            {},
            url ? el("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, title) : inline(title, names),
          )
        : null,
      description ? el("div.embed-description", {}, markdown(description, names)) : null,
      fields.length
        ? el(
            "div.embed-fields",
            {},
            fields.map((one) => field(one, names)),
          )
        : null,
    ),
    thumbnail ? el("div.thumbnail", {}, gallery([shown(thumbnail)])) : null,
    image ? gallery([shown(image)]) : null,
    footer || timestamp
      ? el(
          "div.embed-footer",
          {},
          [footer?.text, timestamp ? stamp(new Date(timestamp)) : null].filter(Boolean).join(" · "),
        )
      : null,
  );
}

function field({ name, value, inline: beside }, names) {
  return el(
    "div.embed-field",
    { class: beside ? "beside" : "" },
    el("div.embed-field-name", {}, inline(name, names)),
    el("div", {}, markdown(value, names)),
  );
}

function shown(media) {
  const filename = new URL(media.url, location.href).pathname.split("/").pop();
  return { ...media, filename, content_type: media.content_type ?? "image/png" };
}
