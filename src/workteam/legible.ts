import { isRecord } from './json.ts';
import { condition, type Workteam, type WorkteamStatus, workteamStatus } from './schema.ts';

/** A Workteam as an API server may have stored it while its schema was another one, or none. */
export type Stored = Omit<Workteam, 'spec' | 'status'> & { readonly spec?: unknown; readonly status?: unknown };

/** For each field of a status by itself. */
const anyOfStatus = workteamStatus.partial();

/**
 * The object as everything here may read it, whatever is stored. A spec that is none becomes one that says no more
 * than that the work team is to be retained, and a name or a region that is no text an empty one: both are still
 * invalid, and are reported as that. Of the status, what breaks today's schema is left out; the next report writes it
 * anew. An object that is in order is returned as it is.
 */
export function legible(stored: Stored): Workteam {
  const { spec, status, ...rest } = stored;
  const written = legibleSpec(spec);
  const reported = legibleStatus(status);
  // What the spec says is judged by parseSpec, each time it is to be acted on.
  if (written === spec && reported === status) return stored as Workteam;
  return { ...rest, spec: written as Workteam['spec'], ...(reported !== undefined && { status: reported }) };
}

function legibleSpec(spec: unknown): object {
  // Nobody can tell any more what was to become of the work team, and deleting it cannot be undone.
  if (!isRecord(spec)) return { deletionPolicy: 'Retain' };
  const odd = ['region', 'workteamName'].filter((key) => spec[key] !== undefined && typeof spec[key] !== 'string');
  return odd.length === 0 ? spec : { ...spec, ...Object.fromEntries(odd.map((key) => [key, ''])) };
}

function legibleStatus(status: unknown): WorkteamStatus | undefined {
  if (status === undefined || workteamStatus.safeParse(status).success) return status as WorkteamStatus | undefined;
  if (!isRecord(status)) return undefined;
  const { conditions, ...others } = status;
  const kept = Object.entries(others).filter(([key, value]) => anyOfStatus.safeParse({ [key]: value }).success);
  const sound = Array.isArray(conditions) ? conditions.filter((entry) => condition.safeParse(entry).success) : [];
  return { ...Object.fromEntries(kept), ...(sound.length > 0 && { conditions: sound }) };
}
