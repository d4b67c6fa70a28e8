// @ts-check
/** Every word a person reads, in one place. Functions take plain values and give plain text; nothing here is markup. */
import { clockTime, length, minutes } from './format.js';

export const brand = 'Cresset';

export const shell = {
  skip: 'Skip to the content',
  nav: 'Main',
  people: 'People',
  history: 'Meetings',
  signOut: 'Sign out',
  soundOn: 'Sounds are on. Turn them off',
  soundOff: 'Sounds are off. Turn them on',
  reconnecting: 'Reconnecting …',
  reconnected: 'Connected again.',
  arriving: 'Coming in …',
  tryNow: 'Try now',
  dismiss: 'Dismiss',
};

export const welcome = {
  title: 'One light, two people.',
  lead: 'Light your cresset, see who else is up, and meet one person at a time. What you say keeps the fire going.',
  formTitle: 'Come in as a guest',
  name: 'Your name',
  nameHint: 'What others call you here',
  gender: 'You are',
  genders: { female: 'a woman', male: 'a man', nonbinary: 'non-binary', unspecified: 'rather not saying' },
  enter: 'Come in',
  entering: 'One moment …',
  small: 'No e-mail and no password. Your seat is kept on this device for some days.',
  nameMissing: 'Please give a name.',
  nameLong: 'A name has at most 50 characters.',
};

export const people = {
  title: 'Who is up',
  /** @param {number | null} waiting */
  waiting: (waiting) =>
    waiting === null
      ? 'Looking around …'
      : waiting === 0
        ? 'Nobody else has a light on right now'
        : waiting === 1
          ? 'One person has a light on'
          : `About ${waiting} people have a light on`,
  wishOn: 'Your light is on',
  wishOnText: 'People can see you and invite you.',
  wishOff: 'Your light is off',
  wishOffText: 'You can look around and invite. Nobody can find you.',
  wishSwitch: 'Let people find me',
  genders: { female: 'Woman', male: 'Man', nonbinary: 'Non-binary', unspecified: '' },
  presence: { available: 'Available', busy: 'In a meeting', online: 'Light off', offline: 'Gone' },
  /** @param {string} name */
  introducedBy: (name) => `Introduced by ${name}`,
  /** @param {number} endsAtMs */
  cooldown: (endsAtMs) => `You have met. Again from ${clockTime(endsAtMs)}`,
  chat: 'Chat',
  video: 'Video',
  /** @param {string} name */
  chatWith: (name) => `Invite ${name} to a chat`,
  /** @param {string} name */
  videoWith: (name) => `Invite ${name} to a video call`,
  emptyTitle: 'It is quiet here',
  emptyText: 'Nobody else has a light on just now. We keep looking every few seconds.',
  emptyLight: 'Put your own light on, and whoever comes by will see you.',
  more: 'Show me others',
  exhausted: 'That was everybody.',
  startOver: 'Start again from the first',
  list: 'People who are available',
};

export const lengths = {
  /** @param {string} name */
  title: (name) => `Video call with ${name}`,
  label: 'How long would you like?',
  agreed: 'You meet in the middle: the call lasts the mean of both wishes.',
  ring: 'Invite',
  cancel: 'Not now',
  noMedia:
    'This version does not carry pictures and sound yet. A video room has a chat and a clock, and ends early when no picture arrives.',
};

export const rings = {
  title: 'Invitations',
  /** @param {string} name */
  calling: (name) => `Calling ${name}`,
  /** @param {string} mode @param {number | null} seconds */
  about: (mode, seconds) =>
    mode === 'video' ? `Video call, ${minutes(seconds ?? 0)}` : 'Chat, for as long as the fire burns',
  rescind: 'Take it back',
  /** @param {string} name */
  rings: (name) => `${name} invites you`,
  accept: 'Accept',
  decline: 'Decline',
  yourLength: 'Your wish',
  /** @param {number} seconds */
  together: (seconds) => `together ${minutes(seconds)}`,
  silence: 'Press Escape to silence the bell.',
  /** @param {string} name @param {string} about @param {number} seconds */
  announce: (name, about, seconds) => `${name} invites you. ${about}. You have ${seconds} seconds to answer.`,
  /** @param {string} name */
  titleFlash: (name) => `${name} is calling`,
  /** @param {string} name @param {string} outcome */
  oursEnded: (name, outcome) =>
    ({
      accepted: `${name} accepted.`,
      declined: `${name} cannot right now.`,
      rescinded: 'You took the invitation back.',
      expired: `${name} did not answer.`,
      busy: `${name} is in a meeting now.`,
      gone: `${name} is gone.`,
    })[outcome] ?? 'The invitation is over.',
  /** @param {string} name @param {string} outcome */
  theirsEnded: (name, outcome) =>
    ({
      accepted: 'You accepted in another tab.',
      declined: 'You declined in another tab.',
      rescinded: `${name} took the invitation back.`,
      expired: `You missed ${name}.`,
      busy: `${name} is in a meeting now.`,
      gone: `${name} is gone.`,
    })[outcome] ?? 'The invitation is over.',
};

