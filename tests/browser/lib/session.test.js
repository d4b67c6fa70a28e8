// @ts-check
import { memoryKeep } from '/client/lib/keep.js';
import { card, equal, invite, ME, message, ok, roomState, settle, test, World } from './harness.js';

const ENDED = { room_id: 'room', reason: 'left', seconds: 30, cooldown_ends_at_ms: null, ended_at_ms: 1_000_000 };

// -- the room, across what may happen to a connection

test('after a reload a room that nobody else of mine holds is entered', async () => {
  const world = new World();
  await world.welcome({ room: roomState({ messages: [message(1, 'ben')] }) });
  const enter = world.socket.take('room.enter');
  equal({ ...enter, ref: 0 }, { type: 'room.enter', ref: 0, room_id: 'room', last_seq: 1, epoch: 1 });
});

test('after a reload a room that another tab holds is left to it, until asked', async () => {
  const world = new World();
  await world.welcome({ room: roomState({ bound_elsewhere: true }) });
  world.socket.quiet();
  equal(world.session.seat.place, 'elsewhere');
  world.session.seat.enterHere();
  world.socket.answer('room.enter', { type: 'room.entered', room: roomState() });
  await settle();
  equal(world.session.seat.place, 'mine');
});

test('a lost link resumes with hello: room, last_seq and epoch, and what was missed follows', async () => {
  const world = new World();
  const room = await world.inRoom({ messages: [message(1, 'ben')], epoch: 3 });
  await world.lose();
  const hello = await world.welcome({ room: roomState({ epoch: 3, messages: [message(2, 'ben')] }) });
  equal(hello.room, { room_id: 'room', last_seq: 1, epoch: 3 });
  equal([room.lastSeq, world.session.seat.place], [2, 'mine']);
  world.socket.quiet();
});

test('unacknowledged messages are sent again with their client_id, in their order', async () => {
  const world = new World();
  await world.inRoom();
  world.session.seat.say('one');
  world.session.seat.say('two');
  const first = world.socket.take('chat.send');
  world.socket.quiet();
  await world.lose();
  await world.welcome({ room: roomState() });
  const again = world.socket.answer('chat.send', { type: 'chat.sent', seq: 1, sent_at_ms: 1_000_001 });
  equal([again.client_id, again.body], [first.client_id, 'one']);
  await settle();
  const second = world.socket.answer('chat.send', { type: 'chat.sent', seq: 2, sent_at_ms: 1_000_002 });
  equal(second.body, 'two');
  await settle();
  equal(world.session.seat.room?.outbox.entries, []);
});

test('a message that arrived although its answer was lost is not sent again', async () => {
  const world = new World();
  const room = await world.inRoom();
  world.session.seat.say('one');
  const { client_id } = world.socket.take('chat.send');
  await world.lose();
  await world.welcome({ room: roomState({ messages: [message(1, 'me', { client_id })] }) });
  world.socket.quiet();
  equal([room.lastSeq, room.outbox.entries], [1, []]);
});

test('over the limit a message waits its time, and those behind it wait too', async () => {
  const world = new World();
  const room = await world.inRoom();
  world.session.seat.say('one');
  world.session.seat.say('two');
  world.socket.refuse('chat.send', 'rate_limited', { retry_after_ms: 1_400 });
  await world.timers.pass(1_300);
  world.socket.quiet();
  await world.timers.pass(200);
  equal(world.socket.answer('chat.send', { type: 'chat.sent', seq: 1, sent_at_ms: 1 }).body, 'one');
  await settle();
  equal(world.socket.answer('chat.send', { type: 'chat.sent', seq: 2, sent_at_ms: 2 }).body, 'two');
  await settle();
  equal(room.lastSeq, 2);
});

test('a message that cannot be sent is kept and shown as such; the next one goes', async () => {
  const world = new World();
  const room = await world.inRoom();
  world.session.seat.say('bad');
  world.session.seat.say('good');
  world.socket.refuse('chat.send', 'invalid_body');
  await settle();
  equal(world.socket.answer('chat.send', { type: 'chat.sent', seq: 1, sent_at_ms: 1 }).body, 'good');
  await settle();
  equal(
    room.outbox.entries.map((entry) => [entry.body, entry.refused]),
    [['bad', 'invalid_body']],
  );
});

