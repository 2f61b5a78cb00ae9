// The camera of a page that does one thing with a code: follow it (a volunteer's page, only to an address of this
// house) or write it into a field and send its form (an organiser's page).
import { attachScanner } from "./scanner.js";

function taken(box, text) {
  const code = /\/s\/([a-z2-7]{32}|[a-z2-7]{24})\/?$/i.exec(text);
  if (box.dataset.follow && code) {
    window.location.assign(box.dataset.follow.replace("TOKEN", code[1]));
    return true;
  }
  const field = box.dataset.fill && document.getElementById(box.dataset.fill);
  if (field && /^\d{8,30}$/.test(text)) {
    field.value = text;
    field.form.requestSubmit();
    return true;
  }
  return false;
}

for (const box of document.querySelectorAll("[data-camera][data-follow], [data-camera][data-fill]")) {
  attachScanner(box, (text) => taken(box, text));
}
