import type { WorkteamSpec } from './schema.ts';

/**
 * The policies that this version refuses rather than does by half, each as `<path>: <what to write>`. A deleting object
 * is held only by what would decide its work team's fate.
 */
export function unsupported(spec: WorkteamSpec, deleting: boolean): string[] {
  const problems: string[] = [];
  if (spec.managementPolicy !== undefined && spec.managementPolicy !== 'Manage') {
    problems.push(
      `spec.managementPolicy: ${spec.managementPolicy} is not supported by this version; write Manage or leave it out`,
    );
  }
  if (spec.deletionPolicy !== undefined && spec.deletionPolicy !== 'Delete') {
    problems.push(
      `spec.deletionPolicy: ${spec.deletionPolicy} is not supported by this version; write Delete or leave it out`,
    );
  }
  if (!deleting && spec.adoptionPolicy !== undefined && spec.adoptionPolicy !== 'Never') {
    problems.push(
      `spec.adoptionPolicy: ${spec.adoptionPolicy} is not supported by this version; write Never or leave it out`,
    );
  }
  return problems;
}
