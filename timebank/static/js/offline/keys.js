// Keys and seals of a list; the other half is timebank/offline/sealing.py, which says what each protects.
const TAG_BYTES = 16;
const NAME_ROUNDS = 600000;
const words = new TextEncoder();

export const fromBase64 = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
export const toBase64 = (bytes) => btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""));
export const toHex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
export const randomHex = (length) => toHex(crypto.getRandomValues(new Uint8Array(length)));

async function derived(secret, salt, rounds, bytes) {
  const key = await crypto.subtle.importKey("raw", words.encode(secret), "PBKDF2", false, ["deriveBits"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: rounds };
  return new Uint8Array(await crypto.subtle.deriveBits(way, key, bytes * 8));
}

const aesKey = (raw, use) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);

async function unlocked(raw, locked) {
  const bytes = typeof locked === "string" ? fromBase64(locked) : locked;
  const way = { name: "AES-GCM", iv: bytes.slice(0, 12) };
  const plain = await crypto.subtle.decrypt(way, await aesKey(raw, "decrypt"), bytes.slice(12));
  return JSON.parse(new TextDecoder().decode(plain));
}

// Whom a card's digits open: { tag, row }, row null for a card that is not on the list.
export async function lookUp(list, digits) {
  const bits = await derived(digits, fromBase64(list.salt), list.rounds, TAG_BYTES + 32);
  const tag = toBase64(bits.slice(0, TAG_BYTES));
  const found = list.entries.find(([mark]) => mark === tag);
  return { tag, row: found ? await unlocked(bits.slice(TAG_BYTES), found[1]) : null };
}

// The names, locked under a number that is nowhere kept.
export async function lockNames(names, pin) {
  const salt = crypto.getRandomValues(new Uint8Array(16));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const key = await aesKey(await derived(pin, salt, NAME_ROUNDS, 32), "encrypt");
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, words.encode(JSON.stringify(names)));
  return { salt: toBase64(salt), rounds: NAME_ROUNDS, locked: toBase64([...iv, ...new Uint8Array(sealed)]) };
}

// The names, or null where the number is another.
export async function unlockNames(kept, pin) {
  const raw = await derived(pin, fromBase64(kept.salt), kept.rounds, 32);
  return unlocked(raw, kept.locked).catch(() => null);
}

// Digits as only the server can read them: a key of their own, thrown away here.
export async function sealed(list, digits) {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const theirs = await crypto.subtle.importKey("raw", fromBase64(list.sealPoint), curve, false, []);
  const mine = await crypto.subtle.generateKey(curve, false, ["deriveBits"]);
  const shared = await crypto.subtle.deriveBits({ name: "ECDH", public: theirs }, mine.privateKey, 256);
  const base = await crypto.subtle.importKey("raw", shared, "HKDF", false, ["deriveKey"]);
  const way = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info: words.encode(`offline-seal|${list.word}`) };
  const key = await crypto.subtle.deriveKey(way, base, { name: "AES-GCM", length: 256 }, false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const body = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, words.encode(digits));
  const point = await crypto.subtle.exportKey("raw", mine.publicKey);
  return toBase64([...new Uint8Array(point), ...iv, ...new Uint8Array(body)]);
}

// The chain's key, in a form that no page can read out again.
export const chainKey = (text) =>
  crypto.subtle.importKey("raw", fromBase64(text), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);

export async function chainSeal(list, scan) {
  const parts = [list.word, scan.counter, scan.nonce, scan.at, scan.kind, scan.how, scan.entry, scan.previous];
  return toHex(await crypto.subtle.sign("HMAC", list.chainKey, words.encode(parts.join("\n"))));
}
