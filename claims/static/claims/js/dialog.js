// data-dialog-open="id" opens that <dialog>; data-dialog-close closes the one around it; so does a click beside it.
// An open user menu closes on Escape and on a click elsewhere.

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog-open]");
  if (opener) document.getElementById(opener.dataset.dialogOpen)?.showModal();
  if (event.target.closest("[data-dialog-close]") || event.target instanceof HTMLDialogElement) {
    event.target.closest("dialog")?.close();
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// A dialog whose form came back with errors is open again, with what was typed.
document.querySelectorAll("dialog[data-open]").forEach((dialog) => dialog.showModal());
