// @ts-check
import { Notices } from '/client/lib/notices.js';
import { equal, settle, test, World } from './harness.js';

/** @param {string} id @param {number} at @returns {any} */
const news = (id, at, read = false) => ({
  notification_id: id,
  kind: 'introduced',
  user_id: id,
  name: id,
  introduced_by_name: 'Ben',
  created_at_ms: at,
  read,
});
const ids = (/** @type {Notices} */ notices) => notices.items.map((item) => item.notification_id);

test('welcome brings what is unread, a push is added on top, and each is there once', async () => {
  const world = new World();
  await world.welcome({ notifications: [news('b', 2), news('a', 1)] });
  const { notices } = world.session;
  world.socket.say({ type: 'intro.received', notification: news('c', 3) });
  world.socket.say({ type: 'intro.received', notification: news('c', 3) });
  equal([ids(notices), notices.unread], [['c', 'b', 'a'], 3]);
});

test('a push is told to people, what welcome brings only counts', async () => {
  const world = new World();
  /** @type {string[]} */
  const told = [];
  world.session.on('notice', (push) => told.push(push.type));
  await world.welcome({ notifications: [news('a', 1)] });
  world.socket.say({ type: 'intro.received', notification: news('b', 2) });
  equal(told, ['intro.received']);
});

test('reading counts at once, and counts no more when the server did not hear of it', async () => {
  const notices = new Notices();
  notices.welcome([news('a', 1)]);
  /** @type {any} */
  const silent = { readNotification: () => Promise.reject(Object.assign(new Error(), { status: 503 })) };
  const reading = notices.read(silent, 'a').catch(() => 'refused');
  equal(notices.unread, 0);
  equal([await reading, notices.unread], ['refused', 1]);
  await notices.read(/** @type {any} */ ({ readNotification: () => Promise.resolve(null) }), 'a');
  equal(notices.unread, 0);
});

test('those met lately are asked for only while they are wanted', async () => {
  const world = new World();
  await world.welcome();
  const { lookout } = world.session;
  lookout.watch(true);
  await settle();
  const plain = world.socket.answer('queue.browse', { type: 'queue.page', cards: [], waiting: 0 });
  equal('include_cooldown' in plain, false);
  await settle();
  lookout.includeMet(true);
  const wide = world.socket.answer('queue.browse', { type: 'queue.page', cards: [], waiting: 0 });
  equal([wide.include_cooldown, wide.again], [true, true]);
});
