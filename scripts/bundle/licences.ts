import type { BundledPackage } from './packages.ts';

/** The file that goes wherever the bundle goes. */
export const LICENCES = 'dist/THIRD-PARTY-LICENSES.txt';

/** Licences that ask for nothing but their own text and notice beside the program. */
export const ALLOWED = ['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'] as const;

/** Whether we may ship it without asking anybody. An expression (`MIT OR GPL-3.0`) is a question for a person. */
export function isAllowed(licence: string): boolean {
  return ALLOWED.some((allowed) => allowed === licence);
}

const RULE = '-'.repeat(80);

/**
 * The text of that file: every package in the bundle, then every distinct licence text once, each with the packages that
 * it came with.
 * @throws Error when a package came without a text and its licence is not the Apache License, which the program itself
 * comes with
 */
export function licencesText(packages: readonly BundledPackage[]): string {
  const list = packages.map((bundled) => `  ${called(bundled)}  ${bundled.licence}`);
  const sections = [...byText(packages)].map(([text, owners]) =>
    [RULE, ...owners.map(called), '', text.trim(), ''].join('\n'),
  );
  return [
    'workteam-operator is one file that contains code of these packages:',
    '',
    ...list,
    '',
    'Their licences and notices, as the packages came with them:',
    '',
    ...sections,
  ].join('\n');
}

const APACHE = 'Apache License, Version 2.0: the text is in the file LICENSE beside this one.';

function byText(packages: readonly BundledPackage[]): Map<string, BundledPackage[]> {
  const owners = new Map<string, BundledPackage[]>();
  for (const bundled of packages) {
    for (const text of textsOf(bundled)) owners.set(text, [...(owners.get(text) ?? []), bundled]);
  }
  return owners;
}

function textsOf(bundled: BundledPackage): readonly string[] {
  if (bundled.texts.length > 0) return bundled.texts.map((text) => text.replaceAll('\r\n', '\n'));
  if (bundled.licence === 'Apache-2.0') return [APACHE];
  throw new Error(`${called(bundled)} (${bundled.licence}) ships no licence text: it cannot go into the bundle`);
}

function called({ name, version }: BundledPackage): string {
  return `${name} ${version}`;
}
