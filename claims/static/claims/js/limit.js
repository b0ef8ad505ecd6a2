// A field with data-limit-bytes is not sent while it holds more than the server takes, so that nothing in it is lost on the
// way; data-limit-says tells why.

for (const field of document.querySelectorAll("[data-limit-bytes]")) {
  const weigh = () => {
    const tooLong = new Blob([field.value]).size > Number(field.dataset.limitBytes);
    field.setCustomValidity(tooLong ? field.dataset.limitSays : "");
  };
  field.addEventListener("input", weigh);
  // What the browser itself brought back, as after going back a page.
  addEventListener("pageshow", weigh);
}
