import { describe, expect, test } from 'vitest';
import { CANARY, expectNoLeak, leaksIn, secretsOf } from './canary.ts';

const { secretAccessKey: secret } = CANARY;

describe('a secret is found', () => {
  test.for<[string, string]>([
    ['as it is', `{"msg":"signing","key":"${secret}"}`],
    ['in a URL', `https://x/?key=${encodeURIComponent(secret)}`],
    ['in base64', Buffer.from(secret).toString('base64')],
    ['in the base64 of a header', Buffer.from(`user:${secret}`).toString('base64')],
    ['one byte further on', Buffer.from(`users:${secret}@host`).toString('base64')],
    ['two bytes further on', Buffer.from(`a user:${secret}@host`).toString('base64')],
  ])('%s', ([, text]) => {
    expect(leaksIn(`before ${text} after`, [secret])).toEqual([secret]);
  });

  test('and told with its line', () => {
    expect(() => expectNoLeak('the log', `one\ntwo ${secret}\nthree`, [secret])).toThrow(`the log shows`);
    expect(() => expectNoLeak('the log', 'one\ntwo', [secret])).not.toThrow();
  });
});

test('what is secret of an environment', () => {
  const environment = {
    AWS_REGION: 'eu-west-1-which-is-a-long-region',
    AWS_SECRET_ACCESS_KEY: 'a secret of its own, long enough',
    HTTPS_PROXY: 'http://user:a-long-password-of-a-proxy@proxy:3128',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/there/is/no/such/file',
  };
  const kubeconfig = 'users: [{ user: { token: eyJhbGciOiJSUzI1NiIs.eyJhdWQiOlsi.c2lnbmF0dXJl } }]';
  expect(secretsOf(environment, kubeconfig).toSorted()).toEqual(
    [
      ...Object.values(CANARY),
      'a secret of its own, long enough',
      'a-long-password-of-a-proxy',
      'eyJhbGciOiJSUzI1NiIs.eyJhdWQiOlsi.c2lnbmF0dXJl',
    ].toSorted(),
  );
});
