// Recording one scan on one list: sealed, numbered, tied to the one before, on the disk before anybody is told.
import * as keys from "./keys.js";
import { addScan, scansOf } from "./shelf.js";

// A list as it is kept: what came from the server, less everything that could be read by a thief.
export async function listFrom(taken, lockNames) {
  const { names, chain_key: chainKey, seal_point: sealPoint, chain_seed: chainSeed, expires_at: expiresAt, ...plain } = taken;
  return {
    ...plain,
    sealPoint,
    chainSeed,
    expiresAt,
    chainKey: await keys.chainKey(chainKey),
    lockedNames: names.length ? await lockNames(names) : null,
  };
}

// Two windows of the app on one device must not give one number twice.
const inTurn = (word, act) =>
  navigator.locks ? navigator.locks.request(`offline-list-${word}`, act) : (waits = waits.then(act, act));
let waits = Promise.resolve();

export class Recorder {
  constructor(list) {
    this.list = list;
    this.kind = "in";
  }

  isExpired() { return Date.now() > Date.parse(this.list.expiresAt); }

  dueKind() { return Date.now() >= Date.parse(this.list.windows.out[0]) ? "out" : "in"; }

  // `what` is { digits } from a scanner or typed, or { row } of the unlocked names. Answers with the scan and
  // a status: ok, already, unknown, phone, number, early, late.
  async record(what) {
    const kind = this.kind;
    const at = new Date().toISOString();
    const { how, entry, tag, row, status } = await this.meant(what);
    return inTurn(this.list.word, async () => {
      const scans = await scansOf(this.list.word);
      const before = scans.find((scan) => scan.tag === tag && scan.kind === kind);
      if (before) return { status: "already", scan: before, row };
      const last = scans.at(-1);
      const scan = {
        word: this.list.word,
        counter: (last?.counter ?? 0) + 1,
        nonce: keys.randomHex(12),
        at,
        kind,
        how,
        entry,
        previous: last?.seal ?? this.list.chainSeed,
        tag,
      };
      scan.seal = await keys.chainSeal(this.list, scan);
      await addScan(scan);
      return { status: status ?? this.inTime(kind, at), scan, row };
    });
  }

  // A tick names its row by its token; a scan is sealed, and found on the list only by the card's own digits.
  async meant({ digits, row }) {
    if (row) return { how: "tick", entry: row.token, tag: row.token, row };
    const entry = await keys.sealed(this.list, digits);
    const found = await keys.lookUp(this.list, digits);
    const nameless = digits.length === 18 ? "phone" : digits.length === 8 ? "number" : "unknown";
    // Short digits could be tried out from their mark; those get one that says nothing.
    const tag = found.row?.token ?? (nameless === "unknown" ? found.tag : keys.randomHex(12));
    return { how: "code", entry, tag, row: found.row, status: found.row ? undefined : nameless };
  }

  inTime(kind, at) {
    const [opens, closes] = this.list.windows[kind];
    if (Date.parse(at) < Date.parse(opens)) return "early";
    return Date.parse(at) >= Date.parse(closes) ? "late" : "ok";
  }
}
