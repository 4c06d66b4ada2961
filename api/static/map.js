// SPDX-License-Identifier: EUPL-1.2
// Makes maps of the elements of class `map`, each when it comes near the window; tables beside them work without.

import { readAll } from "./map/given.js";

function isDrawable() {
  try {
    return Boolean(document.createElement("canvas").getContext("webgl2"));
  } catch {
    return false;
  }
}

async function show(element) {
  try {
    if (!isDrawable()) throw new Error("WebGL is not there");
    const [given, { showMap }] = await Promise.all([readAll(element), import("./map/view.js")]);
    await showMap(element, given);
  } catch (error) {
    // A missing map is no fault of the page: what it shows stands in the table.
    console.info(`No map: ${error.message}`);
    element.classList.add("is-away");
    const { away = "", failed = "" } = wordsOf(element);
    element.replaceChildren(Object.assign(document.createElement("p"), { textContent: isDrawable() ? failed : away }));
  }
}

function wordsOf(element) {
  return JSON.parse(element.dataset.words ?? "{}");
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
  for (const element of part.querySelectorAll(".map:not([data-seen])")) {
    element.dataset.seen = "";
    nearby.observe(element);
  }
}

look(document);
document.addEventListener("htmx:load", ({ target }) => look(target));
