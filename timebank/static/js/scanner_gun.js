// A USB scanner types digits faster than any hand and ends with Enter. It is heard on the whole page, by the
// place of the keys, because an input method for Chinese would swallow or change the letters.
const field = document.querySelector("input[inputmode=numeric]");
const QUICK_MS = 60;
let digits = "";
let last = 0;
let before = "";

document.addEventListener("keydown", (event) => {
  const pause = event.timeStamp - last;
  last = event.timeStamp;
  const key = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (key && !event.ctrlKey && !event.altKey && !event.metaKey) {
    if (pause > QUICK_MS) {
      digits = "";
      before = document.activeElement?.value ?? "";
    }
    digits += key[1];
    return;
  }
  if ((event.key === "Enter" || event.key === "Tab") && digits.length >= 8 && pause <= QUICK_MS) {
    event.preventDefault();
    // Another field that caught the digits gets back what it held.
    const caught = document.activeElement;
    if (caught && caught !== field && "value" in caught) caught.value = before;
    field.value = digits;
    digits = "";
    field.form.requestSubmit();
  } else if (!key && event.key !== "Shift") digits = "";
});
