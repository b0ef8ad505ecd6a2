// [data-board]: left and right walk from lane to lane, up and down within one, over all of its states; a lane without
// claims is passed over. On a narrow screen the claims of one state are shown, chosen by [data-board-choice], which also
// says how many each state has.

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

for (const board of document.querySelectorAll("[data-board]")) {
  const choice = document.querySelector("[data-board-choice]");
  const columns = () => [...board.querySelectorAll("[data-column]")];

  const show = () => {
    for (const column of columns()) column.classList.toggle("is-chosen", column.dataset.column === choice.value);
  };

  const count = () => {
    for (const column of columns()) {
      const option = choice.querySelector(`[value="${column.dataset.column}"]`);
      const [name, number] = ["[data-column-name]", ".column-count"].map((part) => column.querySelector(part).textContent.trim());
      option.textContent = `${name} (${number})`;
    }
  };

  choice.addEventListener("change", show);
  document.addEventListener("rows:changed", count);
  choice.value = columns().find((column) => column.querySelector("li"))?.dataset.column ?? choice.value;
  choice.closest("[hidden]").hidden = false;
  board.classList.add("has-choice");
  show();

  board.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const walked = [...board.querySelectorAll("[data-lane]")]
      .map((list) => [...list.querySelectorAll("a.row-title")].filter((card) => card.getClientRects().length))
      .filter((cards) => cards.length);
    const here = event.target.closest("[data-key-rows] > *")?.querySelector("a.row-title");
    const at = walked.findIndex((cards) => cards.includes(here));
    if (at < 0 && event.target !== board) return;
    const lane = walked[at < 0 ? 0 : at + step[0]];
    const row = at < 0 ? 0 : walked[at].indexOf(here) + step[1];
    const card = step[0] ? lane?.[Math.min(row, lane.length - 1)] : lane?.[row];
    event.preventDefault();
    card?.focus({ preventScroll: true });
    card?.closest("li").scrollIntoView({ block: "nearest", inline: "nearest" });
  });
}
