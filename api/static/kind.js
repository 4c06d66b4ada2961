// SPDX-License-Identifier: EUPL-1.2
// The list of a type: cells whose value has changed are marked for a moment; forms leave out what is empty.
import "./renew.js";

let before = null;
let left = 0;
let asked = null; // The request for another list that the reader waits for.

function cellsOf(part) {
  const cells = new Map();
  for (const row of part.querySelectorAll("tr[data-id]")) {
    for (const cell of row.querySelectorAll("td[data-column]")) {
      cells.set(`${row.dataset.id}\n${cell.dataset.column}`, cell);
    }
  }
  return cells;
}

document.addEventListener("htmx:beforeSend", ({ detail }) => {
  if (detail.target.id === "list") asked = detail.xhr;
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.xhr === asked) asked = null;
});

// Going back exchanges the list as going on does: the rest of the page stays, with its map and its buttons.
document.addEventListener("htmx:historyCacheMiss", (event) => {
  event.preventDefault();
  const list = { target: "#list", select: "#list", swap: "outerHTML show:none" };
  htmx.ajax("GET", event.detail.path, list).catch(() => location.reload());
});

document.addEventListener("htmx:beforeSwap", (event) => {
  const { target, xhr } = event.detail;
  if (asked && xhr !== asked) {
    // The reader waits for another list: neither an older one nor a renewal takes its place; what that told is asked again.
    event.preventDefault();
    document.dispatchEvent(new CustomEvent("allmende:reset"));
    return;
  }
  if (xhr.status === 404 || xhr.status === 400) {
    // The last entity has gone, or a filter is wrong: the page that says so is the answer.
    event.detail.isError = false;
    location.assign(xhr.responseURL);
  }
  before = target.id === "rows" ? new Map([...cellsOf(target)].map(([key, cell]) => [key, cell.textContent])) : null;
  left = target.querySelector(".table")?.scrollLeft ?? 0;
});

document.addEventListener("htmx:afterSwap", () => {
  const rows = document.getElementById("rows");
  if (!before || !rows) {
    return;
  }
  // What the reader scrolled to stays in sight.
  const table = rows.querySelector(".table");
  if (table) table.scrollLeft = left;
  for (const [key, cell] of cellsOf(rows)) {
    if (before.has(key) && before.get(key) !== cell.textContent) {
      cell.classList.add("changed");
    }
  }
  before = null;
});

document.addEventListener("formdata", (event) => {
  for (const [name, value] of [...event.formData]) {
    if (value === "") {
      event.formData.delete(name);
    }
  }
});

document.addEventListener("allmende:renew", () => {
  if (!document.getElementById("rows")) {
    location.reload();
  }
});
