// Says how fast the signs arrive and whether Enter follows. Without this the page still checks what was sent.
const form = document.querySelector("[data-scanner-test]");
const said = document.querySelector("[data-scanner-said]");
const field = form.querySelector("input[name=written]");
const SCANNER_MS = 50;
const ENTER_WITHIN_MS = 400;
let first = 0;
let last = 0;
let signs = 0;
let waiting = 0;

function say(words) {
  const line = document.createElement("p");
  line.textContent = words;
  said.append(line);
}

function pace() {
  return Math.round((last - first) / Math.max(signs - 1, 1));
}

field.select();
field.addEventListener("compositionstart", () => say(said.dataset.composed));
field.addEventListener("keydown", (event) => {
  clearTimeout(waiting);
  if (event.key === "Enter") {
    if (signs > 1) sessionStorage.setItem("scanner-pace", String(pace()));
    return;
  }
  if (event.timeStamp - last > ENTER_WITHIN_MS) {
    first = event.timeStamp;
    signs = 0;
  }
  last = event.timeStamp;
  signs += 1;
  waiting = setTimeout(() => {
    if (signs >= 8 && pace() <= SCANNER_MS) say(said.dataset.noEnter);
  }, ENTER_WITHIN_MS);
});

const measured = sessionStorage.getItem("scanner-pace");
sessionStorage.removeItem("scanner-pace");
if (measured !== null && field.value) {
  const words = Number(measured) <= SCANNER_MS ? said.dataset.fast : said.dataset.slow;
  say(words.replace("{ms}", measured));
}
