// The member's code, renewed every minute without leaving the page. Without this file the page loads itself anew.
const page = document.querySelector("[data-my-code]");
const status = page.querySelector("[role=status]");
// The ring is turned here, not by house.js, which turns every ring only once.
const first = page.querySelector(".countdown");
const ring = first.cloneNode(true);
first.replaceWith(ring);
const left = ring.querySelector(".countdown-left");
const number = ring.querySelector(".countdown-number");
let ends = 0;

// A phone that goes dark in the queue helps nobody.
const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});
stayAwake();

const begin = (seconds) => {
  ends = performance.now() + seconds * 1000;
};

const groups = (digits) => digits.match(/.{1,4}/g).join(" ");

async function renew() {
  ends = Infinity;
  try {
    const answer = await fetch(page.dataset.fresh, {
      method: "POST",
      headers: { "X-CSRFToken": page.dataset.csrf, Accept: "application/json" },
    });
    // A log-in that has ended answers with a page: loading this one leads there.
    if (!answer.ok || answer.redirected) return void window.location.reload();
    const fresh = await answer.json();
    page.querySelector(".code-card-bars").innerHTML = fresh.bars;
    page.querySelector(".code-card-qr").innerHTML = fresh.qr;
    page.querySelector(".code-card-digits").textContent = groups(fresh.digits);
    page.classList.remove("is-stale");
    status.textContent = status.dataset.said;
    status.classList.add("visually-hidden");
    begin(fresh.seconds);
  } catch {
    // No network: say so, and try again.
    page.classList.add("is-stale");
    status.textContent = status.dataset.failed;
    status.classList.remove("visually-hidden");
    setTimeout(renew, 3000);
  }
}

const seconds = Number(page.dataset.seconds);
begin(seconds);
setInterval(() => {
  const rest = Math.max(0, (ends - performance.now()) / 1000);
  if (rest === Infinity) return;
  left.setAttribute("stroke-dashoffset", String(100 - (rest * 100) / seconds));
  number.textContent = String(Math.ceil(rest));
  ring.classList.toggle("countdown-low", rest <= seconds / 5);
  // A little before the end, so that no scanner meets a dead code.
  if (rest <= 1.5) renew();
}, 250);

// Timers sleep while a phone is in a pocket; the code on show may be dead on waking.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  stayAwake();
  if (performance.now() >= ends - 2000) renew();
});
