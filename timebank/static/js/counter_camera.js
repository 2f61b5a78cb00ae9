// The camera at the counter, for one that has no scanner gun: what it reads goes the gun's way (counter.js).
import { attachScanner } from "./scanner.js";

const GOODS_OR_MEMBER = /^[0-9A-Z-]{8,40}$/i;

for (const box of document.querySelectorAll("[data-camera][data-goods]")) {
  attachScanner(box, (text) => (GOODS_OR_MEMBER.test(text) ? "more" : false));
}
