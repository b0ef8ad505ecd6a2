// What a key or the palette does with an element: it leads into a field, into what it opens or what is open already, and to a
// button that is not to be pressed in passing (data-key-leads); anything else is pressed.

export function follow(element) {
  const isField = element.matches("fieldset, input, textarea, select");
  if (element.matches("summary")) {
    const details = element.parentElement;
    if (!details.open || details.contains(document.activeElement)) element.click();
    if (details.open) {
      const form = details.querySelector("[data-key-form]") ?? details;
      form.querySelector("input:not([type=hidden]), select, textarea")?.focus();
      element.scrollIntoView({ block: "center" });
    }
    return;
  }
  if (!isField && !("keyLeads" in element.dataset)) {
    element.click();
    return;
  }
  const field = element.querySelector("input:checked") ?? element.querySelector("input") ?? element;
  field.focus();
  // What is typed then takes the place of a line's old words, and does not run into them.
  if (field.matches("input")) field.select();
  field.scrollIntoView({ block: "center" });
}
