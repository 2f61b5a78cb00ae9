// A finger's or a mouse's strokes on the signature field, kept as whole numbers. Without this file the
// member signs on paper, which the form has a box for.

const MOST_NUMBERS = 6000;
let strokes = [];
let current = null;

const fieldOf = (element) => element?.closest?.(".signature-field");
const placeOn = (field, event) => {
  const box = field.getBoundingClientRect();
  const within = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
  return [
    within((event.clientX - box.left) * field.width / box.width, field.width),
    within((event.clientY - box.top) * field.height / box.height, field.height),
  ];
};
const keep = (field) => {
  field.closest("[data-signature]").querySelector('input[name="signature"]').value = strokes.length ? JSON.stringify(strokes) : "";
};

document.addEventListener("pointerdown", (event) => {
  const field = fieldOf(event.target);
  if (!field) return;
  event.preventDefault();
  field.setPointerCapture(event.pointerId);
  current = placeOn(field, event);
  strokes.push(current);
});
document.addEventListener("pointermove", (event) => {
  const field = fieldOf(event.target);
  if (!field || !current || strokes.flat().length > MOST_NUMBERS) return;
  const [x, y] = placeOn(field, event);
  const pen = field.getContext("2d");
  pen.lineWidth = 4;
  pen.lineCap = "round";
  pen.beginPath();
  pen.moveTo(current.at(-2), current.at(-1));
  pen.lineTo(x, y);
  pen.stroke();
  current.push(x, y);
});
document.addEventListener("pointerup", (event) => {
  const field = fieldOf(event.target);
  if (!field || !current) return;
  current = null;
  keep(field);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-sign-again]")) return;
  const part = event.target.closest("[data-signature]");
  const field = part.querySelector("canvas");
  strokes = [];
  field.getContext("2d").clearRect(0, 0, field.width, field.height);
  keep(field);
});

// The middle of the counter is drawn anew after every step: the field is shown wherever it appears, empty.
const showFields = () => {
  for (const part of document.querySelectorAll("[data-signature][hidden]")) {
    part.hidden = false;
    strokes = [];
  }
};
showFields();
const live = document.getElementById("counter-live");
if (live) new MutationObserver(showFields).observe(live, { childList: true, subtree: true });
