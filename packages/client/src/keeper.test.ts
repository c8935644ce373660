import type { ClientId } from '@codeconnected/core/room/ids.ts';
import { HandClock } from '@codeconnected/core/room/memory/hand-clock.ts';
import { expect, it } from 'vitest';
import type { Outbox } from './api.ts';
import { Keeper } from './keeper.ts';
import { openMemoryOutbox } from './memory-outbox.ts';

it('hands every write over at once, while another is under way: the page may be about to go', async () => {
  const asked: string[] = [];
  let written = () => undefined as unknown;
  const slow = new Promise<void>((resolve) => {
    written = () => resolve();
  });
  const outbox: Outbox = {
    ...openMemoryOutbox(),
    keep: () => {
      asked.push('keep');
      return slow;
    },
    put: async (edits) => void asked.push(`put ${edits[0]?.sequence}`),
    acknowledged: async (_, [sequence]) => void asked.push(`acknowledged ${sequence}`),
  };
  const client = 'AAAAAAAAAAAAAAAAAAAAAA' as ClientId;
  const keeper = new Keeper({
    outbox,
    client,
    clock: new HandClock(),
    epoch: () => 'first',
    document: () => new Uint8Array(),
    lost: () => undefined,
  });
  keeper.keepNow();
  keeper.put([{ client, sequence: 1, update: new Uint8Array() }]);
  keeper.acknowledged(client, [1]);
  expect(asked).toEqual(['keep', 'put 1', 'acknowledged 1']);
  let closed = false;
  const closing = keeper.close().then(() => {
    closed = true;
  });
  await Promise.resolve();
  expect(closed).toBe(false);
  written();
  await closing;
});
