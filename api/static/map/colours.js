// SPDX-License-Identifier: EUPL-1.2
// The colours of a map, from the style sheet, so that darkness and print need no second list.

const NAMES = ["ground", "land", "water", "green", "road", "line", "ink", "halo", "accent", "accent-ink"];
const TONES = 6;

/** What the style sheet says now; `scheme` names it in the pictures drawn with these colours. */
export function readColours(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const colours = Object.fromEntries(NAMES.map((name) => [name.replace("-ink", "Ink"), read(`map-${name}`)]));
  colours.tones = Array.from({ length: TONES }, (_, index) => read(`tone-${index}`));
  colours.scheme = isDark() ? "dark" : "light";
  return colours;
}

/** Call `change` whenever the reader's device turns dark or light, until `signal` is aborted. */
export function onScheme(change, signal) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change, { signal });
}

function isDark() {
  return matchMedia("(prefers-color-scheme: dark)").matches;
}
