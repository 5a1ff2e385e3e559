import { expect, test } from 'vitest';
import { Screen, wantsColours } from '../../../dev/demo/screen.ts';

/** What a screen of that width shows. */
function shown(tell: (screen: Screen) => void, { columns = 40, colours = false } = {}): string {
  let text = '';
  const write = (piece: string) => {
    text += piece;
  };
  tell(new Screen({ isTTY: true, columns, write }, colours));
  return text;
}

test('paragraphs of different kinds are apart, a command and its output are together', () => {
  const text = shown((screen) => {
    screen.title('1. Create');
    screen.prose('Two\n      teams.');
    screen.command('kubectl get wt');
    screen.output('NAME   READY\nblue   True\n');
    screen.command('kubectl delete wt --all');
    screen.held('SageMaker', 'no team is left');
    screen.held('Kubernetes', 'nothing is left of what was there before');
    screen.title('2. Go on');
  });
  expect(text).toBe(`1. Create

  Two teams.

  $ kubectl get wt
  NAME   READY
  blue   True
  $ kubectl delete wt --all

  ✓ SageMaker   no team is left
  ✓ Kubernetes  nothing is left of what
                was there before

2. Go on
`);
});

test('a command that is too long is broken where a shell goes on reading', () => {
  const text = shown((screen) => screen.command("sed 's/a/b/' team.yaml | kubectl apply -f -"));
  expect(text).toBe("  $ sed 's/a/b/' team.yaml |\n      kubectl apply -f -\n");
});

test('what does not hold is told with what was expected and what was found', () => {
  const text = shown((screen) => screen.failed('SageMaker', 'one team', 'a line\nanother', 'nothing'));
  expect(text).toBe(`  ✗ SageMaker   one team
    expected  a line
              another
    found     nothing
`);
});

test('without a terminal lines are 80 columns wide; on a very wide one no wider than can be read', () => {
  const width = (output: { isTTY?: boolean; columns?: number }) => {
    let text = '';
    const write = (piece: string) => {
      text += piece;
    };
    new Screen({ ...output, write }, false).prose('abc '.repeat(200));
    return Math.max(...text.split('\n').map((line) => line.length));
  };
  expect(width({})).toBe(77);
  expect(width({ columns: 40 })).toBe(77);
  expect(width({ isTTY: true, columns: 60 })).toBe(57);
  expect(width({ isTTY: true, columns: 400 })).toBe(117);
});

test('colours are for terminals that have them, and for people who do not mind', () => {
  const write = () => {};
  const terminal = { isTTY: true, write };
  expect(wantsColours(terminal, { TERM: 'xterm' })).toBe(true);
  expect(wantsColours(terminal, { NO_COLOR: '' })).toBe(true);
  expect(wantsColours(terminal, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColours(terminal, { TERM: 'dumb' })).toBe(false);
  expect(wantsColours({ write }, { FORCE_COLOR: '1' })).toBe(false);
});

test('without colours nothing but text is written, with them the mark is green', () => {
  const held = (screen: Screen) => screen.held('SageMaker', 'so it is');
  expect(shown(held)).toBe('  ✓ SageMaker   so it is\n');
  expect(shown(held, { colours: true })).toContain('\x1b[32m✓\x1b[39m');
});
