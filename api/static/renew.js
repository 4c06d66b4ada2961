// SPDX-License-Identifier: EUPL-1.2
// Tells the parts of a page to renew themselves when data has changed: at once, then after a pause, so that none is lost.
// The pause is two seconds, and at least twenty times what the last renewal took: looking must not cost more than writing.
import { isPaused } from "./pause.js";
import { isSelected } from "./reading.js";

const PAUSE_MS = 2000;
const SHARE = 20;
let pause = PAUSE_MS;
let last = -Infinity;
let waiting = 0;

function renew() {
  waiting = 0;
  // What is missed meanwhile is told by `allmende:reset` when the stream is open again.
  if (isPaused() || document.hidden) return;
  if (isSelected(document.body)) {
    waiting = setTimeout(renew, pause);
    return;
  }
  last = performance.now();
  document.dispatchEvent(new CustomEvent("allmende:renew"));
}

function ask() {
  if (!waiting) {
    waiting = setTimeout(renew, Math.max(0, last + pause - performance.now()));
  }
}

document.addEventListener("allmende:changed", ask);
document.addEventListener("allmende:reset", ask);
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.triggeringEvent?.type === "allmende:renew") {
    pause = Math.max(PAUSE_MS, (performance.now() - last) * SHARE);
  }
});
