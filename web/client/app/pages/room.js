// @ts-check
import { announce, alertTo } from '../announce.js';
import { closeSheets } from '../ask.js';
import { chatLog, linesOf } from '../chat-log.js';
import { composer } from '../composer.js';
import { focusOn, h, icon, set, show, write } from '../dom.js';
import { endedCard } from '../ended-card.js';
import { hearth } from '../hearth.js';
import { personSheet } from '../person-sheet.js';
import { portrait } from '../portrait.js';
import { ended as sayEnded, person as sayPerson, refusal, room as say } from '../strings.js';
import { toast } from '../toast.js';

const EARLIER_AT_ONCE = 50;
const isFinePointer = () => matchMedia('(pointer: fine)').matches;

/**
 * The meeting itself, from entering to its end.
 * @param {import('../main.js').App} app
 * @param {import('../../lib/session.js').Session} session
 */
export function roomPage(app, session) {
  const { seat } = session;
  const room = /** @type {import('../../lib/room.js').Room} */ (seat.room);
  const { name } = room.partner;
  const fire = hearth();
  const status = h('p', { class: 'status' });
  const leave = h(
    'button',
    { class: 'secondary leave', type: 'button', onclick: () => leaving.showModal() },
    icon('leave'),
    say.leave,
  );
  const about = h(
    'button',
    {
      class: 'icon-button',
      type: 'button',
      'aria-label': sayPerson.about(name),
      onclick: () => personSheet(app, room.partner, room.startedAt ? room.roomId : null),
    },
    icon('more'),
  );
  const banner = h('div', { class: 'banner', hidden: true });
  const earlier = h('button', { class: 'quiet-button earlier', type: 'button', onclick: showEarlier }, say.earlier);
  const log = chatLog({
    label: say.log,
    onretry: (clientId) => seat.sayAgain(clientId),
    onscroll: () => page.looked(),
  });
  const beginning = h('p', { class: 'quiet-start' });
  log.element.prepend(earlier, beginning);
  const below = h(
    'button',
    { class: 'below', type: 'button', hidden: true, onclick: () => log.toEnd() },
    icon('down'),
    say.newBelow,
  );
  const pen = composer({ onsay, ontyping: () => seat.typing() });
  const end = endedCard(app);
  const leaving = leaveDialog();
  let leftByMe = false;
  let unread = 0;

  const element = h(
    'div',
    { class: 'page room' },
    h(
      'header',
      { class: 'partner' },
      portrait(room.partner),
      h('div', { class: 'words' }, h('h1', {}, name), status),
      about,
      leave,
    ),
    h('section', { class: 'side', 'aria-label': say.title(name) }, fire.element),
    h('div', { class: 'talk' }, banner, log.element, below, pen.element, end.element),
    leaving,
  );

  function leaveDialog() {
    const dialog = h(
      'dialog',
      { class: 'sheet small', 'aria-labelledby': 'leave-title' },
      h('h2', { id: 'leave-title' }, say.leaveAsk),
      h('p', { class: 'hint' }, say.leaveText),
      h(
        'div',
        { class: 'acts' },
        h('button', { class: 'secondary', type: 'button', onclick: () => dialog.close() }, say.leaveNo),
        h('button', { class: 'primary', type: 'button', onclick: goAway }, say.leaveYes),
      ),
    );
    function goAway() {
      leftByMe = true;
      dialog.close();
      seat.leave();
    }
    return dialog;
  }

  /** @param {string} text */
  function onsay(text) {
    seat.say(text);
    log.toEnd();
  }

  async function showEarlier() {
    earlier.disabled = true;
    try {
      await seat.earlier(EARLIER_AT_ONCE);
      focusOn(log.element);
    } catch (error) {
      toast(refusal(/** @type {any} */ (error)));
    }
    earlier.disabled = false;
  }

  /** What is wrong or awaited right now: a text and, rarely, a question. */
  function bannerNow() {
    if (room.ended) return null;
    if (!session.isHere) return { kind: 'link', text: say.reconnecting };
    if (seat.place === 'entering') return { kind: 'wait', text: say.entering };
    if (!room.startedAt) return { kind: 'wait', text: say.waiting(name) };
    if (room.partnerGraceEndsAt)
      return {
        kind: 'lost',
        text: say.partnerLost(name, Math.ceil(session.clock.until(room.partnerGraceEndsAt) / 1000)),
      };
    if (room.videoRequest?.from === room.partner.user_id) return { kind: 'ask', text: say.videoAsked(name) };
    return null;
  }

  function paintBanner() {
    const now = bannerNow();
    show(banner, now !== null);
    if (!now) return;
    if (banner.dataset.kind !== now.kind) {
      banner.dataset.kind = now.kind;
      banner.replaceChildren(
        h('p', {}),
        ...(now.kind === 'ask'
          ? [
              answerButton('video.decline', say.videoNo, 'secondary'),
              answerButton('video.accept', say.videoYes, 'primary'),
            ]
          : []),
      );
    }
    write(/** @type {Element} */ (banner.firstElementChild), now.text);
  }

  /** @param {'video.accept' | 'video.decline'} type @param {string} words @param {string} className */
  function answerButton(type, words, className) {
    return h(
      'button',
      { class: className, type: 'button', onclick: () => seat.video(type).catch((error) => toast(refusal(error))) },
      words,
    );
  }

  /** Said once each, to those who listen. What there is at the first look is not news. */
  const heard = {
    messages: room.lastSeq,
    started: room.startedAt !== null,
    lost: room.partnerGraceEndsAt > 0,
    torch: room.torch?.state ?? '',
    here: true,
    ended: room.ended !== null,
  };
  function tellNews() {
    const fresh = room.messages.filter((message) => message.seq > heard.messages && message.from !== room.myId);
    heard.messages = room.lastSeq;
    for (const message of fresh)
      announce(message.kind === 'text' ? `${name}: ${message.body}` : message.kind === 'system' ? say.upgraded : name);
    if (fresh.length > 0) {
      fire.flare();
      if (document.hidden) unread += fresh.length;
      if (!log.isNearEnd()) show(below, true);
    }
    if (!heard.started && room.startedAt) {
      announce(say.started(name));
      if (isFinePointer()) pen.field.focus();
    }
    if (heard.here && !session.isHere && !room.ended) alertTo(say.reconnecting);
    if (!heard.here && session.isHere && !room.ended) announce(say.reconnected);
    if (!heard.lost && room.partnerGraceEndsAt) alertTo(say.partnerLostSaid(name));
    if (heard.lost && !room.partnerGraceEndsAt && !room.ended) announce(say.partnerReturned(name));
    const torch = room.torch?.state ?? '';
    if (heard.torch !== torch && torch === 'dimming') alertTo(say.torch.saidDimming);
    if (heard.torch === 'dimming' && torch === 'lit') announce(say.torch.saidRelit);
    if (!heard.ended && room.ended) {
      leaving.close();
      closeSheets();
      alertTo(sayEnded.title);
      focusOn(end.heading);
    }
    Object.assign(heard, {
      here: session.isHere,
      started: room.startedAt !== null,
      lost: room.partnerGraceEndsAt > 0,
      torch,
      ended: room.ended !== null,
    });
  }

  const page = {
    title: name,
    element,
    inRoom: true,

    update() {
      const unsent = room.outbox.entries.map((entry) => ({
        key: `me-${entry.client_id}`,
        mine: true,
        kind: entry.kind,
        body: entry.body,
        at: entry.written_at_ms,
        state: /** @type {'refused' | 'sending'} */ (entry.refused || room.ended ? 'refused' : 'sending'),
        clientId: entry.client_id,
      }));
      const wasAtEnd = log.isNearEnd();
      const news = room.lastSeq - heard.messages;
      log.update([...linesOf(room.messages, room.myId), ...unsent], { name, read: room.read.partner });
      if (wasAtEnd && news > 0) log.toEnd();
      show(earlier, room.more);
      write(beginning, !room.startedAt ? '' : room.mode === 'text' ? say.began : say.firstVideo);
      pen.update({ name, textMax: session.limits.text_max, mayWrite: room.startedAt !== null && !room.ended });
      show(pen.element, !room.ended);
      show(leave, !room.ended);
      show(about, !room.ended);
      element.dataset.mode = room.mode;
      set(element, { 'data-ended': room.ended !== null });
      end.update(room.ended, room.partner, leftByMe);
      tellNews();
      this.title = unread > 0 ? say.unreadTitle(name, unread) : name;
      this.tick();
      this.looked();
    },

    tick() {
      const now = session.clock.now();
      fire.update(room, now);
      const typing = !room.ended && room.typingUntil > now;
      log.typing(typing ? say.typing(name) : '');
      write(status, room.ended ? '' : typing ? say.typing(name) : room.partnerPresent ? say.here : '');
      set(status, { 'data-here': room.partnerPresent && !room.ended });
      paintBanner();
    },

    /** Somebody looks at the page, or at another place of the conversation. */
    looked() {
      if (document.hidden) return;
      unread = 0;
      if (!log.isNearEnd()) return;
      show(below, false);
      seat.read();
    },

    arrive() {
      log.toEnd();
      if (isFinePointer() && room.startedAt && !room.ended) pen.field.focus();
      else focusOn(element.querySelector('h1'));
    },
  };
  return page;
}
