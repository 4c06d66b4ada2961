// SPDX-License-Identifier: EUPL-1.2
// Buttons that copy the text of what they name; they are there only where this script runs.
const status = document.getElementById("copied");

for (const button of document.querySelectorAll("[data-copies]")) {
  const words = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await copy(document.querySelector(button.dataset.copies));
    if (status) status.textContent = status.dataset.says;
    button.textContent = `✓ ${status?.dataset.says ?? ""}`;
    button.addEventListener("blur", () => { button.textContent = words; if (status) status.textContent = ""; }, { once: true });
  });
}

async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    // Without TLS browsers have no clipboard for pages, and others forbid it; a selection can be copied all the same.
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
}
