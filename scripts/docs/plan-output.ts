import * as z from 'zod';
import { planReport } from '../../src/workteam/preview-schema.ts';
import { page } from './markdown.ts';

/** docs/reference/plan-output.md: what `plan -o json` prints, as its schema says. */
export function planOutputPage(): string {
  const schema = z.toJSONSchema(planReport, { target: 'draft-7' });
  return page(
    'What plan prints as JSON',
    '`workteam-operator plan -o json` prints one object. It is the same, byte for byte, as long as manifests, flags, AWS and cluster are; the [guide](../guides/plan.md) says what it is good for. For example, who would lose access:',
    '```\nworkteam-operator plan -f teams -o json | jq -r \'.workteams[] | select(.members) | .name + ": " + (.members.leaves | join(", "))\'\n```',
    'In an owner tag, `<cluster-id>` stands for a cluster id that is not known. Its JSON Schema (draft 7):',
    `\`\`\`json\n${JSON.stringify(schema, undefined, 2)}\n\`\`\``,
  );
}