test('nothing is sent before the room has started', async () => {
  const world = new World();
  await world.inRoom({ started_at_ms: null, torch: null });
  world.session.seat.say('early');
  world.socket.quiet();
  await world.push({
    type: 'room.started',
    room_id: 'room',
    started_at_ms: 1_000_000,
    ends_at_ms: null,
    torch: { state: 'lit', dims_at_ms: 1_120_000, out_at_ms: 1_180_000 },
  });
  world.socket.take('chat.send');
});

test('a gap that lasts is closed by entering again', async () => {
  const world = new World();
  const room = await world.inRoom();
  await world.push({ type: 'chat.message', message: message(1, 'ben') });
  await world.push({ type: 'chat.message', message: message(3, 'ben') });
  await world.timers.pass(300);
  const enter = world.socket.answer('room.enter', {
    type: 'room.entered',
    room: roomState({ messages: [message(2, 'ben'), message(3, 'ben')] }),
  });
  equal(enter.last_seq, 1);
  await settle();
  equal([room.lastSeq, room.gap, world.session.seat.place], [3, false, 'mine']);
});

test('a gap that closes by itself asks nobody', async () => {
  const world = new World();
  const room = await world.inRoom();
  await world.push({ type: 'chat.message', message: message(2, 'ben') });
  await world.push({ type: 'chat.message', message: message(1, 'ben') });
  await world.timers.pass(1_000);
  world.socket.quiet();
  equal(room.lastSeq, 2);
});

test('a restored room is entered with the old epoch, and its tail is healed', async () => {
  const world = new World();
  await world.inRoom({ messages: [message(1, 'ben'), message(2, 'me'), message(3, 'me')] });
  await world.push({ type: 'room.restored', room_id: 'room', epoch: 2 });
  const enter = world.socket.answer('room.enter', {
    type: 'room.entered',
    room: roomState({ epoch: 2, messages: [message(1, 'ben')] }),
  });
  equal([enter.last_seq, enter.epoch], [3, 1]);
  await settle();
  equal(world.socket.answer('chat.send', { type: 'chat.sent', seq: 2, sent_at_ms: 1 }).client_id, 'c2');
  await settle();
  equal(world.socket.answer('chat.send', { type: 'chat.sent', seq: 3, sent_at_ms: 1 }).client_id, 'c3');
});

test('while a room is being brought back the page asks again until it is there', async () => {
  const world = new World();
  await world.welcome({ room: roomState() });
  world.socket.refuse('room.enter', 'unavailable', { retry_after_ms: 500 });
  await world.timers.pass(600);
  world.socket.answer('room.enter', { type: 'room.entered', room: roomState() });
  await settle();
  equal(world.session.seat.place, 'mine');
});

test('a room that moved to another tab is not named again, not even after a lost link', async () => {
  const world = new World();
  await world.inRoom();
  await world.push({ type: 'room.moved', room_id: 'room' });
  equal(world.session.seat.place, 'elsewhere');
  await world.lose();
  const hello = await world.welcome({ room: roomState() });
  equal(hello.room, undefined);
  world.socket.quiet();
  equal(world.session.seat.place, 'elsewhere');
});

test('a bystander asks nothing and sends nothing; continuing here sends what had been left', async () => {
  const world = new World();
  await world.inRoom();
  world.session.seat.say('one');
  world.socket.take('chat.send');
  await world.push({ type: 'room.moved', room_id: 'room' });
  await world.lose();
  await world.welcome({ room: roomState({ bound_elsewhere: true }) });
  world.socket.quiet();
  world.session.seat.enterHere();
  world.socket.answer('room.enter', { type: 'room.entered', room: roomState() });
  await settle();
  equal(world.socket.take('chat.send').body, 'one');
});

test('leaving survives a lost answer', async () => {
  const world = new World();
  await world.inRoom();
  world.session.seat.leave();
  world.socket.take('room.leave');
  await world.lose();
  await world.welcome({ room: roomState() });
  world.socket.answer('room.leave', {});
  await world.push({ type: 'room.ended', ...ENDED });
  equal(world.session.seat.room?.ended?.reason, 'left');
});

