// data-select: a form with boxes named "claim". Arrows walk them, Shift with an arrow or a click ticks the range between,
// "This page" ticks all, and the count is said aloud. Ticking all that match sends no boxes: the server finds them itself.
// On a board the arrows belong to the board.

for (const form of document.querySelectorAll("[data-select]")) {
  // Asked anew each time: the list may have changed since.
  const boxes = () => [...form.querySelectorAll('input[name="claim"]')];
  const page = form.querySelector("[data-select-page]");
  const everything = form.querySelector("[data-select-everything]");
  const count = form.querySelector("[data-select-count]");
  const pageBox = page.querySelector("input");
  let last = null;

  const tell = () => {
    const all = boxes();
    const ticked = all.filter((box) => box.checked).length;
    pageBox.checked = ticked > 0 && ticked === all.length;
    pageBox.indeterminate = ticked > 0 && ticked < all.length;
    count.textContent = everything.checked || !ticked ? "" : `${ticked} ${count.dataset.selectWords}`;
  };

  const tickBetween = (one, other, ticked) => {
    const all = boxes();
    const [from, to] = [all.indexOf(one), all.indexOf(other)].sort((a, b) => a - b);
    all.slice(from, to + 1).forEach((box) => (box.checked = ticked));
  };

  form.addEventListener("click", (event) => {
    if (!boxes().includes(event.target)) return;
    if (event.shiftKey && last?.isConnected) tickBetween(last, event.target, event.target.checked);
    last = event.target;
    tell();
  });

  form.addEventListener("keydown", (event) => {
    if (form.querySelector("[data-board]")) return;
    const all = boxes();
    const at = all.indexOf(event.target);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = at >= 0 && step ? all[at + step] : undefined;
    if (!next) return;
    event.preventDefault();
    if (event.shiftKey) {
      event.target.checked = true;
      next.checked = true;
      tell();
    }
    last = next;
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  });

  pageBox.addEventListener("change", () => {
    boxes().forEach((box) => (box.checked = pageBox.checked));
    tell();
  });
  everything.addEventListener("change", tell);
  document.addEventListener("rows:changed", tell);
  // What the browser itself brought back, as after going back a page.
  addEventListener("pageshow", tell);
  for (const shown of [page, form.querySelector("[data-select-help]")]) shown.hidden = false;
}
