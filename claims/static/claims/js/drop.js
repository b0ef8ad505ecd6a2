// A form with data-drop="id of its file field" takes files that are dropped on it, and adds them to those chosen before.
// The field itself stays what it is, so that everything works by keyboard and without this. The way that shows files is
// chosen then, unless one that shows them is chosen already.

for (const form of document.querySelectorAll("form[data-drop]")) {
  const field = document.getElementById(form.dataset.drop);
  const list = form.querySelector("[data-drop-list]");
  const clear = form.querySelector("[data-drop-clear]");
  form.querySelector("[data-drop-hint]").hidden = false;

  function show() {
    const names = [...field.files].map((file) => {
      const item = document.createElement("li");
      item.dir = "auto";
      item.textContent = file.name;
      return item;
    });
    list.replaceChildren(...names);
    list.hidden = clear.hidden = names.length === 0;
  }

  function add(files) {
    const all = new DataTransfer();
    for (const file of [...field.files, ...files]) all.items.add(file);
    field.files = all.files;
    const chosen = form.elements.way.value;
    const typed = [...form.querySelectorAll(".way textarea")].some((each) => each.value.trim() !== "");
    // What was typed is submitted along with the files, and is seen to be.
    if (chosen !== "all" && (chosen !== "file" || typed)) form.elements.way.value = typed ? "all" : "file";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }

  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");

  form.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    form.dataset.dropping = "";
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) delete form.dataset.dropping;
  });
  form.addEventListener("drop", (event) => {
    delete form.dataset.dropping;
    if (!hasFiles(event)) return;
    event.preventDefault();
    add(event.dataTransfer.files);
  });
  field.addEventListener("change", show);
  clear.addEventListener("click", () => {
    field.value = "";
    show();
    field.focus();
  });
  // After going back, the browser may have kept what was chosen.
  addEventListener("pageshow", show);
}