test('a room that ended while the link was away ends with its last messages', async () => {
  const world = new World();
  const room = await world.inRoom({ messages: [message(1, 'ben')] });
  await world.lose();
  await world.welcome({ last_room: { ...ENDED, reason: 'lost', messages: [message(2, 'ben')] } });
  equal([room.ended?.reason, room.lastSeq, world.session.seat.place], ['lost', 2, 'none']);
});

test('a room of which nobody knows any more has ended, somehow', async () => {
  const world = new World();
  const room = await world.inRoom();
  await world.lose();
  await world.welcome();
  equal([room.ended?.reason, room.ended?.seconds], ['unknown', null]);
});

test('what was under way at the end is asked after: in time, or not', async () => {
  const world = new World();
  const room = await world.inRoom();
  world.session.seat.say('in time');
  world.session.seat.say('too late');
  world.socket.take('chat.send');
  await world.lose();
  await world.welcome({ last_room: { ...ENDED, messages: [] } });
  world.socket.answer('chat.send', { type: 'chat.sent', seq: 1, sent_at_ms: 1 });
  await settle();
  world.socket.refuse('chat.send', 'room_ended');
  await settle();
  equal(
    [room.lastSeq, room.outbox.entries.map((entry) => [entry.body, entry.refused])],
    [1, [['too late', 'room_ended']]],
  );
});

test('a meeting missed altogether is told once', async () => {
  const tab = memoryKeep();
  const world = new World({ tab });
  await world.welcome({ last_room: { ...ENDED, messages: [] } });
  equal(world.session.seat.missed?.room_id, 'room');
  world.session.seat.dismiss();
  const reloaded = new World({ tab });
  await reloaded.welcome({ last_room: { ...ENDED, messages: [] } });
  equal(reloaded.session.seat.missed, null);
});

test('read marks go one at a time, and the last one wins', async () => {
  const world = new World();
  await world.inRoom();
  await world.push({ type: 'chat.message', message: message(1, 'ben') });
  world.session.seat.read();
  await world.push({ type: 'chat.message', message: message(2, 'ben') });
  world.session.seat.read();
  equal(world.socket.answer('chat.read', {}).seq, 1);
  await settle();
  equal(world.socket.answer('chat.read', {}).seq, 2);
  await settle();
  world.session.seat.read();
  world.socket.quiet();
});

test('typing is said now and then, not with every key', async () => {
  const world = new World();
  await world.inRoom();
  for (let i = 0; i < 20; i++) {
    world.session.seat.typing();
    await world.timers.pass(100);
  }
  world.socket.take('chat.typing');
  world.socket.quiet();
});

// -- invites

test('the tab that invited enters, and names itself only then', async () => {
  const world = new World();
  await world.welcome();
  const asked = world.session.ringing.invite(card('ben'), 'video', 240);
  const sent = world.socket.answer('invite.send', { type: 'invite.sent', invite_id: 'i1', expires_at_ms: 1_020_000 });
  await asked;
  equal({ ...sent, ref: 0 }, { type: 'invite.send', ref: 0, to: 'ben', mode: 'video', seconds: 240 });
  equal(world.session.invites.outgoing?.invite_id, 'i1');
  await world.push({ type: 'invite.ended', invite_id: 'i1', outcome: 'accepted' });
  await world.push({ type: 'room.opened', room: roomState({ started_at_ms: null, torch: null }) });
  world.socket.take('room.enter');
  equal(world.session.invites.outgoing, null);
});

test('a tab that neither invited nor accepted only offers to continue', async () => {
  const world = new World();
  await world.welcome();
  await world.push({ type: 'room.opened', room: roomState() });
  world.socket.quiet();
  equal(world.session.seat.place, 'elsewhere');
});

test('the tab that accepted enters, whichever comes first, answer or room', async () => {
  for (const roomFirst of [true, false]) {
    const world = new World();
    await world.welcome({ invites: [invite('i1', card('ben'), ME)] });
    const accepted = world.session.ringing.accept(world.session.invites.incoming[0]);
    if (roomFirst) await world.push({ type: 'room.opened', room: roomState() });
    equal(world.socket.answer('invite.accept', {}).seconds, undefined);
    await accepted;
    if (!roomFirst) await world.push({ type: 'room.opened', room: roomState() });
    world.socket.take('room.enter');
    equal(world.session.invites.incoming, []);
  }
});

