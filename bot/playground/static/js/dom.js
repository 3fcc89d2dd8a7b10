/**
 * Builds elements. Knows nothing of chats.
 *
 * Strings always become text nodes: nothing that a bot or a person sends is ever parsed as HTML.
 */

const SVG = "http://www.w3.org/2000/svg";

/** `el("button.action.quiet", {type: "button", data: {action: "reply"}, on: {click}}, "Reply")` */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(properties)) assign(node, key, value);
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

function assign(node, key, value) {
  if (value === null || value === undefined || value === false) return;
  if (key === "data") Object.assign(node.dataset, defined(value));
  else if (key === "style") for (const [name, css] of Object.entries(value)) node.style.setProperty(name, css);
  else if (key === "on") for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
  else if (key === "class") node.classList.add(...value.split(" ").filter(Boolean));
  else node.setAttribute(key, value === true ? "" : value);
}

function defined(record) {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== null && value !== undefined));
}

const ICONS = {
  attach: "M12 5v14M5 12h14",
  bot: "M12 3v4M6 9h12v10H6zM9.5 13.5v1M14.5 13.5v1M3 13v3M21 13v3",
  check: "M5 12.5l4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h10v11H9zM15 9V4H5v11h4",
  down: "M6 9l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  file: "M7 3h7l4 4v14H7zM14 3v5h4",
  hash: "M10 4L8 20M16 4l-2 16M5 9h15M4 15h15",
  link: "M14 5h5v5M19 5l-8 8M11 6H5v13h13v-6",
  menu: "M4 7h16M4 12h16M4 17h16",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  next: "M9 5l7 7-7 7",
  previous: "M15 5l-7 7 7 7",
  reply: "M9 7L4 12l5 5M4 12h10a6 6 0 0 1 6 6v1",
  send: "M4 12l16-8-5 16-4-6z",
  slash: "M15 4L9 20",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  warning: "M12 4l9 16H3zM12 10v4M12 17h.01",
};

/** A line drawing of 24 × 24 in the colour of the text around it. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
