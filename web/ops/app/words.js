// @ts-check
/** What the server's codes and states mean to an operator. */

/** @type {Record<string, string>} */
const REFUSED = {
  unreachable: 'The server cannot be reached.',
  unavailable: 'A store is away. Try again in a moment.',
  internal: 'Something went wrong on the server; its log says what.',
  not_authenticated: 'Your session is over.',
  forbidden: 'This is not allowed.',
  not_found: 'There is nothing of this kind.',
  wrong_credentials: 'The name or the password is wrong.',
};

/** Why something did not work. @param {any} problem */
export function refusal(problem) {
  if (problem?.code === 'rate_limited') {
    const seconds = Math.ceil((problem.retryAfterMs ?? 60_000) / 1000);
    return `Too often. Again in ${seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`}.`;
  }
  if (problem?.errors?.length)
    return problem.errors
      .map((/** @type {{field: string, message: string}} */ each) => `${each.field || 'This'} ${each.message}`.trim())
      .join('; ');
  const said = REFUSED[problem?.code];
  const detail = problem?.message && problem.message !== problem.code ? problem.message : '';
  if (said && !['forbidden', 'not_found'].includes(problem.code)) return said;
  return detail
    ? `${detail[0].toLocaleUpperCase()}${detail.slice(1)}.`
    : (said ?? `Refused: ${problem?.code ?? problem}`);
}

/** underscores and dots to blanks: codes that read as words already. @param {string} code */
export const plain = (code) => code.replace(/[_.]/g, ' ');
