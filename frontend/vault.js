// Encryption of the mail on this device (docs/adr/encryption-at-rest.md). Loaded only where it is on, or being turned on.
//
// One AES-256-GCM key for the life of the account's database. It lies there wrapped twice, by the account's key (`ask`) and by
// the recovery code. An encrypted value is an ArrayBuffer (nonce, ciphertext, tag), a readable one a Uint8Array; both may lie side
// by side, so that turning it on or off can be cut anywhere. The tag also covers the place: database, shelf and key.
const LOCK = "lock";
const VERSION = 1;
const NONCE = 12;
const CODE = 16;
// Values of one transaction, while all are converted.
const BATCH = 32;
// Of the mail: nothing is encrypted; becoming encrypted; encrypted; becoming readable. New values are encrypted in 1 and 2.
const [OFF, CLOSING, ON, OPENING] = [0, 1, 2, 3];

let db, shelves, ask;
let key = null;
let phase = OFF;
// A lock whose recovery code nobody has kept yet.
let prepared = null;

const wait = (request) =>
  new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
const complete = (transaction) =>
  new Promise((done, fail) => {
    transaction.oncomplete = done;
    transaction.onabort = transaction.onerror = () => fail(transaction.error);
  });
const writing = (of) => db.transaction(of, "readwrite", { durability: "strict" });

