// SPDX-License-Identifier: EUPL-1.2
// Asks for the markers again after something has changed: soon, but never so often that asking costs more than looking.

import { isPaused } from "../pause.js";

const SOON_MS = 1500;
const SHARE = 40;

/** Call `renew` after changes until `signal` is aborted; the pause between two calls is at least forty times what the last one took. */
export function renewMarkers(renew, signal) {
  let pause = SOON_MS;
  let due = null;

  async function work() {
    due = null;
    // What is missed meanwhile is told by `allmende:reset` when the stream is open again.
    if (signal.aborted || document.hidden || isPaused()) return;
    const begun = performance.now();
    try {
      await renew();
    } catch {
      // The platform is away for a moment; the next change asks again.
    }
    pause = Math.max(SOON_MS, (performance.now() - begun) * SHARE);
  }

  function plan() {
    due ??= setTimeout(work, pause);
  }

  document.addEventListener("allmende:changed", plan, { signal });
  document.addEventListener("allmende:reset", plan, { signal });
}

/** Call `renew` when a table has other rows, which is after a change was told, until `signal` is aborted. */
export function followRows(table, renew, signal) {
  const rows = new MutationObserver(() => renew().catch(() => {}));
  rows.observe(table, { childList: true, subtree: true });
  signal.addEventListener("abort", () => rows.disconnect());
}
