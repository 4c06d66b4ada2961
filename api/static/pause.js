// SPDX-License-Identifier: EUPL-1.2
// The button in the frame that stops what a page renews by itself, kept for all pages of this browser.
//
// Dispatches `allmende:paused` on document when it was pressed, here or in another window.

const KEPT = "allmende-paused";
const button = document.getElementById("pause");
let paused = read();

/** Whether the reader wants a page to stay as it is. */
export const isPaused = () => paused;

// A browser may forbid a page to keep anything: then the choice holds for this page.
function read() {
  try { return localStorage.getItem(KEPT) === "yes"; } catch { return false; }
}

function keep() {
  try { localStorage.setItem(KEPT, paused ? "yes" : "no"); } catch { /* See above. */ }
}

function turn(to) {
  paused = to;
  tell();
  document.dispatchEvent(new CustomEvent("allmende:paused"));
}

function tell() {
  if (button) button.textContent = paused ? button.dataset.off : button.dataset.on;
}

button?.addEventListener("click", () => {
  turn(!paused);
  keep();
});
addEventListener("storage", ({ key }) => (key === KEPT || key === null) && turn(read()));
// A page that comes back out of the browser's memory was not told.
addEventListener("pageshow", ({ persisted }) => persisted && read() !== paused && turn(read()));
tell();
button?.removeAttribute("hidden");
