// The tablet's answer goes back to the next person by itself.
const back = document.querySelector("[data-kiosk-back]");
if (back) setTimeout(() => window.location.replace(back.dataset.kioskBack), 5000);
// Nobody answers: a name does not stay on the screen for whoever comes next.
else setTimeout(() => document.querySelector(".result-next a")?.click(), 30000);
