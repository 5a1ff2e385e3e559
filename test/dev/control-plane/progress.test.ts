import { expect, test } from 'vitest';
import { type Screen, type Ticker, terminalProgress } from '../../../dev/control-plane/progress.ts';

/** A clock that moves only when told to, and calls what is due on its way. */
function handClock(): Ticker & { advance(milliseconds: number): void; timers: number } {
  let time = 0;
  const timers = new Set<{ interval: number; due: number; tick: () => void }>();
  return {
    now: () => time,
    every(interval, tick) {
      const timer = { interval, due: time + interval, tick };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(milliseconds) {
      const end = time + milliseconds;
      for (; time < end; time += 1_000) {
        for (const timer of timers) {
          if (timer.due > time + 1_000) continue;
          timer.due += timer.interval;
          time += 1_000;
          timer.tick();
          time -= 1_000;
        }
      }
    },
    get timers() {
      return timers.size;
    },
  };
}

function recordingScreen(isTTY: boolean): Screen & { written: string } {
  return {
    isTTY,
    columns: 60,
    written: '',
    write(text: string) {
      this.written += text;
    },
  };
}

/** What a person sees in the end: every line as it was after the last time it was drawn. */
function linesOn(screen: { written: string }): string[] {
  return screen.written.split('\n').map((line) => line.split('\r\x1b[2K').at(-1) ?? '');
}

const BUILD = { kind: 'began', task: 'Building it', hint: 'about 5 minutes' } as const;

test('a log gets a line at the start and at most one every 30 s', () => {
  const clock = handClock();
  const screen = recordingScreen(false);
  const progress = terminalProgress(screen, clock);
  progress(BUILD);
  clock.advance(95_000);
  progress({ kind: 'ended' });
  expect(screen.written).toBe(
    'Building it … (about 5 minutes)\nBuilding it … 30 s\nBuilding it … 60 s\nBuilding it … 90 s\n',
  );
  expect(clock.timers).toBe(0);
});

test('a terminal gets one line that counts the seconds and stays with the total', () => {
  const clock = handClock();
  const screen = recordingScreen(true);
  const progress = terminalProgress(screen, clock);
  progress(BUILD);
  clock.advance(12_000);
  expect(linesOn(screen)).toEqual(['Building it … 12 s (about 5 minutes)']);
  progress({ kind: 'ended' });
  progress({ kind: 'note', text: 'Done.' });
  expect(linesOn(screen)).toEqual(['Building it: 12 s', 'Done.', '']);
  expect(clock.timers).toBe(0);
});

test('a line is never wider than the terminal, where it could not be erased', () => {
  const screen = recordingScreen(true);
  terminalProgress(screen, handClock())({ kind: 'began', task: 'x'.repeat(100), hint: undefined });
  expect(linesOn(screen)).toEqual(['x'.repeat(59)]);
});

test('what begins next ends what was under way', () => {
  const clock = handClock();
  const screen = recordingScreen(true);
  const progress = terminalProgress(screen, clock);
  progress(BUILD);
  progress({ kind: 'began', task: 'Testing it', hint: undefined });
  expect(linesOn(screen)).toEqual(['Building it: 0 s', 'Testing it … 0 s']);
  expect(clock.timers).toBe(1);
});
