/** `workteam-operator crd`, and the generated file: the CRD as YAML. */
import { stringify } from 'yaml';
import { workteamCrd } from '../workteam/crd.ts';

/** The CRD as a YAML document, ready for `kubectl apply -f -`. Deterministic: the same program prints the same bytes. */
export function printCrd(): string {
  return stringify(workteamCrd(), { aliasDuplicateObjects: false, lineWidth: 120 });
}
