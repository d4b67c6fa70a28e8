// @ts-check
import { mayComeBack, UNHURRIED, waitBefore } from '/client/lib/backoff.js';
import { ServerClock } from '/client/lib/clock.js';
import { equal, FakeTimers, ok, settle, test, World } from './harness.js';

test('a client waits anywhere below a ceiling that doubles and is capped', () => {
  const longest = [0, 1, 2, 3, 4, 50].map((attempt) => waitBefore(attempt, UNHURRIED, () => 0.999_999));
  equal(longest, [999, 1999, 3999, 7999, 14999, 14999]);
  equal(
    waitBefore(9, UNHURRIED, () => 0),
    0,
  );
});

test('4000-4499 and everything below 4000 come back, 4500-4999 and 1009 do not', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 3999, 4000, 4004, 4005, 4499])
    ok(mayComeBack(code), `${code} comes back`);
  for (const code of [1009, 4500, 4501, 4502, 4503, 4507, 4508, 4999]) ok(!mayComeBack(code), `${code} stays away`);
});

test('the first frame is hello, with token and protocol, and no room', async () => {
  const world = new World();
  const hello = await world.welcome();
  equal({ ...hello, client: undefined }, { type: 'hello', ref: 1, token: 'token', protocol: 1 });
  equal(world.session.connection.state, 'open');
  equal(world.session.me?.name, 'Anna');
});

test('a request has one answer: the reply, the refusal, or that the link was lost', async () => {
  const world = new World();
  await world.welcome();
  const outcomes = [];
  for (const type of ['a', 'b', 'c'])
    world.session.request({ type }).then(
      (reply) => outcomes.push(reply.type),
      (error) => outcomes.push(error.code),
    );
  world.socket.refuse('a', 'busy');
  world.socket.answer('b', {});
  world.socket.end();
  await settle();
  equal(outcomes, ['busy', 'done', 'lost']);
});

test('a request while not connected is lost at once', async () => {
  const world = new World();
  let code = '';
  await world.session.request({ type: 'a' }).catch((error) => (code = error.code));
  equal(code, 'lost');
});

test('a page that was sent away stays away until it is started again', async () => {
  const world = new World();
  await world.welcome();
  world.socket.end(4502);
  await world.timers.pass(600_000);
  equal(
    [world.session.connection.state, world.session.connection.stopCode, world.sockets.length],
    ['stopped', 4502, 1],
  );
  world.session.start();
  equal(world.sockets.length, 2);
});

test('a refused hello that may come back does', async () => {
  const world = new World();
  world.session.start();
  world.socket.accept();
  world.socket.refuse('hello', 'unavailable');
  world.socket.end(4004);
  await world.timers.pass(20_000);
  ok(world.sockets.length > 1, 'tried again');
});

test('failing again and again waits longer each time, and a link that held starts over', async () => {
  const world = new World({ random: () => 0.999 });
  const waits = [];
  world.session.connection.on(
    'state',
    (state) => state === 'waiting' && waits.push((world.session.connection.retryAt ?? 0) - world.timers.now()),
  );
  await world.welcome();
  await world.timers.pass(6_000);
  for (let i = 0; i < 3; i++) await world.lose();
  await world.welcome();
  await world.timers.pass(6_000);
  await world.lose();
  equal(waits, [999, 1998, 3996, 999]);
});

test('a link that breaks right after each welcome does not start over', async () => {
  const world = new World({ random: () => 0.999 });
  const waits = [];
  world.session.connection.on(
    'state',
    (state) => state === 'waiting' && waits.push((world.session.connection.retryAt ?? 0) - world.timers.now()),
  );
  await world.welcome();
  await world.lose();
  await world.welcome();
  await world.lose();
  equal(waits, [999, 1998]);
});

test('silent for ping_ms, the client pings; without an answer in ten seconds it reconnects', async () => {
  const world = new World();
  await world.welcome();
  await world.timers.pass(14_900);
  world.socket.quiet();
  await world.timers.pass(200);
  world.socket.take('ping');
  await world.timers.pass(9_800);
  equal(world.session.connection.state, 'open');
  await world.timers.pass(200);
  ok(world.socket.isClosedByClient || world.sockets.length > 1, 'gave the link up');
});

test('whatever is heard counts as life', async () => {
  const world = new World();
  await world.welcome();
  for (let i = 0; i < 6; i++) {
    await world.timers.pass(10_000);
    await world.push({ type: 'card.changed', user_id: 'x', presence: 'busy' });
  }
  world.socket.quiet();
  await world.timers.pass(15_000);
  world.socket.take('ping');
  await world.push({ type: 'card.changed', user_id: 'x', presence: 'busy' });
  await world.timers.pass(12_000);
  equal(world.sockets.length, 1);
});

