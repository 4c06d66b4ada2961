// SPDX-License-Identifier: EUPL-1.2
// Buttons that copy the text of what they name; they are there only where this script runs.
const status = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(document.querySelector(button.dataset.copies));
    if (status) status.textContent = status.dataset.says;
    const words = button.textContent;
    button.textContent = `✓ ${status?.dataset.says ?? ""}`;
    button.addEventListener("blur", () => { button.textContent = words; if (status) status.textContent = ""; }, { once: true });
  });
}

async function copy(element) {
  if (navigator.clipboard) return navigator.clipboard.writeText(element.textContent);
  // Without TLS browsers have no clipboard of their own for pages; a selection can be copied all the same.
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
  document.execCommand("copy");
}
