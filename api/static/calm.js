// SPDX-License-Identifier: EUPL-1.2
// Leaves a part of a page as it is while nobody sees it, while its reader wants it so, or has something of it selected.
import { isPaused } from "./pause.js";

function isSelected(element) {
  const selection = getSelection();
  return selection.rangeCount > 0 && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden || isPaused() || isSelected(event.detail.elt)) event.preventDefault();
});
