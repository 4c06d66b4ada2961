// SPDX-License-Identifier: EUPL-1.2
// When an open page asks for parts of itself again, and how they take their places.
import { isPaused } from "./pause.js";

const THROTTLE = 2000;

/** Call a function soon after changes, and now and then, since time goes on; never two at once, and never unseen or while the page is paused. */
export function every(milliseconds, renew) {
  let last = 0;
  let waiting = 0;
  let running = false;
  let missed = false;
  const later = () => {
    if (running) missed = true;
    else waiting ||= setTimeout(run, Math.max(0, last + THROTTLE - Date.now()));
  };
  const run = async () => {
    waiting = 0;
    if (document.hidden || isPaused()) return;
    [running, missed, last] = [true, false, Date.now()];
    try { await renew(); } finally { running = false; }
    if (missed) later();
  };
  for (const name of ["allmende:changed", "allmende:reset", "allmende:paused", "visibilitychange"]) document.addEventListener(name, later);
  setInterval(later, milliseconds);
}

/** A part of this page as the server tells it now; nothing while it is away. What is gone has another page. */
export async function fetchPart(query) {
  try {
    const response = await fetch(`${location.pathname}?${query}&lang=${document.documentElement.lang}`, { headers: { Accept: "text/html" } });
    if (response.status === 404) location.reload();
    if (!response.ok) return null;
    return new DOMParser().parseFromString(await response.text(), "text/html");
  } catch {
    return null;
  }
}

/** New content; what is unfolded, what has the focus, and where a table was scrolled to stay so. */
export function exchange(shown, fresh) {
  const open = [...shown.querySelectorAll("details")].map((details) => details.open);
  const focused = focusable(shown).indexOf(document.activeElement);
  const top = shown.querySelector(".table")?.scrollTop;
  shown.replaceChildren(...[...fresh.childNodes].map((node) => document.importNode(node, true)));
  shown.querySelectorAll("details").forEach((details, index) => { details.open = open[index] ?? false; });
  if (focused >= 0) focusable(shown)[focused]?.focus({ preventScroll: true });
  if (top) shown.querySelector(".table")?.scrollTo({ top });
}

function focusable(element) {
  return [...element.querySelectorAll("a[href], button, summary, [tabindex]")];
}
