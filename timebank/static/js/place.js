// The activity asks where the phone is. It is asked at the tap; whatever comes of it, the tap goes through.
const form = document.querySelector("form[data-asks-place]");
const field = form.querySelector("[name=where]");
const said = form.querySelector("[data-place-said]");
let asked = false;

form.addEventListener("submit", (event) => {
  if (asked || !navigator.geolocation) return;
  event.preventDefault();
  // Not yet a tap: the guard against double taps may not count it.
  event.stopPropagation();
  asked = true;
  said.hidden = false;
  const go = () => form.requestSubmit();
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      field.value = [coords.latitude.toFixed(5), coords.longitude.toFixed(5), Math.ceil(coords.accuracy)].join(",");
      go();
    },
    go,
    { enableHighAccuracy: true, timeout: 8000, maximumAge: 60000 },
  );
});
