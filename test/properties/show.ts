/** Histories as text that can be pasted into `rarities.ts`, and what happened in them. */
import type { Happening } from '../support/world.ts';
import type { History } from './history.ts';

/** A history as TypeScript, one line for each step. */
export function shown({ steps, ...rest }: History): string {
  const lines = steps.map((step) => `    ${literal(step)},`);
  const head = Object.entries(rest).map(([name, value]) => `  ${name}: ${literal(value)},`);
  return ['{', ...head, '  steps: [', ...lines, '  ],', '}'].join('\n');
}

/** What happened, one line each, without the sweeps that found nothing. */
export function story(happenings: readonly Happening[]): string {
  return happenings.map((happening) => `${seconds(happening.at)}  ${line(happening)}`).join('\n');
}

function line(happening: Happening): string {
  switch (happening.kind) {
    case 'call': {
      const { operation, outcome, parameters, effective, outOfBand, fault } = happening.entry;
      const marks = [outcome, effective && 'effective', outOfBand && 'CONSOLE', fault && `FAULT ${fault}`];
      return `AWS  ${operation} ${literal(parameters)} -> ${marks.filter(Boolean).join(', ')}`;
    }
    case 'written': {
      const { key, what, after } = happening.written;
      if (after === undefined) return `K8S  ${key} ${what}: gone`;
      const { generation, uid, resourceVersion, deletionTimestamp } = after.metadata;
      const head = `K8S  ${key} ${what} (${uid}, v${resourceVersion}, generation ${generation}${deletionTimestamp ? ', deleting' : ''})`;
      if (what === 'status') {
        const conditions = (after.status?.conditions ?? []).map(
          ({ type, status, reason }) => `${type}=${status} ${reason}`,
        );
        return `${head} ${conditions.join(', ')} observed ${after.status?.observedGeneration}`;
      }
      return what === 'finalizers' ? `${head} ${after.metadata.finalizers?.join()}` : `${head} ${literal(after.spec)}`;
    }
    case 'started':
    case 'died':
      return `---  the process ${happening.kind}`;
    case 'brokenOff':
      return `---  a pass over ${happening.key} broke off: ${String(happening.error)}`;
    case 'logged':
      return `log  ${happening.message} ${literal(happening.fields)}`;
    default:
      return happening satisfies never;
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(10);
}

/** A JSON value as a person would write it in TypeScript. */
export function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    if (members.length === 0) return '{}';
    return `{ ${members.map(([name, member]) => `${nameOf(name)}: ${literal(member)}`).join(', ')} }`;
  }
  if (typeof value === 'string') return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  return String(value);
}

const nameOf = (name: string) => (/^[A-Za-z_]\w*$/.test(name) ? name : `'${name}'`);
