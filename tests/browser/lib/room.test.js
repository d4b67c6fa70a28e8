// @ts-check
import { memoryKeep } from '/client/lib/keep.js';
import { Room } from '/client/lib/room.js';
import { Torch } from '/client/lib/torch.js';
import { equal, message, ok, roomState, test } from './harness.js';

const NOW = 1_000_000;

/** @param {any} [more] @param {any} [keep] */
const room = (more = {}, keep = memoryKeep()) => new Room(roomState(more), 'me', keep);
/** @param {Room} held */
const seqs = (held) => held.messages.map((each) => each.seq);
/** @param {Room} held @param {any} said */
const hear = (held, said) => held.hear({ type: 'chat.message', message: said }, NOW);

test('messages stand in the order of their numbers, each once', () => {
  const held = room();
  for (const seq of [1, 2, 2, 1, 3]) hear(held, message(seq, 'ben'));
  equal(seqs(held), [1, 2, 3]);
  equal(held.gap, false);
});

test('what comes too early waits for what is missing', () => {
  const held = room();
  hear(held, message(1, 'ben'));
  hear(held, message(3, 'ben'));
  equal([seqs(held), held.gap, held.claim], [[1], true, { room_id: 'room', last_seq: 1, epoch: 1 }]);
  hear(held, message(2, 'ben'));
  equal([seqs(held), held.gap], [[1, 2, 3], false]);
});

test('an acknowledgement takes its place by number, whatever was heard first', () => {
  const held = room();
  held.outbox.add('text', 'mine', NOW);
  const [{ client_id }] = held.outbox.entries;
  held.acknowledge(client_id, 2, NOW);
  equal([seqs(held), held.gap], [[], true]);
  hear(held, message(1, 'ben'));
  equal([seqs(held), held.gap, held.outbox.entries], [[1, 2], false, []]);
});

test('a resumed room brings what follows', () => {
  const held = room({ messages: [message(1, 'ben')] });
  held.take(roomState({ messages: [message(2, 'ben'), message(3, 'ben')] }));
  equal(seqs(held), [1, 2, 3]);
});

test('a resumed room brings nothing when nothing was missed', () => {
  const held = room({ messages: [message(1, 'ben'), message(2, 'ben')] });
  held.take(roomState({ last_seq: 2 }));
  equal(seqs(held), [1, 2]);
});

test('what was heard while the answer was under way is neither lost nor doubled', () => {
  const held = room({ messages: [message(1, 'ben')] });
  hear(held, message(2, 'ben'));
  held.take(roomState({ messages: [message(2, 'ben'), message(3, 'ben')] }));
  equal(seqs(held), [1, 2, 3]);
});

test('two hundred behind, the newest are taken and the rest is left to be paged', () => {
  const held = room({ messages: [message(1, 'ben')] });
  held.take(roomState({ messages: [message(50, 'ben'), message(51, 'ben')], more: true }));
  equal([seqs(held), held.more], [[50, 51], true]);
  held.prepend({ messages: [message(48, 'ben'), message(49, 'ben')], more: false });
  equal([seqs(held), held.more], [[48, 49, 50, 51], false]);
});

test('a new epoch replaces what was held, and sends own missing messages again under their old ids', () => {
  const held = room({ messages: [message(1, 'me'), message(2, 'ben'), message(3, 'me'), message(4, 'me')] });
  held.take(roomState({ epoch: 2, messages: [message(1, 'me'), message(2, 'ben')] }));
  equal(seqs(held), [1, 2]);
  equal(
    held.outbox.entries.map((entry) => [entry.client_id, entry.body]),
    [
      ['c3', 'me 3'],
      ['c4', 'me 4'],
    ],
  );
  equal(held.epoch, 2);
});

test('in a new epoch a message of ours may have come in under another number', () => {
  const held = room({ messages: [message(1, 'me'), message(2, 'ben'), message(3, 'me')] });
  held.take(roomState({ epoch: 2, messages: [message(1, 'me'), message(2, 'me', { client_id: 'c3' })] }));
  equal([seqs(held), held.outbox.entries], [[1, 2], []]);
});

test('what is older than the window the new epoch shows is taken to be recorded', () => {
  const held = room({ messages: Array.from({ length: 300 }, (_, index) => message(index + 1, 'me')) });
  held.take(
    roomState({ epoch: 2, messages: Array.from({ length: 200 }, (_, index) => message(index + 51, 'me')), more: true }),
  );
  equal(held.outbox.entries.length, 50);
  equal(held.outbox.entries[0].client_id, 'c251');
});

test('at most a hundred are sent again, the newest', () => {
  const held = room({ messages: Array.from({ length: 150 }, (_, index) => message(index + 1, 'me')) });
  held.take(roomState({ epoch: 2, messages: [] }));
  equal([held.outbox.entries.length, held.outbox.entries[0].client_id], [100, 'c51']);
});