test('a tab that reloaded between ringing and the room still enters', async () => {
  const tab = memoryKeep();
  const world = new World({ tab });
  await world.welcome();
  const asked = world.session.ringing.invite(card('ben'), 'text');
  world.socket.answer('invite.send', { type: 'invite.sent', invite_id: 'i1', expires_at_ms: 1_020_000 });
  await asked;
  const reloaded = new World({ tab });
  await reloaded.welcome({ invites: [invite('i1', ME, card('ben'))] });
  equal(reloaded.session.invites.outgoing?.invite_id, 'i1');
  await reloaded.push({ type: 'room.opened', room: roomState() });
  reloaded.socket.take('room.enter');
});

test('an invite that completes a mutual one opens the room without ringing', async () => {
  const world = new World();
  await world.welcome();
  const asked = world.session.ringing.invite(card('ben'), 'text');
  world.socket.answer('invite.send', {});
  await asked;
  equal(world.session.invites.outgoing, null);
  await world.push({ type: 'room.opened', room: roomState() });
  world.socket.take('room.enter');
});

test('an end that overtakes the answer leaves nothing ringing', async () => {
  const world = new World();
  await world.welcome();
  const asked = world.session.ringing.invite(card('ben'), 'text');
  await world.push({ type: 'invite.ended', invite_id: 'i1', outcome: 'declined' });
  world.socket.answer('invite.send', { type: 'invite.sent', invite_id: 'i1', expires_at_ms: 1_020_000 });
  await asked;
  equal(world.session.invites.outgoing, null);
});

test('a refused invite is raised to the page, and nobody is expected', async () => {
  const world = new World();
  await world.welcome();
  let code = '';
  const asked = world.session.ringing.invite(card('ben'), 'text').catch((error) => (code = error.code));
  world.socket.refuse('invite.send', 'cooldown', { retry_after_ms: 5_000 });
  await asked;
  equal(code, 'cooldown');
  await world.push({ type: 'room.opened', room: roomState() });
  world.socket.quiet();
});

test('an answer that comes too late takes the invite away', async () => {
  const world = new World();
  await world.welcome({ invites: [invite('i1', card('ben'), ME)] });
  const declined = world.session.ringing.decline(world.session.invites.incoming[0]).catch(() => {});
  world.socket.refuse('invite.decline', 'invite_gone', { outcome: 'rescinded' });
  await declined;
  equal(world.session.invites.incoming, []);
});

test('how an invite ended is told to the page once', async () => {
  const world = new World();
  const told = [];
  world.session.on('invite-ended', ({ ours, outcome }) => told.push([ours, outcome]));
  await world.welcome({ invites: [invite('i1', card('ben'), ME), invite('i2', ME, card('cleo'))] });
  for (const [id, outcome] of [
    ['i1', 'rescinded'],
    ['i1', 'rescinded'],
    ['i2', 'declined'],
  ])
    await world.push({ type: 'invite.ended', invite_id: id, outcome });
  equal(told, [
    [false, 'rescinded'],
    [true, 'declined'],
  ]);
});

test('a ring whose end was never told stops by itself', async () => {
  const world = new World();
  await world.welcome({ invites: [invite('i1', card('ben'), ME)] });
  for (let seconds = 0; seconds < 39; seconds++) {
    await world.timers.pass(1_000);
    await world.push({ type: 'card.changed', user_id: 'x', presence: 'busy' });
  }
  equal(world.session.invites.incoming.length, 1);
  await world.timers.pass(2_000);
  equal(world.session.invites.incoming, []);
});

test('what welcome says of invites replaces what was believed', async () => {
  const world = new World();
  await world.welcome({ invites: [invite('i1', card('ben'), ME)] });
  await world.lose();
  await world.welcome({ invites: [invite('i2', card('cleo'), ME)] });
  equal(
    world.session.invites.incoming.map((each) => each.invite_id),
    ['i2'],
  );
});

// -- the wish and the people

