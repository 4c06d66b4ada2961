// SPDX-License-Identifier: EUPL-1.2
// Leaves a part of a page as it is while nobody sees it, while its reader wants it so, or has something of it selected.
import { isPaused } from "./pause.js";
import { isSelected } from "./reading.js";

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden || isPaused() || isSelected(event.detail.elt)) event.preventDefault();
});
