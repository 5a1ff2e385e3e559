import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { type Identity, kubeconfigFor } from '../../../dev/control-plane/access.ts';

function load(identity: Identity): KubeConfig {
  const place = { server: 'https://127.0.0.1:20000', adminToken: 'admin-token' };
  const config = new KubeConfig();
  config.loadFromString(kubeconfigFor(place, Buffer.from('PEM'), identity));
  return config;
}

test('a kubeconfig stands alone: server, authority, identity and namespace are in it', () => {
  const config = load({ token: 'secret' });
  expect(config.getCurrentCluster()).toMatchObject({ server: 'https://127.0.0.1:20000', caData: 'UEVN' });
  expect(config.getCurrentUser()?.token).toBe('secret');
  expect(config.getContextObject(config.currentContext)?.namespace).toBe('default');
});

test('a user is impersonated by the administrator', () => {
  const user = load({ user: 'alice', groups: ['devs'] }).getCurrentUser();
  expect(user).toMatchObject({ token: 'admin-token', impersonateUser: 'alice' });
});