test('in a room the link is watched as closely as the server does', async () => {
  const world = new World();
  await world.inRoom();
  await world.timers.pass(3_000);
  world.socket.take('ping');
  await world.timers.pass(3_000);
  await world.timers.pass(300);
  equal(world.sockets.length, 2, 'sockets');
});

test('a device that slept asks once more before it gives the link up', async () => {
  const world = new World();
  await world.welcome();
  await world.timers.pass(15_000);
  const asleep = world.socket.take('ping');
  await world.timers.sleep(600_000);
  const awake = world.socket.take('ping');
  for (const { ref } of [asleep, awake]) world.socket.say({ type: 'pong', ref, server_at_ms: 0 });
  await world.timers.pass(5_000);
  equal(world.sockets.length, 1);
});

test('the network came back while waiting: at once, without the rest of the wait', async () => {
  const world = new World({ random: () => 0.999 });
  await world.welcome();
  world.socket.end();
  equal(world.session.connection.state, 'waiting');
  world.session.wake();
  equal(world.sockets.length, 2);
});

test('the network changed under an open link: a quick question, and away without an answer', async () => {
  const world = new World({ random: () => 0 });
  await world.welcome();
  world.session.wake();
  world.socket.take('ping');
  await world.timers.pass(2_400);
  equal(world.sockets.length, 1);
  await world.timers.pass(200);
  equal(world.sockets.length, 2);
});

test('a draining node names the instant: its close is followed at once', async () => {
  const world = new World({ random: () => 0 });
  await world.welcome();
  await world.push({ type: 'node.draining', reconnect_after_ms: 4_000 });
  await world.timers.pass(3_900);
  equal(world.sockets.length, 1);
  world.socket.end(4000);
  await world.timers.pass(1);
  equal(world.sockets.length, 2);
});

test('a draining node that forgets to close is left soon after its instant', async () => {
  const world = new World({ random: () => 0 });
  await world.welcome();
  await world.push({ type: 'node.draining', reconnect_after_ms: 4_000 });
  await world.timers.pass(4_500);
  equal(world.sockets.length, 1);
  await world.timers.pass(1_000);
  equal(world.sockets.length, 2);
});

test('an upgrade that hangs is given up and tried again', async () => {
  const world = new World();
  world.session.start();
  await world.timers.pass(12_000);
  equal(world.sockets.length, 2);
});

test('a request that is never answered costs the link, not the page', async () => {
  const world = new World();
  await world.welcome();
  let code = '';
  world.session.request({ type: 'a' }).catch((error) => (code = error.code));
  for (let i = 0; i < 5; i++) {
    await world.timers.pass(4_500);
    world.socket.say({ type: 'card.changed', user_id: 'x', presence: 'busy' });
  }
  equal(code, 'lost');
});

test('unknown messages and fields are ignored', async () => {
  const world = new World();
  await world.welcome({ shiny: true });
  await world.push({ type: 'shiny.thing', room_id: 'room' });
  equal(world.session.connection.state, 'open');
});

test('the clock trusts the sample with the shortest way, and forgets old ones', () => {
  const timers = new FakeTimers();
  const clock = new ServerClock(timers);
  const now = timers.now();
  clock.sample(now - 800, now, now + 5_000);
  clock.sample(now - 20, now, now + 2_990);
  equal(clock.offset, 3_000);
  equal(clock.until(now + 10_000), 7_000);
  equal(clock.until(now), 0);
  clock.sample(now + 3_600_000 - 400, now + 3_600_000, now + 3_600_000 - 200 + 100);
  equal(clock.offset, 100);
});

test('what was learnt another way ends it like a close code, until it is started again', async () => {
  const world = new World();
  /** @type {number[]} */
  const codes = [];
  world.session.on('turned-away', (code) => codes.push(code));
  world.session.start();
  for (let failure = 1; failure <= 3; failure++) {
    await world.lose();
    equal(world.session.connection.failures, failure);
  }
  world.session.connection.endWith(4503);
  equal([codes, world.session.connection.state], [[4503], 'stopped']);
  await world.timers.pass(60_000);
  equal(world.session.connection.state, 'stopped');
  world.session.start();
  await world.welcome();
  equal(world.session.connection.state, 'open');
});

test('why one was banned is kept over a reload, and forgotten with the next welcome', async () => {
  const world = new World();
  await world.welcome();
  world.socket.say({ type: 'account.banned', reason: 'unkind' });
  world.socket.end(4503);
  equal(world.session.banReason, 'unkind');
  world.session.start();
  await world.welcome();
  equal(world.session.banReason, null);
});
