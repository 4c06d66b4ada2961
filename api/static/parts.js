// SPDX-License-Identifier: EUPL-1.2
// When an open page asks for parts of itself again, and how.
import { isPaused } from "./pause.js";

const THROTTLE = 2000;

/** Call a function soon after changes, and now and then, since time goes on; never two at once, and never unseen or while the page is paused. */
export function every(milliseconds, renew) {
  let last = 0;
  let waiting = 0;
  let running = false;
  const later = () => {
    if (!waiting) waiting = setTimeout(run, Math.max(0, last + THROTTLE - Date.now()));
  };
  const run = async () => {
    waiting = 0;
    if (document.hidden || isPaused()) return;
    if (running) return later();
    running = true;
    last = Date.now();
    try { await renew(); } finally { running = false; }
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