export const room = {
  /** @param {string} name */
  title: (name) => `Meeting with ${name}`,
  here: 'is here',
  entering: 'Entering …',
  /** @param {string} name */
  waiting: (name) => `Waiting for ${name} to come in …`,
  /** @param {string} name @param {number} seconds */
  partnerLost: (name, seconds) => `${name} lost the connection. The seat is kept for ${seconds} s.`,
  /** @param {string} name */
  partnerLostSaid: (name) => `${name} lost the connection. Waiting a few seconds.`,
  /** @param {string} name */
  partnerReturned: (name) => `${name} is back.`,
  /** @param {string} name */
  started: (name) => `${name} is here. The meeting has begun.`,
  reconnecting: 'Reconnecting. Your seat is kept; write on, it will be sent.',
  reconnected: 'Connected again.',
  leave: 'Leave',
  leaveAsk: 'Leave this meeting?',
  leaveText: 'You two cannot meet again for a day.',
  leaveYes: 'Leave',
  leaveNo: 'Stay',
  log: 'Conversation',
  composer: 'Message',
  /** @param {string} name */
  placeholder: (name) => `Write to ${name}`,
  send: 'Send',
  /** @param {number} left */
  left: (left) => (left < 0 ? `${-left} too many` : `${left} left`),
  /** @param {string} name */
  typing: (name) => `${name} is writing`,
  earlier: 'Earlier messages',
  newBelow: 'New messages',
  sending: 'Sending …',
  refused: 'Not delivered.',
  again: 'Try again',
  read: 'Read',
  delivered: 'Delivered',
  you: 'You',
  /** @param {string} who @param {string} at */
  by: (who, at) => `${who}, ${at}`,
  upgraded: 'This is a video call now.',
  began: 'You are both here. Say something: the fire lives on talk.',
  firstVideo: 'You are both here.',
  noMedia: lengths.noMedia,
  clock: 'Time left',
  torch: {
    lit: 'The torch burns',
    /** @param {number} ms */
    litText: (ms) => `It dims in ${length(ms)} unless you both keep talking.`,
    dimming: 'The torch is dimming',
    /** @param {number} ms */
    dimmingText: (ms) => `Out in ${length(ms)}. A word from the silent one feeds it.`,
    frozen: 'The torch waits',
    frozenText: 'It neither burns down nor goes out until you are both here.',
    out: 'The torch is out',
    unlit: 'The torch is lit when you are both here',
    saidDimming: 'The torch is dimming. Write something within a minute to keep it.',
    saidRelit: 'The torch burns again.',
  },
  /** @param {string} name */
  videoAsked: (name) => `${name} would like to go on by video.`,
  videoYes: 'Accept',
  videoNo: 'Decline',
  /** @param {string} name @param {number} count */
  unreadTitle: (name, count) => `(${count}) ${name}`,
};

export const elsewhere = {
  /** @param {string} name */
  text: (name) => `Your meeting with ${name} is going on in another tab.`,
  here: 'Continue here',
};

export const ended = {
  title: 'The meeting is over',
  /** @param {string} reason @param {string} name */
  reason: (reason, name) =>
    ({
      left: 'One of you left.',
      time_up: 'The agreed time is up.',
      torch_out: 'The torch went out.',
      lost: 'A connection did not come back in time.',
      never_joined: `${name} and you did not get together in time.`,
      media_failed: 'Pictures and sound could not be connected.',
      banned: 'The meeting was ended by the house.',
      deleted: `${name} has deleted the account.`,
      unknown: 'It ended while you were away.',
    })[reason] ?? 'It has ended.',
  leftByMe: 'You left.',
  /** @param {string} name */
  leftByPartner: (name) => `${name} left.`,
  somebody: 'the other one',
  /** @param {number} seconds */
  lasted: (seconds) => `It lasted ${minutes(seconds)}.`,
  notStarted: 'It never began, so nothing is kept.',
  /** @param {number} atMs */
  again: (atMs) => `You two can meet again from ${clockTime(atMs)}.`,
  missed: 'A meeting ended while you were away.',
  read: 'Read it again',
  back: 'Back to the people',
};

