// SPDX-License-Identifier: EUPL-1.2
// Tells parts of a page when to ask for themselves again: soon after a change, at most every three seconds, and never without
// what came meanwhile. Dispatches `allmende:renew` on document.

const SOON_MS = 150;
const PAUSE_MS = 3000;

let due = null;
let last = -PAUSE_MS;

function tell() {
  due = null;
  last = performance.now();
  document.dispatchEvent(new CustomEvent("allmende:renew"));
}

function plan() {
  due ??= setTimeout(tell, Math.max(SOON_MS, last + PAUSE_MS - performance.now()));
}

document.addEventListener("allmende:changed", plan);
document.addEventListener("allmende:reset", plan);
