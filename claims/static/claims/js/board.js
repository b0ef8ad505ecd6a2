// [data-board]: left and right walk from column to column, up and down within one; empty columns are passed over.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

for (const board of document.querySelectorAll("[data-board]")) {
  board.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const columns = [...board.querySelectorAll("[data-key-rows]")]
      .map((list) => [...list.querySelectorAll("a.row-title")])
      .filter((cards) => cards.length);
    const here = event.target.closest("[data-key-rows] > *")?.querySelector("a.row-title");
    const at = columns.findIndex((cards) => cards.includes(here));
    if (at < 0 && event.target !== board) return;
    const column = columns[at < 0 ? 0 : at + step[0]];
    const row = at < 0 ? 0 : columns[at].indexOf(here) + step[1];
    const card = step[0] ? column?.[Math.min(row, column.length - 1)] : column?.[row];
    event.preventDefault();
    card?.focus({ preventScroll: true });
    card?.closest("li").scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
