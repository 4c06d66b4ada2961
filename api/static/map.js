// SPDX-License-Identifier: EUPL-1.2
// Makes maps of the elements of class `map`, each when it comes near the window; tables beside them work without.

import { readAll, wordsOf } from "./map/given.js";

/** What ends the map of an element, made already or not. */
const endings = new WeakMap();
let drawable = null;

// Each canvas that is asked takes one of the few drawing contexts of a page: one is asked once.
function isDrawable() {
  try {
    drawable ??= Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    drawable = false;
  }
  return drawable;
}

async function show(element) {
  const { signal } = endings.get(element);
  try {
    if (!isDrawable()) throw new Error("WebGL is not there");
    const [given, { showMap }] = await Promise.all([readAll(element), import("./map/view.js")]);
    await showMap(element, given, signal);
  } catch (error) {
    if (signal.aborted) return;
    // A missing map is no fault of the page: what it shows stands in the table.
    console.info(`No map: ${error.message}`);
    element.classList.add("is-away");
    const { away = "", failed = "" } = wordsOf(element);
    element.replaceChildren(Object.assign(document.createElement("p"), { textContent: isDrawable() ? failed : away }));
  }
}

const nearby = new IntersectionObserver(
  (entries) => {
    for (const entry of entries.filter(({ isIntersecting }) => isIntersecting)) {
      nearby.unobserve(entry.target);
      // After the first paint: the list beside the map is what people read first.
      requestAnimationFrame(() => setTimeout(show, 0, entry.target));
    }
  },
  { rootMargin: "300px" },
);

function look(part) {
  for (const element of part.querySelectorAll(".map")) {
    if (endings.has(element)) continue;
    endings.set(element, new AbortController());
    nearby.observe(element);
  }
}

look(document);
document.addEventListener("htmx:load", ({ target }) => look(target));
document.addEventListener("htmx:beforeCleanupElement", ({ target }) => endings.get(target)?.abort());
