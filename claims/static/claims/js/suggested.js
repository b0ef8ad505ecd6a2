// The words below a field that holds several, parted by commas, become buttons that put a word in or take it out again.

for (const list of document.querySelectorAll("[data-suggests-for]")) {
  const field = document.getElementById(list.dataset.suggestsFor);
  const words = () => field.value.split(",").map((word) => word.trim()).filter(Boolean);
  const has = (word) => words().some((each) => each.toLowerCase() === word.toLowerCase());
  const buttons = [...list.querySelectorAll("li")].map((item) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button small";
    button.textContent = item.textContent;
    item.replaceChildren(button);
    return button;
  });
  const show = () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(has(button.textContent)));
  };
  for (const button of buttons) {
    button.addEventListener("click", () => {
      const word = button.textContent;
      const others = words().filter((each) => each.toLowerCase() !== word.toLowerCase());
      field.value = (has(word) ? others : [...words(), word]).join(", ");
      // The drafts listen for what is typed.
      field.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }
  field.addEventListener("input", show);
  // What the browser or a draft brought back.
  addEventListener("pageshow", show);
  show();
}
