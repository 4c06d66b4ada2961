// SPDX-License-Identifier: EUPL-1.2
// What belongs to the reader of a page that renews itself: what they have selected, and where on the page they are.

/** Whether something of an element is selected: somebody is about to copy it. */
export function isSelected(element) {
  const selection = getSelection();
  return selection.rangeCount > 0 && !selection.isCollapsed && selection.getRangeAt(0).intersectsNode(element);
}

// An address may name a part of its page (#letters): the reader went there once, what renews itself does not go there again.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.path = detail.path.split("#", 1)[0];
});
