// SPDX-License-Identifier: EUPL-1.2
// Tells the parts of a page to renew themselves when data has changed: at once, at most every two seconds, none lost.
const PAUSE_MS = 2000;
let last = -Infinity;
let waiting = 0;

function isReading() {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed);
}

function renew() {
  waiting = 0;
  if (document.hidden || isReading()) {
    waiting = setTimeout(renew, PAUSE_MS);
    return;
  }
  last = performance.now();
  document.dispatchEvent(new CustomEvent("allmende:renew"));
}

function ask() {
  if (!waiting) {
    waiting = setTimeout(renew, Math.max(0, last + PAUSE_MS - performance.now()));
  }
}

document.addEventListener("allmende:changed", ask);
document.addEventListener("allmende:reset", ask);
