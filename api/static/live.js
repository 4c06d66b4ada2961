// SPDX-License-Identifier: EUPL-1.2
// Tells a page which entities change: one stream of /events, named by <body data-events="/events?type=...">.
//
// Dispatches on document: `allmende:changed` with {id, type, modifiedAt} (and `deleted`), and `allmende:reset` where changes
// may have been missed, so that what the page shows is to be read again.

import { isPaused } from "./pause.js";

const AGAIN_MS = 5000;

let source = null;
let waiting = null;
let missed = false;

const dispatch = (name, detail) => document.dispatchEvent(new CustomEvent(name, { detail }));

function open() {
  const url = document.body.dataset.events;
  if (!url || source) return;
  if (document.visibilityState === "hidden" || isPaused()) {
    missed = true;
    return;
  }
  clearTimeout(waiting);
  source = new EventSource(url);
  source.addEventListener("open", () => {
    if (missed) dispatch("allmende:reset", null);
    missed = false;
  });
  source.addEventListener("entity", (event) => dispatch("allmende:changed", JSON.parse(event.data)));
  source.addEventListener("reset", () => dispatch("allmende:reset", null));
  source.addEventListener("error", () => {
    // The browser connects again by itself and is told what it missed, unless it was refused.
    if (source?.readyState !== EventSource.CLOSED) return;
    close();
    waiting = setTimeout(open, AGAIN_MS * (1 + Math.random()));
  });
}

function close() {
  clearTimeout(waiting);
  if (!source) return;
  source.close();
  source = null;
  missed = true;
}

// A browser opens few connections to a host: pages that nobody sees must not hold them.
addEventListener("pagehide", close);
addEventListener("pageshow", open);
document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? close() : open()));
document.addEventListener("allmende:paused", () => (isPaused() ? close() : open()));
open();