test('the wish is made again when its answer was lost', async () => {
  const world = new World();
  await world.welcome();
  world.session.setWish(true);
  world.socket.take('queue.join');
  await world.lose();
  equal(world.session.wishShown, true);
  await world.welcome({ wish: false });
  world.socket.answer('queue.join', {});
  await settle();
  equal([world.session.wish, world.session.wishShown], [true, true]);
});

test('switched on and off quickly, the last wish stands', async () => {
  const world = new World();
  await world.welcome();
  world.session.setWish(true);
  world.session.setWish(false);
  world.socket.answer('queue.join', {});
  await settle();
  world.socket.answer('queue.leave', {});
  await settle();
  equal([world.session.wish, world.session.wishShown], [false, false]);
});

test('a refused wish falls back and is told', async () => {
  const world = new World();
  await world.welcome();
  let code = '';
  const wished = world.session.setWish(true).catch((error) => (code = error.code));
  world.socket.refuse('queue.join', 'not_admitted');
  await wished;
  equal([code, world.session.wishShown], ['not_admitted', false]);
});

test('a page that is not full looks again after five seconds with jitter, from the beginning', async () => {
  const world = new World({ random: () => 0.5 });
  await world.welcome();
  world.session.lookout.watch(true);
  equal(world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('ben')], waiting: 1 }).again, true);
  await world.timers.pass(4_900);
  world.socket.quiet();
  await world.timers.pass(200);
  equal(
    world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('cleo'), card('ben')], waiting: 2 }).again,
    true,
  );
  await settle();
  equal(
    world.session.people.cards.map((each) => each.user_id),
    ['ben', 'cleo'],
  );
});

test('a full page does not look again until its people are gone', async () => {
  const world = new World();
  await world.welcome();
  world.session.lookout.watch(true);
  const many = Array.from({ length: 24 }, (_, index) => card(`p${index}`));
  world.socket.answer('queue.browse', { type: 'queue.page', cards: many, waiting: 90 });
  await world.timers.pass(12_000);
  world.socket.quiet();
  for (const { user_id } of many) await world.push({ type: 'card.changed', user_id, presence: 'busy' });
  world.socket.take('queue.browse');
});

test('paging on shows others, and later looks add to them', async () => {
  const world = new World();
  await world.welcome();
  world.session.lookout.watch(true);
  world.socket.answer('queue.browse', {
    type: 'queue.page',
    cards: Array.from({ length: 24 }, (_, index) => card(`p${index}`)),
    waiting: 30,
  });
  await settle();
  world.session.lookout.lookOn();
  equal(
    world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('x'), card('y')], waiting: 30 }).again,
    false,
  );
  await world.timers.pass(6_100);
  equal(world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('z')], waiting: 30 }).again, false);
  await settle();
  equal(
    world.session.people.cards.map((each) => each.user_id),
    ['x', 'y', 'z'],
  );
  world.session.lookout.startOver();
  equal(world.socket.take('queue.browse').again, true);
});

test('a card that left is dimmed first and gone at the next look', async () => {
  const world = new World();
  await world.welcome();
  world.session.lookout.watch(true);
  world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('ben'), card('cleo')], waiting: 2 });
  await settle();
  await world.push({ type: 'card.changed', user_id: 'ben', presence: 'offline' });
  equal(
    world.session.people.cards.map((each) => each.presence),
    ['offline', 'available'],
  );
  await world.timers.pass(6_100);
  world.socket.answer('queue.browse', { type: 'queue.page', cards: [card('cleo')], waiting: 1 });
  await settle();
  equal(
    world.session.people.cards.map((each) => each.user_id),
    ['cleo'],
  );
});

test('nobody looks while nobody sees', async () => {
  const world = new World();
  await world.welcome();
  world.socket.quiet();
  world.session.lookout.watch(true);
  world.socket.answer('queue.browse', { type: 'queue.page', cards: [], waiting: 0 });
  await settle();
  world.session.lookout.watch(false);
  await world.timers.pass(14_000);
  world.socket.quiet();
});

test('a listener hears of many changes once', async () => {
  const world = new World();
  await world.welcome();
  let times = 0;
  world.session.on('change', () => times++);
  for (let i = 0; i < 50; i++) world.session.changed();
  await settle();
  ok(times === 1, `heard ${times} times`);
});