test('an acknowledged message that still waited behind a gap is rescued too', () => {
  const held = room();
  held.outbox.add('text', 'mine', NOW);
  const { client_id } = held.outbox.entries[0];
  held.acknowledge(client_id, 2, NOW);
  held.take(roomState({ epoch: 2, messages: [] }));
  equal(
    held.outbox.entries.map((entry) => entry.client_id),
    [client_id],
  );
});

test('what was said before goes before what is still unsent', () => {
  const held = room({ messages: [message(1, 'me')] });
  held.outbox.add('text', 'newest', NOW);
  held.take(roomState({ epoch: 2 }));
  equal(
    held.outbox.entries.map((entry) => entry.body),
    ['me 1', 'newest'],
  );
});

test('the unsent survive a reload of the tab, in their own room only', () => {
  const keep = memoryKeep();
  room({}, keep).outbox.add('text', 'not yet', NOW);
  equal(
    room({}, keep).outbox.entries.map((entry) => entry.body),
    ['not yet'],
  );
  equal(room({ room_id: 'another' }, keep).outbox.entries, []);
});

test('after a reload the list of the server settles what had arrived', () => {
  const keep = memoryKeep();
  const before = room({}, keep);
  before.outbox.add('text', 'arrived', NOW);
  const { client_id } = before.outbox.entries[0];
  equal(room({ messages: [message(1, 'me', { client_id })] }, keep).outbox.entries, []);
});

test('a partner is lost, and both members may be missing', () => {
  const held = room();
  held.hear({ type: 'room.partner_lost', room_id: 'room', grace_ends_at_ms: NOW + 10_000 }, NOW);
  equal(
    [held.status, held.partnerPresent, held.partnerGraceEndsAt, held.torch?.state],
    ['grace_period', false, NOW + 10_000, 'frozen'],
  );
  held.hear(
    {
      type: 'room.partner_returned',
      room_id: 'room',
      torch: { state: 'lit', dims_at_ms: NOW + 90_000, out_at_ms: NOW + 150_000 },
    },
    NOW,
  );
  equal([held.status, held.partnerPresent, held.partnerGraceEndsAt, held.torch?.state], ['active', true, 0, 'lit']);
});

test('the end brings the last messages with it', () => {
  const held = room({ messages: [message(1, 'ben')] });
  held.end({ room_id: 'room', reason: 'left', seconds: 12, cooldown_ends_at_ms: null, messages: [message(2, 'ben')] });
  equal([seqs(held), held.status, held.ended?.reason], [[1, 2], 'ended', 'left']);
});

test('typing is believed for a while, and until the message comes', () => {
  const held = room();
  held.hear({ type: 'chat.typed', room_id: 'room' }, NOW);
  ok(held.typingUntil > NOW, 'typing');
  hear(held, message(1, 'ben'));
  equal(held.typingUntil, 0);
});

test('read marks only grow', () => {
  const held = room({ read: { mine: 0, partner: 4 } });
  for (const seq of [6, 5]) held.hear({ type: 'chat.was_read', room_id: 'room', seq }, NOW);
  equal(held.read.partner, 6);
});

test('the torch dims when someone has been silent for two minutes and nobody has written for one', () => {
  const torch = new Torch({ state: 'lit', dims_at_ms: NOW + 120_000, out_at_ms: NOW + 180_000 }, NOW, ['me', 'ben']);
  equal(torch.dimsAt, NOW + 120_000);
  torch.fed('me', NOW + 100_000);
  equal(torch.dimsAt, NOW + 160_000);
  torch.fed('ben', NOW + 110_000);
  equal(torch.dimsAt, NOW + 220_000);
});

test('the torch learns from a room that has just begun how long it burns', () => {
  const torch = Torch.freshlyLit({ state: 'lit', dims_at_ms: NOW + 6_000, out_at_ms: NOW + 9_000 }, NOW, ['me', 'ben']);
  torch.fed('me', NOW + 5_000);
  torch.fed('ben', NOW + 5_000);
  equal(torch.dimsAt, NOW + 11_000);
  equal(torch.glow(NOW + 8_000), { until: NOW + 11_000, left: 0.5 });
});

test('the server has the last word on the torch', () => {
  const torch = new Torch({ state: 'lit', dims_at_ms: NOW + 120_000, out_at_ms: NOW + 180_000 }, NOW, ['me', 'ben']);
  torch.dim(NOW + 60_000);
  equal([torch.state, torch.glow(NOW + 30_000)], ['dimming', { until: NOW + 60_000, left: 0.5 }]);
  torch.relight(NOW + 300_000);
  equal([torch.state, torch.glow(NOW).until], ['lit', NOW + 300_000]);
  torch.freeze();
  equal(torch.glow(NOW), { until: null, left: 1 });
});
