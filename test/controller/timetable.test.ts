import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Timetable } from '../../src/controller/timetable.ts';

test('hands out keys in the order of their time, none before it, and of equals the one set first', () => {
  const timetable = new Timetable<string>();
  timetable.set('late', 30);
  timetable.set('first', 10);
  timetable.set('second', 10);
  timetable.set('moved', 5);
  timetable.set('moved', 20);
  expect(timetable.nextDue()).toBe(10);
  expect(timetable.takeDue(9)).toBeUndefined();
  expect([1, 2, 3, 4].map(() => timetable.takeDue(20))).toEqual(['first', 'second', 'moved', undefined]);
  expect(timetable.nextDue()).toBe(30);
});

test('agrees with a plain sort under any sequence of sets and deletes', () => {
  const operation = fc.record({ key: fc.integer({ min: 0, max: 20 }), due: fc.option(fc.integer({ min: 0, max: 8 })) });
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 80 }), (operations) => {
      const timetable = new Timetable<number>();
      const model = new Map<number, number>();
      for (const { key, due } of operations) {
        model.delete(key);
        if (due === null) timetable.delete(key);
        else {
          timetable.set(key, due);
          model.set(key, due);
        }
      }
      const taken: number[] = [];
      for (let key = timetable.takeDue(8); key !== undefined; key = timetable.takeDue(8)) taken.push(key);
      const sorted = [...model].sort((a, b) => a[1] - b[1]).map(([key]) => key);
      expect(taken).toEqual(sorted);
      expect(timetable.nextDue()).toBeUndefined();
    }),
  );
});
