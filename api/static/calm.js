// SPDX-License-Identifier: EUPL-1.2
// Leaves a part of a page as it is while nobody sees it, or while its reader has something of it selected.
function isSelected(element) {
  const selection = getSelection();
  return selection.rangeCount > 0 && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden || isSelected(event.detail.elt)) event.preventDefault();
});
