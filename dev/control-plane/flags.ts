import { join } from 'node:path';

/** The files of one control plane, all in its scratch folder. */
export function filesIn(folder: string) {
  return {
    etcdData: join(folder, 'etcd'),
    etcdSocket: join(folder, 'etcd.sock'),
    etcdPeerSocket: join(folder, 'peer.sock'),
    certificates: join(folder, 'certificates'),
    /** Written by kube-apiserver at its first start: its certificate and the authority that signed it. */
    certificateAuthority: join(folder, 'certificates', 'apiserver.crt'),
    signingKey: join(folder, 'service-account.key'),
    tokens: join(folder, 'tokens.csv'),
    auditPolicy: join(folder, 'audit-policy.yaml'),
    auditLog: join(folder, 'audit.log'),
    kubeconfig: join(folder, 'kubeconfig'),
    etcdLog: join(folder, 'etcd.log'),
    apiServerLog: join(folder, 'kube-apiserver.log'),
    controllerManagerLog: join(folder, 'kube-controller-manager.log'),
  } as const;
}

export type Files = ReturnType<typeof filesIn>;

/**
 * etcd listens on a socket in the scratch folder, so that nobody else can reach it and no port is
 * needed. It has no peers; it still wants to be told an address for them (port 1: nobody answers).
 */
export function etcdFlags(files: Files): string[] {
  const nobody = 'http://127.0.0.1:1';
  return [
    '--name=control-plane',
    `--data-dir=${files.etcdData}`,
    `--listen-client-urls=unix://${files.etcdSocket}`,
    `--advertise-client-urls=${nobody}`,
    `--listen-peer-urls=unix://${files.etcdPeerSocket}`,
    `--initial-advertise-peer-urls=${nobody}`,
    `--initial-cluster=control-plane=${nobody}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
  ];
}

/** kube-apiserver with real authentication, RBAC and admission, on a port of the loopback interface. */
export function apiServerFlags(files: Files, port: number, audit: boolean): string[] {
  const flags = [
    `--etcd-servers=unix://${files.etcdSocket}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${files.certificates}`,
    `--token-auth-file=${files.tokens}`,
    '--authorization-mode=RBAC',
    // It would refuse every pod until a controller manager has made the namespace's default account.
    '--disable-admission-plugins=ServiceAccount',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.signingKey}`,
    `--service-account-signing-key-file=${files.signingKey}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // A stopped server otherwise lingers for a minute and answers the next readiness probe.
    '--shutdown-delay-duration=0s',
  ];
  if (audit) flags.push(`--audit-policy-file=${files.auditPolicy}`, `--audit-log-path=${files.auditLog}`);
  return flags;
}

/** kube-controller-manager as the administrator, serving nothing, with no more than what ends deletions. */
export function controllerManagerFlags(files: Files): string[] {
  return [
    `--kubeconfig=${files.kubeconfig}`,
    '--controllers=namespace-controller,garbage-collector-controller',
    '--leader-elect=false',
    '--secure-port=0',
  ];
}

/**
 * One line for every write when it is complete: who, what, on which object, with which answer; no bodies. For reads of
 * ServiceAccounts too: what a program asks for is what its role must allow.
 */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules:
  - level: Metadata
    verbs: [create, update, patch, delete, deletecollection]
  - level: Metadata
    userGroups: ['system:serviceaccounts']
    verbs: [get, list, watch]
  - level: None
`;

/** The administrator's line of the token file: token, user name, UID, groups. */
export function adminTokenLine(token: string): string {
  return `${token},admin,admin,system:masters\n`;
}
