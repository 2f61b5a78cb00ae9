// A USB scanner types digits faster than any hand and ends with Enter or Tab. It is heard on the whole page, by the
// place of the keys, because an input method for Chinese would swallow or change the signs. A field that caught the
// digits gets back what it held.
//
//   listenToGun((digits) => …)
const QUICK_MS = 60;
const SHORTEST = 8;

export function listenToGun(taken) {
  let digits = "";
  let last = -Infinity;
  let field = null;
  let before = "";
  window.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    const isQuick = event.timeStamp - last < QUICK_MS;
    if (["Enter", "NumpadEnter", "Tab"].includes(event.code) && isQuick && digits.length >= SHORTEST) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (field && "value" in field && field.tagName !== "BUTTON") field.value = before;
      const read = digits;
      digits = "";
      taken(read);
      return;
    }
    const key = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (!key) {
      if (!event.code.startsWith("Shift")) digits = "";
      return;
    }
    if (!isQuick) {
      digits = "";
      field = document.activeElement;
      before = field && "value" in field ? field.value : "";
    }
    digits += key[1];
    last = event.timeStamp;
  }, { capture: true });
}
