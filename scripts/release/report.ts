import type { Finding, Outcome } from './checks.ts';

const SHOWN = { ok: 'ok    ', later: 'LATER ', failed: 'FAILED' } satisfies Record<Outcome, string>;

/** For a person: a line for each check, what to do under those that need it, and the sum in the last line. */
export function reportText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const lines = findings.flatMap(({ check, outcome, found, advice }) => [
    `${SHOWN[outcome]}  ${check.padEnd(width)}  ${found}`,
    ...(advice === undefined ? [] : [`${' '.repeat(width + 10)}-> ${advice}`]),
  ]);
  return [...lines, '', `${sum(findings)}.`].join('\n');
}

/** For a program. */
export function reportJson(version: string, findings: readonly Finding[]): string {
  const isReady = findings.every(({ outcome }) => outcome === 'ok');
  return JSON.stringify({ version, isReady, findings }, undefined, 2);
}

function sum(findings: readonly Finding[]): string {
  const count = (wanted: Outcome) => findings.filter(({ outcome }) => outcome === wanted).length;
  return `${count('ok')} ok, ${count('later')} to do before the release, ${count('failed')} failed`;
}