const random = (n) => crypto.getRandomValues(new Uint8Array(n));
const hex = (octets) => Array.from(octets, (o) => o.toString(16).padStart(2, "0")).join("");
const imported = (raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
const algorithm = (iv, place) => ({ name: "AES-GCM", iv, additionalData: new TextEncoder().encode(place) });
const place = (shelf, at) => `${db.name}/${shelf}/${JSON.stringify(at)}`;

const encrypt = async (by, where, plain) => {
  const nonce = random(NONCE);
  const cipher = await crypto.subtle.encrypt(algorithm(nonce, where), by, plain);
  const whole = new Uint8Array(NONCE + cipher.byteLength);
  whole.set(nonce);
  whole.set(new Uint8Array(cipher), NONCE);
  return whole.buffer;
};
const decrypt = async (by, where, whole) => {
  const [nonce, cipher] = [new Uint8Array(whole, 0, NONCE), new Uint8Array(whole, NONCE)];
  return new Uint8Array(await crypto.subtle.decrypt(algorithm(nonce, where), by, cipher));
};
const unwrap = (by, wrapped) => decrypt(by, db.name, wrapped).catch(() => null);
const wrap = (by, raw) => encrypt(by, db.name, raw);

// Random enough as it is; the digest binds it to the account.
const keyOfCode = async (code) =>
  imported(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${db.name} ${code}`)));
const keyOfAccount = async (lock, password) => imported(await ask(hex(lock.salt), password));
// As it was typed: letters that look like digits are digits, and only digits count.
const codeOf = (typed) => {
  const digits = typed.toLowerCase().replace(/o/g, "0").replace(/[il]/g, "1").replace(/[\s-]/g, "");
  return /^[0-9a-f]+$/.test(digits) && digits.length === 2 * CODE ? digits : null;
};

const readLock = async () => {
  const lock = await wait(db.transaction("meta").objectStore("meta").get(LOCK));
  if (lock && lock.version !== VERSION) throw "newer";
  return lock;
};
// Some of the lock, in one transaction: two tabs that change different parts both do. Where another tab has deleted it, it stays
// deleted.
const changeLock = async (part) => {
  const transaction = writing("meta");
  const meta = transaction.objectStore("meta");
  let changed = false;
  meta.get(LOCK).onsuccess = (event) => {
    const lock = event.target.result;
    if (!lock && !part.version) return;
    meta.put({ ...lock, ...part }, LOCK);
    changed = true;
  };
  await complete(transaction);
  return changed;
};
const hold = async (lock, raw) => {
  key = await imported(raw);
  phase = lock.phase;
};
const byAccount = async (lock) => {
  const raw = await unwrap(await keyOfAccount(lock), lock.byAccount);
  if (!raw) throw "locked";
  await hold(lock, raw);
};

// Which database, its shelves, and who derives the account's key: (salt, earlier password) → octets.
export const use = (database, names, derive) => {
  if (db !== database) key = prepared = null;
  [db, shelves, ask] = [database, names, derive];
};
export const forget = () => {
  key = prepared = null;
  phase = OFF;
};

// Learns how the database is locked, and opens it where that is needed.
export const ready = async () => {
  const lock = await readLock();
  if (lock && lock.phase !== OFF && !key) await byAccount(lock);
  phase = lock ? lock.phase : OFF;
  return phase;
};

// What is stored for these values.
export const seal = (of, keys, values) => {
  if (phase !== CLOSING && phase !== ON) return values;
  return Promise.all(values.map((value, i) => value && encrypt(key, place(of[i], keys[i]), value)));
};

// What stored values of one shelf say.
export const open = async (shelf, keys, values) => {
  if (!key) {
    const lock = await readLock();
    if (!lock) throw "locked";
    await byAccount(lock);
  }
  return Promise.all(
    values.map((value, i) => (value instanceof ArrayBuffer ? decrypt(key, place(shelf, keys[i]), value) : value)),
  );
};

// A recovery code, and a key where there is none. Nothing is written before `close`.
export const prepare = async () => {
  const before = await readLock();
  const lock = { version: VERSION, phase: CLOSING, salt: before ? before.salt : random(16) };
  const account = await keyOfAccount(lock);
  const raw = before && (await unwrap(account, before.byAccount));
  // One of an earlier password is let go where nothing is encrypted any more.
  if (before && !raw && before.phase !== OFF) throw "locked";
  if (before && before.phase === ON) lock.phase = ON;
  const code = hex(random(CODE));
  prepared = [lock, raw || random(32)];
  lock.byAccount = await wrap(account, prepared[1]);
  lock.byCode = await wrap(await keyOfCode(code), prepared[1]);
  return code.toUpperCase().match(/.{4}/g).join("-");
};
export const close = async () => {
  const [lock, raw] = prepared;
  await changeLock(lock);
  await hold(lock, raw);
  prepared = null;
  return phase;
};
// The lock itself stays for ever: some other tab may still write with its key.
const turn = async (to) => (phase = (await changeLock({ phase: to })) ? to : OFF);
export const decryptAll = () => turn(OPENING);

// With a recovery code or an earlier password; from now on the password of today opens it.
export const unlock = async (typed) => {
  const lock = await readLock();
  const code = codeOf(typed);
  let raw = code && (await unwrap(await keyOfCode(code), lock.byCode));
  raw ||= await unwrap(await keyOfAccount(lock, typed), lock.byAccount);
  if (!raw) throw "locked";
  await changeLock({ byAccount: await wrap(await keyOfAccount(lock), raw) });
  await hold(lock, raw);
};

// Deletes the mail with its lock, for who has neither.
export const wipe = async () => {
  const transaction = writing(shelves);
  for (const shelf of shelves) transaction.objectStore(shelf).clear();
  await complete(transaction);
  forget();
};

const same = (a, b) => {
  if (!a || a.constructor !== b.constructor || a.byteLength !== b.byteLength) return false;
  const [x, y] = [new Uint8Array(a), new Uint8Array(b)];
  return x.every((octet, i) => octet === y[i]);
};

// What must be known before there is a key stays readable.
const wrong = (shelf, at, value) =>
  !(shelf === "meta" && (at === LOCK || at === "next-uid")) &&
  (phase === CLOSING ? value instanceof Uint8Array : value instanceof ArrayBuffer);

// Converts so many values after a key. Each is put only where the old one still is what was read: nothing that was written
// meanwhile is lost.
const batch = async (shelf, after) => {
  const range = after === undefined ? undefined : IDBKeyRange.lowerBound(after, true);
  const from = db.transaction(shelf).objectStore(shelf);
  const [keys, values] = await Promise.all([wait(from.getAllKeys(range, BATCH)), wait(from.getAll(range, BATCH))]);
  const at = keys.map((_, i) => i).filter((i) => wrong(shelf, keys[i], values[i]));
  const chosen = at.map((i) => keys[i]);
  const before = at.map((i) => values[i]);
  let changed = 0;
  if (at.length) {
    const places = chosen.map(() => shelf);
    const fresh = await (phase === CLOSING ? seal(places, chosen, before) : open(shelf, chosen, before));
    const transaction = writing(shelf);
    const done = complete(transaction);
    const to = transaction.objectStore(shelf);
    chosen.forEach((one, i) => {
      to.get(one).onsuccess = (event) => {
        if (!same(event.target.result, before[i])) return;
        to.put(fresh[i], one);
        changed++;
      };
    });
    await done;
  }
  return [keys, changed];
};

// Goes through everything until nothing is left of the other kind; `left` hears how many values are still to be looked at. What
// another tab is doing already is left to it.
export const convert = async (left) => {
  const run = async () => {
    await ready();
    while (phase === CLOSING || phase === OPENING) {
      const counts = await Promise.all(shelves.map((shelf) => wait(db.transaction(shelf).objectStore(shelf).count())));
      let all = counts.reduce((sum, n) => sum + n, 0);
      let changed = 0;
      for (const shelf of shelves) {
        for (let after, keys, n; ; after = keys[keys.length - 1]) {
          [keys, n] = await batch(shelf, after);
          if (!keys.length) break;
          changed += n;
          left((all = Math.max(0, all - keys.length)));
        }
      }
      if (!changed) await turn(phase === CLOSING ? ON : OFF);
    }
    return phase;
  };
  const lone = (lock) => (lock ? run() : phase);
  return navigator.locks ? navigator.locks.request(`${db.name}:vault`, { ifAvailable: true }, lone) : run();
};
