import { describe, expect, test } from 'vitest';
import * as errors from '../../src/kubernetes/errors.ts';

const { fromStatus, fromThrown, KubernetesError } = errors;

describe('from an answer', () => {
  test('takes the API server at its word', () => {
    const body = { kind: 'Status', code: 409, reason: 'Conflict', message: 'the object has been modified' };
    const error = fromStatus('PATCH /x', body, { status: 409 });
    expect(error).toMatchObject({ status: 409, reason: 'Conflict', code: undefined });
    expect(error.message).toBe('PATCH /x: 409 the object has been modified');
  });

  test('makes do with a body that is not a Status', () => {
    expect(fromStatus('GET /x', 'busy', { status: 503 })).toMatchObject({ status: 503, message: 'GET /x: 503' });
    expect(fromStatus('GET /x', null, { status: 502 })).toMatchObject({ status: 502, reason: undefined });
  });

  test.each([
    ['the header', {}, '7', 7_000],
    ['the body', { details: { retryAfterSeconds: 3 } }, undefined, 3_000],
    ['neither', {}, undefined, undefined],
    ['a date, which the API server does not use', {}, 'Wed, 21 Oct 2026 07:28:00 GMT', undefined],
  ])('reads when to come again from %s', (_, body, retryAfter, expected) => {
    const error = fromStatus('GET /x', body, { status: 429, retryAfter });
    expect(errors.retryAfterMs(error)).toBe(expected);
    expect(errors.isTooManyRequests(error)).toBe(true);
  });
});

describe('from what was thrown', () => {
  test('keeps the network code and the cause', () => {
    const thrown = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6443'), { code: 'ECONNREFUSED' });
    const error = fromThrown('GET /x', thrown);
    expect(error).toMatchObject({ status: undefined, code: 'ECONNREFUSED', cause: thrown });
    expect(error.message).toBe('GET /x: connect ECONNREFUSED 127.0.0.1:6443');
    expect(errors.isUnreachable(error)).toBe(true);
  });

  test('looks inside the error around several addresses', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:6443'), { code: 'ECONNREFUSED' });
    expect(fromThrown('GET /x', new AggregateError([refused, refused]))).toMatchObject({
      code: 'ECONNREFUSED',
      message: 'GET /x: connect ECONNREFUSED ::1:6443',
    });
  });

  test('never has an empty message', () => {
    expect(fromThrown('GET /x', new Error('')).message).toBe('GET /x: failed');
  });
});

test('a refusal that lasts is told from what passes', () => {
  const refused = [401, 403, 404, 409, 429, 500].filter((status) => {
    return errors.isRefused(new KubernetesError('', { status }));
  });
  expect(refused).toEqual([401, 403, 404]);
  expect(errors.isRefused(new KubernetesError('', { code: 'ECONNREFUSED' }))).toBe(false);
});

test('each predicate knows its own status, and only our error', () => {
  const predicates = {
    401: errors.isUnauthorized,
    403: errors.isForbidden,
    404: errors.isNotFound,
    409: errors.isConflict,
    410: errors.isGone,
    422: errors.isInvalid,
    429: errors.isTooManyRequests,
  };
  for (const [status, predicate] of Object.entries(predicates)) {
    for (const other of Object.keys(predicates)) {
      expect(predicate(new KubernetesError('', { status: Number(other) }))).toBe(other === status);
    }
    expect(predicate(Object.assign(new Error(), { status: Number(status) }))).toBe(false);
  }
  expect(errors.isUnreachable(new KubernetesError('', { status: 500 }))).toBe(false);
});
