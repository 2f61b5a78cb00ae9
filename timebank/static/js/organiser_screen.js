// The organiser's screen, and the tablet at the door (`data-auto`: there the server says which code is due). Codes come from the server with the milliseconds until they begin and end, counted
// from the answer; what time this device believes it is does not matter. The next codes come along, so that
// forty-five seconds without network pass unseen.
const wall = document.querySelector("[data-wall]");
const part = (name) => wall.querySelector(`[data-${name}]`);
const first = wall.querySelector(".countdown");
// Turned here, not by house.js, which turns every ring only once.
const ring = first.cloneNode(true);
first.replaceWith(ring);
const left = ring.querySelector(".countdown-left");
const number = ring.querySelector(".countdown-number");

// Milliseconds until an answer that does not come is given up: a call that hangs would let the code go stale.
const PATIENCE = 5000;
let codes = [];
let shown = null;
let display = null;
let step = 15000;
let asking = false;
let askAgainAt = 0;
let kind = wall.dataset.kind;

navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  navigator.wakeLock?.request("screen").catch(() => {});
  // A tablet that slept shows an old code until it has asked.
  askAgainAt = 0;
  turn();
});

const full = part("full");
if (full && document.documentElement.requestFullscreen) {
  full.hidden = false;
  full.addEventListener("click", () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(),
  );
}

async function ask() {
  asking = true;
  const sent = performance.now();
  try {
    const answer = await fetch(wall.dataset.codes, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": wall.dataset.csrf,
      },
      body: JSON.stringify({ kind, display }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    // Logged out, or the tablet's time is over: the page itself says so.
    if (answer.redirected || answer.status === 404) return void window.location.reload();
    if (answer.status === 409) display = null;
    if (!answer.ok) throw new Error(String(answer.status));
    const told = await answer.json();
    // The answer was written somewhere between sending and receiving.
    const base = (sent + performance.now()) / 2;
    turnTo(told.kind);
    if (told.state === "open") open(told, base);
    else close(told.said);
  } catch {
    askAgainAt = performance.now() + 3000;
  } finally {
    asking = false;
  }
}

// A tablet changes by itself from arriving to leaving.
function turnTo(due) {
  if (!("auto" in wall.dataset) || due === kind) return;
  kind = due;
  for (const words of wall.querySelectorAll("[data-for-kind]")) words.hidden = words.dataset.forKind !== kind;
}

function open(told, base) {
  display = told.display;
  step = told.step;
  codes = told.codes.map((code) => ({ ...code, begins: base + code.begins, ends: base + code.ends }));
  part("closed").hidden = true;
  wall.classList.remove("is-closed");
  part("under").hidden = false;
  // Ask again when the next step begins.
  askAgainAt = codes[0].ends + 50;
  // Drawn at once: six zeros with a full ring would be scanned by nobody.
  turn();
}

function close(said) {
  codes = [];
  shown = null;
  part("qr").replaceChildren();
  part("closed").textContent = said;
  part("closed").hidden = false;
  part("under").hidden = true;
  part("distance").hidden = true;
  part("lost").hidden = true;
  wall.classList.add("is-closed");
  askAgainAt = performance.now() + 15000;
}

function turn() {
  const now = performance.now();
  if (!asking && now >= askAgainAt) ask();
  if (codes.length === 0) return;
  const current = codes.find((code) => code.begins <= now && now < code.ends);
  // The last code is accepted for one more step; after that nobody should scan it.
  const dead = !current && now >= codes[codes.length - 1].ends + step;
  part("lost").hidden = !dead;
  part("qr").classList.toggle("is-stale", dead);
  if (!current) return;
  if (current.svg !== shown) {
    shown = current.svg;
    part("qr").innerHTML = current.svg;
    const [front, back] = part("short").querySelectorAll(".short-code > span");
    front.textContent = current.short.slice(0, 3);
    back.textContent = current.short.slice(3);
    sayDistance();
  }
  const rest = (current.ends - now) / 1000;
  left.setAttribute("stroke-dashoffset", String(100 - (rest * 100000) / step));
  number.textContent = String(Math.ceil(rest));
}

// A phone reads a code of version 4 from about ten times its width. What a browser calls a centimetre is one on most
// phones and laptops and nothing of the kind on a projector, whence the second sentence.
const CSS_PIXELS_PER_CM = 96 / 2.54;
function sayDistance() {
  const drawn = part("qr").querySelector("svg");
  const line = part("distance");
  const modules = drawn.viewBox.baseVal.width;
  const cm = (drawn.getBoundingClientRect().width * (modules - 4)) / modules / CSS_PIXELS_PER_CM;
  const told = { cm: String(Math.round(cm)), m: (Math.round(cm) / 10).toFixed(1) };
  line.textContent = line.dataset.words.replace(/\{(cm|m)\}/g, (_all, name) => told[name]);
  line.hidden = false;
}
window.addEventListener("resize", () => shown && sayDistance());

let latest = part("rows").textContent;
async function countHeads() {
  try {
    const answer = await fetch(wall.dataset.arrivals, {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok && !answer.redirected) draw(await answer.json());
  } catch {
    // The code goes on without the list.
  }
  setTimeout(countHeads, 4000);
}

function draw(told) {
  for (const name of ["arrived", "expected", "inside", "left"]) part(name).textContent = told[name];
  for (const name of ["warning", "reminder"]) {
    const line = part(name);
    if (!line || line.lastElementChild.textContent === told[name]) continue;
    line.lastElementChild.textContent = told[name];
    line.hidden = !told[name];
  }
  const text = JSON.stringify(told.rows);
  if (text === latest) return;
  latest = text;
  part("rows").replaceChildren(
    ...told.rows.map((row) => {
      const line = document.createElement("li");
      const name = document.createElement("span");
      const when = document.createElement("span");
      name.textContent = row.name;
      when.textContent = `${row.word} ${row.at}`;
      when.className = "num muted";
      line.append(name, when);
      return line;
    }),
  );
}

setInterval(turn, 200);
setTimeout(countHeads, 4000);
