// Where a row of tabs is wider than the screen, the tab of this page is in view.

document.querySelector(".desk-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
