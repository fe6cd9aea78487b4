/** Building blocks of the page. Text only ever becomes text nodes and attributes: names from the game are never markup. */

export const byId = (id) => document.getElementById(id);

/** An element with attributes and children; strings become text nodes. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== undefined && value !== null) made.setAttribute(name, value);
  made.append(...children.filter((child) => child !== undefined && child !== null));
  return made;
}

/** Sets the text only when it differs, so that a selection in it survives. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

export function grouped(number) {
  return Math.round(number).toLocaleString("en-US");
}

/** The whole numbers of a sentence, but no part of a symbol, a date or a fraction. */
export function groupedWithin(text) {
  return text.replace(/(?<![\w.,:]|\w-)\d{4,15}(?![\w-]|,\d)/g, (digits) => grouped(Number(digits)));
}

/** 412345 → 412 k. */
export function thousands(number) {
  const size = Math.abs(number);
  if (size >= 1e6) return `${(number / 1e6).toFixed(2)} M`;
  return size >= 1e3 ? `${Math.round(number / 1e3)} k` : String(Math.round(number));
}

/** X1-AB12-C3 → C3. */
export function shortOf(waypoint) {
  return waypoint?.split("-").slice(2).join("-") || (waypoint ?? "–");
}

export function clockTime(time) {
  return new Date(time).toLocaleTimeString("en-GB");
}

/** Plays a CSS animation once more, even when it is still running. */
export function animate(target, name) {
  target.classList.remove("flash", "hurt", "healed");
  void target.offsetWidth;
  target.classList.add(name);
}
