// Small comforts. Every page works without this file.

// An open menu closes on Escape and when the reader turns elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// A second tap on the same button within three seconds is a trembling finger, not a second order.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const last = Number(form.dataset.sentAt || 0);
  if (event.timeStamp - last < 3000 && last > 0) event.preventDefault();
  else form.dataset.sentAt = String(event.timeStamp);
});
window.addEventListener("pageshow", () => {
  for (const form of document.forms) delete form.dataset.sentAt;
});

// The summary of errors is read first.
document.querySelector("[data-focus]")?.focus();

// Show what is typed into a password field.
for (const button of document.querySelectorAll("[data-reveal]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "password";
    field.type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hide : button.dataset.show;
    button.setAttribute("aria-pressed", String(shown));
  });
}

// Print.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A ring that empties. The server's remaining seconds count, never the device's clock.
for (const ring of document.querySelectorAll("[data-countdown]")) {
  const started = performance.now();
  const seconds = Number(ring.dataset.countdown);
  const total = Number(ring.dataset.total);
  const left = ring.querySelector(".countdown-left");
  const number = ring.querySelector(".countdown-number");
  const turn = () => {
    const rest = Math.max(0, seconds - (performance.now() - started) / 1000);
    left.setAttribute("stroke-dashoffset", String(100 - (rest * 100) / total));
    number.textContent = String(Math.ceil(rest));
    ring.classList.toggle("countdown-low", rest <= total / 5);
    if (rest > 0) return;
    clearInterval(timer);
    ring.dispatchEvent(new CustomEvent("countdown:end", { bubbles: true }));
    if ("reload" in ring.dataset) window.location.reload();
  };
  const timer = setInterval(turn, 250);
}

// A receipt is as long as its text: a roll printer would otherwise feed a whole page of white paper.
for (const receipt of document.querySelectorAll(".paper-receipt-58, .paper-receipt-80")) {
  const width = receipt.classList.contains("paper-receipt-58") ? 58 : 80;
  const height = Math.ceil((receipt.scrollHeight * 25.4) / 96) + 6;
  const sheet = document.styleSheets[document.styleSheets.length - 1];
  sheet.insertRule(`@page { size: ${width}mm ${height}mm; }`, sheet.cssRules.length);
}