export const history = {
  title: 'Your meetings',
  empty: 'No meetings yet. What you live through here is kept here.',
  loading: 'Looking it up …',
  more: 'Earlier meetings',
  failed: 'Your meetings cannot be looked up right now.',
  gone: 'There is no such meeting of yours.',
  again: 'Try again',
  back: 'All meetings',
  deletedUser: 'Deleted user',
  modes: { text: 'Chat', video: 'Video' },
  /** @param {string} reason */
  reason: (reason) =>
    ({
      left: 'left',
      time_up: 'time was up',
      torch_out: 'torch went out',
      lost: 'connection lost',
      media_failed: 'no picture',
      banned: 'ended by the house',
      deleted: 'account deleted',
    })[reason] ?? '',
  /** @param {number} count */
  messages: (count) => (count === 0 ? 'no messages' : count === 1 ? '1 message' : `${count} messages`),
  silent: 'Nothing was written.',
};

/** Why the server sent this page away, by close code. `act` is what the button does. */
export const turnedAway = {
  4501: { title: 'Please come in again', text: 'Your guest seat has expired.', button: 'Come in', act: 'signIn' },
  4502: {
    title: 'You came in somewhere else',
    text: 'A newer login of yours has taken over. This one is closed.',
    button: 'Come in here',
    act: 'signIn',
  },
  4503: { title: 'You cannot come in', text: 'This account has been banned.', button: '', act: '' },
  4504: {
    title: 'There is a newer version',
    text: 'This page is too old for the server.',
    button: 'Load it again',
    act: 'reload',
  },
  4506: {
    title: 'Too many windows',
    text: 'You have opened Cresset in many places, and this one was closed to make room.',
    button: 'Use this one',
    act: 'again',
  },
  4507: { title: 'You are signed out', text: 'See you.', button: 'Come in again', act: 'signIn' },
  other: {
    title: 'The connection was closed',
    text: 'Something in this page did not agree with the server.',
    button: 'Load it again',
    act: 'reload',
  },
};

/** @param {string} reason */
export const banReason = (reason) => `Reason: ${reason}`;

/** Refusals, in words, by code. @type {Record<string, string>} */
const refusals = {
  bad_request: 'That was not understood.',
  invalid_body: 'That message cannot be sent.',
  invalid_target: 'You cannot invite yourself.',
  user_not_found: 'This person is not here any more.',
  invalid_duration: 'That length is not possible.',
  not_admitted: 'You need an invite code to meet people here.',
  already_inviting: 'One invitation at a time: you are already calling somebody.',
  busy: 'In a meeting right now.',
  offline: 'This person is not available any more.',
  reciprocal_pending: 'This person is inviting you right now. Answer that invitation.',
  cooldown: 'You two have met lately and cannot meet again yet.',
  invite_gone: 'Too late, the invitation is over.',
  too_early: 'It is too early for that.',
  partner_away: 'The other one is not connected right now.',
  nothing_asked: 'That question is over.',
  unavailable: 'The house is mending something. Please try again in a moment.',
  unreachable: 'The server cannot be reached. Are you online?',
  banned: 'This is not open to you.',
  lost: 'The connection was lost. Please try again.',
};

/** @param {{code: string, retryAfterMs?: number | null}} error */
export function refusal({ code, retryAfterMs }) {
  const wait = retryAfterMs ? ` ${waitText(retryAfterMs)}` : '';
  if (code === 'rate_limited') return `Too fast.${wait}`;
  return (refusals[code] ?? 'Something went wrong.') + (code === 'cooldown' ? wait : '');
}

/** @param {number} ms */
function waitText(ms) {
  return ms < 90_000 ? `Again in ${Math.ceil(ms / 1000)} s.` : `Again from ${clockTime(Date.now() + ms)}.`;
}

export const notices = {
  /** @param {{name: string, introduced_by_name: string}} intro */
  intro: ({ name, introduced_by_name }) => `${introduced_by_name} introduced ${name} to you.`,
  codeUnlocked: 'Your own invite code is unlocked.',
};
