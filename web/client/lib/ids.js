// @ts-check
/** A client_id for one message of ours: 22 characters of [A-Za-z0-9_-], 128 random bits. */
export function newClientId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
