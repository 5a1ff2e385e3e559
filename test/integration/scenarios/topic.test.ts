/** The SNS topic of a team: set, removed, set again, by services that remove it for `{}` and by those that do not. */
import { expect, test } from 'vitest';
import type { TeamSnapshot } from '../../../dev/sagemaker/control.ts';
import { eventsOf, untilEvent } from '../../support/events.ts';
import { specWith } from '../../support/specs.ts';
import { conditionsOf, SYNCED, useStage } from '../../support/stage.ts';
import { conditionOf } from '../../support/workteams.ts';

const FIRST = 'arn:aws:sns:eu-west-1:123456789012:first';
const SECOND = 'arn:aws:sns:eu-west-1:123456789012:second';

const withTopic = (notificationTopicArn: string) => ({ notificationConfiguration: { notificationTopicArn } });
const WITHOUT_TOPIC = { notificationConfiguration: null };
const topicOf = ({ workteam }: TeamSnapshot) => workteam.NotificationConfiguration?.NotificationTopicArn;

const clearing = useStage({ prefix: 'topic' });
const keeping = useStage({ prefix: 'topic-kept', emulator: { switches: { emptyNotification: 'ignored' } } });

test.concurrent('{} removes the topic: set, removed, set again', async () => {
  const scene = clearing.newScene();
  const { namespace } = clearing.workteams;
  await scene.createReady('topic', specWith(withTopic(FIRST)));
  expect(topicOf(scene.aws.team('topic'))).toBe(FIRST);
  await scene.editReady('topic', WITHOUT_TOPIC);
  expect(topicOf(scene.aws.team('topic'))).toBeUndefined();
  const workteam = await scene.editReady('topic', withTopic(SECOND));
  expect(topicOf(scene.aws.team('topic'))).toBe(SECOND);

  expect(conditionsOf(workteam)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
  // A topic that is set as the team is created subscribes its workers; one that is set later does not.
  const warning = await untilEvent(namespace, 'topic', 'TopicWillNotSubscribeExistingWorkers');
  expect(warning).toMatchObject({ type: 'Warning', count: 1 });
  const events = (await eventsOf(namespace, 'topic')).map(({ reason, count }) => `${reason} ${count}`);
  expect(events.toSorted()).toEqual(['Created 1', 'TopicWillNotSubscribeExistingWorkers 1', 'Updated 2']);
});

test.concurrent('{} leaves the topic: its removal is tried once and reported; another topic heals it', async () => {
  const scene = keeping.newScene();
  await scene.createReady('kept', specWith(withTopic(FIRST)));
  const failed = await scene.editFailed('kept', WITHOUT_TOPIC, 'NotConverging');
  expect(conditionsOf(failed)).toEqual(['Ready False NotConverging', 'Reconciling True ProgressingWithRetry']);
  expect(conditionOf(failed, 'Ready')?.message).toContain('notificationConfiguration.notificationTopicArn');
  expect(topicOf(scene.aws.team('kept'))).toBe(FIRST);
  await scene.lookAgain('kept');
  await scene.staysAsItIs();
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);

  const healed = await scene.editReady('kept', withTopic(SECOND));
  expect(topicOf(scene.aws.team('kept'))).toBe(SECOND);
  expect(conditionsOf(healed)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('{} leaves the topic: putting it back into the spec heals it without a write', async () => {
  const scene = keeping.newScene();
  await scene.createReady('reverted', specWith(withTopic(FIRST)));
  await scene.editFailed('reverted', WITHOUT_TOPIC, 'NotConverging');
  const healed = await scene.editReady('reverted', withTopic(FIRST));
  expect(conditionsOf(healed)).toEqual(SYNCED);
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam']);
  await scene.staysAsItIs();
});

test.concurrent('{} leaves the topic: whoever asks again is given one more try, and no more', async () => {
  const scene = keeping.newScene();
  await scene.createReady('asked', specWith(withTopic(FIRST)));
  await scene.editFailed('asked', WITHOUT_TOPIC, 'NotConverging');
  await keeping.workteams.annotate('asked', { 'workteams.dev/requestedAt': 'now' });
  const handled = await keeping.workteams.until('asked', ({ status }) => status?.lastHandledReconcileAt === 'now');
  expect(conditionsOf(handled)).toEqual(['Ready False NotConverging', 'Reconciling True ProgressingWithRetry']);
  await scene.lookAgain('asked');
  await scene.staysAsItIs();
  expect(scene.attempts()).toEqual(['CreateWorkteam', 'UpdateWorkteam', 'UpdateWorkteam']);
});
