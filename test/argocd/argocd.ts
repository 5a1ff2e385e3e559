import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { afterEach, inject } from 'vitest';
import { NAMESPACE } from '../../dev/argocd/components.ts';
import { eventually } from '../support/eventually.ts';

/** What a finished command left behind. */
export interface Told {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

/** How Argo CD says that a resource fares. */
export interface ResourceHealth {
  readonly status: string;
  readonly message: string;
}

/** A decision of the application controller to look at an Application again, as it logs it. */
export interface Refresh {
  readonly application: string;
  readonly reason: string;
  /** Epoch milliseconds, of whole seconds. */
  readonly at: number;
}

/** How many lines of its log are printed when a test fails. */
const STORY_LINES = 40;

/** To be called at the top of a test file: the Argo CD that the project's global setup started. */
export function useArgoCd() {
  const { program, server, controllerLog, folder } = inject('argoCd');

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    const lines = (await readFile(controllerLog, 'utf8')).trimEnd().split('\n').slice(-STORY_LINES);
    console.error(`--- Argo CD's application controller, its last lines:\n${lines.join('\n')}\n---`);
  });

  /** Runs its command line to its end, whatever its exit code. */
  const call = (args: readonly string[]): Promise<Told> =>
    new Promise((resolve, reject) => {
      const env = { PATH: process.env.PATH, HOME: folder };
      execFile(program, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ stdout, stderr, code });
        else reject(error);
      });
    });

  return {
    /** For files that are to go when Argo CD goes. */
    folder,
    call,

    /** Waits for a text in what the application controller logs. */
    async logged(text: string): Promise<void> {
      const found = async () => (await readFile(controllerLog, 'utf8')).includes(text);
      await eventually(found, { what: `Argo CD to log ${text}` });
    },

    /** Runs `argocd app …` and returns what it printed. @throws Error unless it exits with 0 */
    async app(...args: readonly string[]): Promise<string> {
      const { stdout, stderr, code } = await call(['app', ...args, '--server', server, '--plaintext']);
      if (code !== 0) throw new Error(`argocd app ${args.join(' ')}: exit code ${code}\n${stdout}${stderr}`);
      return stdout;
    },

    /** What its user interface shows of a Workteam; undefined while it does not know it. */
    async healthOf(application: string, workteam: string): Promise<ResourceHealth | undefined> {
      const response = await fetch(`http://${server}/api/v1/applications/${application}/resource-tree`);
      const { nodes = [] } = (await response.json()) as {
        nodes?: readonly { kind: string; name: string; health?: ResourceHealth }[];
      };
      return nodes.find(({ kind, name }) => kind === 'Workteam' && name === workteam)?.health;
    },

    /**
     * Until when it may look again by itself at an Application that was OutOfSync still, right after a sync: epoch milliseconds,
     * up to two seconds late, 0 if it put off none.
     */
    async putOffUntil(): Promise<number> {
      const lines = (await readFile(controllerLog, 'utf8')).split('\n');
      const times = lines.flatMap((line) => {
        const [found, minutes = '0', rest = '', unit] =
          /already attempted sync .*\(retrying in (?:(\d+)m)?([\d.]+)(ms|s)\)/.exec(line) ?? [];
        if (found === undefined) return [];
        const { time } = JSON.parse(line) as { time: string };
        const ms = Number(minutes) * 60_000 + Number(rest) * (unit === 'ms' ? 1 : 1_000);
        return [Date.parse(time) + ms + 2_000];
      });
      return Math.max(0, ...times);
    },

    /** Every refresh of an Application so far, with its reason. */
    async refreshes(): Promise<Refresh[]> {
      const lines = (await readFile(controllerLog, 'utf8')).split('\n').slice(0, -1);
      return lines.flatMap((line) => {
        const reason = /Refreshing app status \((.*?)\), level/.exec(line)?.[1];
        if (reason === undefined) return [];
        const { application, time } = JSON.parse(line) as { application: string; time: string };
        return [{ application, reason, at: Date.parse(time) }];
      });
    },
  };
}

/** Where Applications are, in the API. */
export const APPLICATIONS = `/apis/argoproj.io/v1alpha1/namespaces/${NAMESPACE}/applications`;
