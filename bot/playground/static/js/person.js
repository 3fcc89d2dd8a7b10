/** Names and faces. Knows no messages. */

import { el } from "./dom.js";

const HUES = [18, 42, 160, 205, 265, 325];

export function nameOf(user) {
  return user.global_name ?? user.name ?? user.username ?? "unknown";
}

/** Initials on a colour that stays the same for one person; the bot shows an aperture. */
export function avatar(user, size = "") {
  const name = nameOf(user);
  if (user.bot) return el("span.avatar.aperture", { class: size, "aria-hidden": "true", title: name }, el("i"));
  const hue = HUES[Number(BigInt(user.id) % BigInt(HUES.length))];
  return el(
    "span.avatar",
    { class: size, "aria-hidden": "true", style: { "--hue": String(hue) }, title: name },
    name.slice(0, 1).toUpperCase(),
  );
}
