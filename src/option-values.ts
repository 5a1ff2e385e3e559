/** How the values of options are written that are more than words and numbers: a duration, an address, a selector. */
import * as z from 'zod';
import { type LabelSelector, parseLabelSelector } from './label-selector.ts';

/** Where a server listens; `undefined` when it is switched off. */
export interface BindAddress {
  readonly host: string | undefined;
  readonly port: number;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it (`90s`, `1h30m`), in milliseconds. */
export function durationMs(text: string, context: z.RefinementCtx): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) {
    context.addIssue({ code: 'custom', message: 'write a duration such as 90s, 10m or 1h30m' });
    return z.NEVER;
  }
  return parts.reduce((sum, [, amount, unit]) => sum + Number(amount) * (UNITS_MS[unit ?? ''] ?? 0), 0);
}

/** An address as Go writes it: `:8080`, `127.0.0.1:8080`, `[::1]:8080`, or `0` for none. */
export function bindAddress(text: string, context: z.RefinementCtx): BindAddress | undefined {
  if (text === '0') return undefined;
  const match = /^(?:\[(?<v6>[0-9a-fA-F:]+)\]|(?<host>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port);
  if (match === null || port > 65_535) {
    context.addIssue({ code: 'custom', message: 'write [HOST]:PORT, such as :8080, or 0 to switch it off' });
    return z.NEVER;
  }
  return { host: match.groups?.v6 ?? (match.groups?.host || undefined), port };
}

/** A label selector as Kubernetes writes it. */
export function labelSelector(text: string, context: z.RefinementCtx): LabelSelector {
  const selector = parseLabelSelector(text);
  if (selector !== undefined) return selector;
  context.addIssue({ code: 'custom', message: 'write a label selector such as shard=blue or shard in (blue,green)' });
  return z.NEVER;
}
