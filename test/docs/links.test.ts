/** The links of all Markdown files that point into this repository: the file is there, and so is the heading. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, test } from 'vitest';

const PAGES = globSync(['*.md', 'docs/**/*.md', 'deploy/**/*.md', '.github/**/*.md']);

/** `[text](target)`, without the targets that lead elsewhere. */
const LINK = /\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)/g;

/** Headings as a page shows them: code blocks have none. */
function anchorsOf(page: string): string[] {
  const text = readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => slugOf(heading));
}

/** As GitHub makes them: lower case, words joined by dashes, no other punctuation. */
function slugOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function brokenLinksOf(page: string): string[] {
  const prose = readFileSync(page, 'utf8').replace(/`[^`\n]*`/g, '');
  const targets = [...prose.matchAll(LINK)].map(([, target = '']) => target);
  return targets.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(file)) return true;
    return anchor !== undefined && !anchorsOf(file).includes(anchor);
  });
}

test('there are pages to look at', () => {
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'docs/guides/install.md', 'docs/reference/messages.md']));
});

test.each(PAGES)('%s links to what is there', (page) => {
  expect(brokenLinksOf(page)).toEqual([]);
});
