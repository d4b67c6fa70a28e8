// @ts-check
/**
 * What the browser keeps for us. localStorage is shared by all tabs (the token); sessionStorage belongs to this
 * tab and survives its reload (what it had not yet been able to send, whom it was inviting).
 * A browser that refuses storage costs comfort, never the meeting: then it lives as long as the page.
 */

/**
 * @typedef {object} Keep
 * @property {(key: string) => any} get
 * @property {(key: string, value: any) => void} set  null removes
 */

/** @param {() => Storage} open  a function, because even touching the property may throw @returns {Keep} */
function keepIn(open) {
  const memory = new Map();
  return {
    get(key) {
      try {
        return JSON.parse(open().getItem(`cresset.${key}`) ?? 'null');
      } catch {
        return memory.get(key) ?? null;
      }
    },
    set(key, value) {
      memory.set(key, value);
      try {
        if (value === null) open().removeItem(`cresset.${key}`);
        else open().setItem(`cresset.${key}`, JSON.stringify(value));
      } catch {
        // kept in memory above
      }
    },
  };
}

export const deviceKeep = keepIn(() => localStorage);
export const tabKeep = keepIn(() => sessionStorage);

/** For tests, and for nothing else. @returns {Keep} */
export function memoryKeep() {
  const memory = new Map();
  return { get: (key) => memory.get(key) ?? null, set: (key, value) => void memory.set(key, value) };
}
