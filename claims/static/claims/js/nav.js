// Where a row of tabs is wider than the screen, the tab of this page is in view.

for (const current of document.querySelectorAll(".desk-nav [aria-current], .parts-nav [aria-current]")) {
  current.scrollIntoView({ block: "nearest", inline: "center" });
}
