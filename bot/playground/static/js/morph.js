/**
 * Changes one tree of elements into another in place, so that an edited message does not flicker.
 *
 * Elements are matched by `data-key` where they have one, else by position. A picture whose address changes keeps
 * showing the old one until the new one is loaded, for ever if it cannot be. The query of an address is only its
 * signature: where nothing else changed, it is the same picture. Listeners are not carried over: whatever is morphed must be
 * listened to from outside, by delegation.
 */

const arriving = new WeakMap(); // img -> the address it is about to show

export function morph(current, wanted) {
  if (current.isEqualNode(wanted)) return current;
  if (!alike(current, wanted)) {
    current.replaceWith(wanted);
    return wanted;
  }
  if (current.nodeType === Node.TEXT_NODE) {
    if (current.data !== wanted.data) current.data = wanted.data;
    return current;
  }
  morphAttributes(current, wanted);
  morphChildren(current, wanted);
  return current;
}

function alike(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName && a.dataset?.key === b.dataset?.key;
}

function morphAttributes(current, wanted) {
  const isPicture = current.nodeName === "IMG";
  for (const { name } of [...current.attributes]) {
    if (!wanted.hasAttribute(name)) current.removeAttribute(name);
  }
  for (const { name, value } of wanted.attributes) {
    if (isPicture && name === "src") swapPicture(current, value);
    else if (name === "style")
      current.style.cssText = value; // the page's policy forbids the attribute itself
    else if (current.getAttribute(name) !== value) current.setAttribute(name, value);
  }
}

/** Only the newest address wins, however late an older one is loaded. */
function swapPicture(image, address) {
  if (unsigned(image.getAttribute("src")) === unsigned(address)) {
    arriving.delete(image);
    return;
  }
  arriving.set(image, address);
  const loader = new Image();
  const newest = () => arriving.get(image) === address && arriving.delete(image);
  loader.addEventListener("load", () => newest() && (image.src = address));
  loader.addEventListener("error", newest);
  loader.src = address;
}

function unsigned(address) {
  return address?.split("?")[0];
}

function morphChildren(current, wanted) {
  const keyed = new Map();
  for (const child of current.children) if (child.dataset.key) keyed.set(child.dataset.key, child);
  let place = current.firstChild;
  for (const child of [...wanted.childNodes]) {
    const key = child.dataset?.key;
    const known = key ? keyed.get(key) : null;
    if (known && known !== place) current.insertBefore(known, place);
    const candidate = known ?? place;
    if (candidate && alike(candidate, child)) {
      place = candidate.nextSibling;
      morph(candidate, child);
    } else {
      current.insertBefore(child, place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
