/**
 * Secrets that tests give to what they run. They look like real ones and like nothing else, so that wherever one shows, in a
 * log, a status, an event or a metric, it has leaked.
 */
import { readFileSync } from 'node:fs';

/** What the tests' operators are given as credentials of AWS; the emulator verifies no signature. */
export const CANARY = {
  secretAccessKey: 'pV7/mZ4tQx+c4n4ryK9sW2dLr8HbT6yGfE3uJ1oN',
  sessionToken: 'FwoGZXIvYXdzEc4n4ryQm8+T5vX2kP9/zL7rWdY4hB1sNqJ6uE3fGaCtHiOoVyKpRxMw==',
} as const;

/** Shorter texts are no secrets, and could be found anywhere. */
const SHORTEST = 20;

/**
 * The secrets among the variables of an environment and in its kubeconfig, and the canaries, which files of credentials may
 * hold: access keys, tokens, the content of token files, passwords of proxies.
 */
export function secretsOf(environment: Readonly<Record<string, string>>, kubeconfig = ''): string[] {
  const found = Object.entries(environment).flatMap(([name, value]) => {
    if (/_TOKEN_FILE$/.test(name)) return [textOf(value)];
    if (/_PROXY$/i.test(name)) return [URL.parse(value)?.password ?? ''];
    return /_(SECRET_ACCESS_KEY|TOKEN)$/.test(name) ? [value] : [];
  });
  const tokens = kubeconfig.matchAll(/"?token"?: *"?([\w.-]+)/g);
  const all = [...Object.values(CANARY), ...found, ...[...tokens].map(([, token = '']) => token)];
  return [...new Set(all)].filter((secret) => secret.length >= SHORTEST);
}

/** Those of the secrets that `text` shows: as they are, in a URL, or in base64, also as a part of something longer. */
export function leaksIn(text: string, secrets: readonly string[]): string[] {
  return secrets.filter((secret) => [...disguisesOf(secret)].some((shape) => text.includes(shape)));
}

/** @throws Error that says where a secret shows, and with which words around it */
export function expectNoLeak(where: string, text: string, secrets: readonly string[]): void {
  const leaked = leaksIn(text, secrets);
  if (leaked.length === 0) return;
  const lines = text.split('\n').filter((line) => leaksIn(line, leaked).length > 0);
  throw new Error(`${where} shows ${leaked.length} secret(s) of those it was started with:\n${lines.join('\n')}`);
}

function* disguisesOf(secret: string): Generator<string> {
  yield secret;
  yield encodeURIComponent(secret);
  yield encodeURI(secret);
  // What stands before it moves base64 by one or two bytes; the characters at both ends depend on the neighbours.
  for (const before of ['', 'x', 'xx']) {
    const encoded = Buffer.from(before + secret).toString('base64');
    yield encoded.slice(before === '' ? 0 : 4, -4);
  }
}

/** A token file may be missing, or not be there yet. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}
