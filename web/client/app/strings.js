// @ts-check
/** Every word a person reads, in one place. Functions take plain values and give plain text; nothing here is markup. */
import { clockTime, dateOf, length, minutes } from './format.js';

export const brand = 'Cresset';

export const shell = {
  skip: 'Skip to the content',
  nav: 'Main',
  people: 'People',
  history: 'Meetings',
  you: 'You',
  /** @param {number} unread */
  news: (unread) => (unread === 0 ? 'News' : `News, ${unread} unread`),
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
  haveAccount: 'You have been here before?',
  logIn: 'Log in',
  haveCode: 'I have an invite code',
  code: 'Invite code',
  codeHint: '16 letters and digits, from somebody who is here already',
  codeBad: 'An invite code has 16 letters and digits.',
  codeUnknown: 'There is no such code. Is every letter right?',
  /** @param {string} by @param {string} to */
  introduced: (by, to) => `${by} would like you to meet ${to}. Come in, and ${to} will hear of you.`,
  introGone: 'This introduction has expired. You are welcome all the same.',
  joined: 'Somebody has kept a place for you. Your invite code is filled in below.',
};

export const door = {
  logInTitle: 'Welcome back',
  email: 'E-mail',
  password: 'Password',
  logIn: 'Log in',
  loggingIn: 'One moment …',
  forgot: 'Forgot your password?',
  asGuest: 'Come in as a guest',
  newHere: 'New here?',
  emailMissing: 'Please give your e-mail address.',
  passwordMissing: 'Please give your password.',
  forgotTitle: 'A new password',
  forgotText: 'Tell us the e-mail address of your account, and we send you a link for a new password.',
  send: 'Send me the link',
  sending: 'Sending …',
  sent: 'If this address belongs to an account, a link is on its way. It works once, for half an hour.',
  noMail: 'This house sends no mail. Please ask whoever runs it.',
  back: 'Back to the log-in',
  resetTitle: 'Choose a new password',
  resetText: 'All other log-ins of this account end.',
  fresh: 'New password',
  set: 'Set the password',
  setting: 'One moment …',
  resetDone: 'Your new password is set. Log in with it.',
  resetGone: 'This link has been used or has expired. Please ask for a new one.',
  ask: 'Ask for a new link',
  passwordHint: 'At least 8 characters; a few words are better than one',
  passwordShort: 'A password has at least 8 characters.',
  passwordLong: 'A password has at most 128 characters.',
};

export const you = {
  nav: 'About you',
  profile: 'Profile',
  account: 'Account',
  code: 'Invite code',
  blocked: 'Blocked',
  loading: 'Looking it up …',
  failed: 'This cannot be looked up right now.',
  again: 'Try again',
  saved: 'Saved.',
  cancel: 'Cancel',
};

export const profile = {
  title: 'Your profile',
  text: 'This is what others see before they meet you.',
  name: welcome.name,
  gender: welcome.gender,
  save: 'Save',
  saving: 'Saving …',
  picture: 'Your picture',
  pictureNone: 'No picture yet: people see the first letter of your name.',
  pictureSome: 'People see it beside your name.',
  pictureFile: 'Choose a picture',
  pictureCamera: 'Take one now',
  pictureGone: 'Your picture is removed.',
  video: 'Your intro video',
  videoNone: 'Half a minute in which people hear what you are like.',
  videoSome: 'People can play it before they invite you.',
  videoFile: 'Choose a video',
  videoCamera: 'Record one now',
  videoGone: 'Your intro video is removed.',
  replaceFile: 'Choose another',
  remove: 'Remove',
  uploading: 'Bringing it in …',
  noPicture: 'This file is not a picture we can read.',
  noVideo: 'This file is not a video we can read.',
  videoTooLong: 'An intro video lasts at most 30 seconds.',
  noCamera: 'The camera cannot be used here. Did you allow it for this page?',
  socials: 'Where else you are',
  socialsText: 'People you might meet see these. Leave it empty if you would rather wait.',
  /** @param {number} at */
  platform: (at) => `Place ${at}`,
  /** @param {number} at */
  handle: (at) => `Your name there ${at}`,
  platformHint: 'instagram',
  handleHint: '@name',
  /** @param {string} what */
  socialRemove: (what) => (what ? `Remove ${what}` : 'Remove this line'),
  socialAdd: 'Add one',
  socialHalf: 'Please say both where, and who you are there.',
  socialTwice: 'Each place once, please.',
};

export const studio = {
  pictureTitle: 'Take a picture',
  pictureLook: 'Use this picture?',
  snap: 'Take the picture',
  videoTitle: 'Record your intro',
  videoLook: 'Use this video?',
  /** @param {number} seconds */
  videoText: (seconds) => `Say hello in up to ${seconds} seconds.`,
  record: 'Record',
  stop: 'Stop',
  recording: 'Recording',
  use: 'Use it',
  again: 'Once more',
  cancel: 'Not now',
  waiting: 'Waiting for the camera …',
  camera: 'What the camera sees',
  preview: 'Preview',
};

export const account = {
  title: 'Your account',
  guestTitle: 'Keep your account',
  /** @param {number} atMs */
  guestText: (atMs) =>
    `You are a guest until ${dateOf(atMs)}. With an e-mail address and a password you stay, and can log in anywhere.`,
  keep: 'Keep my account',
  keeping: 'One moment …',
  kept: 'Your account is kept. From now on you can log in anywhere.',
  /** @param {string} email */
  loginText: (email) => `You log in with ${email}.`,
  loginTitle: 'Logging in',
  passwordTitle: 'Change your password',
  old: 'Present password',
  fresh: 'New password',
  change: 'Change the password',
  changing: 'One moment …',
  changed: 'Your password is changed. All other log-ins have ended.',
  wrongOld: 'The present password is another one.',
  figuresTitle: 'Your time here',
  figures: { meetings: 'Meetings', time: 'Together', successful: 'Of half a minute or more' },
  dataTitle: 'Everything we hold of you',
  dataText: 'Profile, meetings with their messages, introductions and codes, in one file for programs.',
  export: 'Download it',
  exporting: 'Packing …',
  exportName: 'cresset.json',
  outTitle: 'Leaving',
  outText: 'Signing out keeps your account.',
  /** As a guest nobody can log in again. */
  outGuest: 'You are a guest: whoever signs out cannot come back into the same account.',
  out: 'Sign out',
  delete: 'Delete my account …',
  deleteTitle: 'Delete your account?',
  deleteText:
    'Your profile, picture and video go at once, and nobody can bring them back. People you met keep their meetings with a deleted user.',
  /** @param {string} name */
  deleteName: (name) => `Write your name, ${name}, to delete the account`,
  deleteWrong: 'That is not your name.',
  deleteYes: 'Delete for ever',
  deleted: 'Your account is deleted. Farewell.',
  signedOut: 'You are signed out.',
};

export const code = {
  title: 'Your invite code',
  redeemTitle: 'Let in by somebody?',
  redeemText: 'Somebody here may have given you a code. With it you are let in for good.',
  redeemNeeded: 'In this house you need an invite code to meet people. Whoever told you of it may have one for you.',
  redeem: 'Use this code',
  redeeming: 'One moment …',
  redeemed: 'You are let in. Welcome.',
  lockedTitle: 'A code of your own',
  /** @param {number} left */
  locked: (left) =>
    left === 1
      ? 'One more meeting of half a minute or longer, and you can let people in yourself.'
      : `${left} more meetings of half a minute or longer, and you can let people in yourself.`,
  lockedSoon: 'You have met enough people to let others in yourself. Your code comes in a moment.',
  /** @param {number} done @param {number} of */
  progress: (done, of) => `${done} of ${of} meetings`,
  openTitle: 'Let somebody in',
  openText: 'Whoever comes with your code may meet people here.',
  /** @param {number | null} left */
  uses: (left) =>
    left === null
      ? 'It can be used as often as you like.'
      : left === 0
        ? 'It has been used up.'
        : left === 1
          ? 'It can be used once more.'
          : `It can be used ${left} more times.`,
  picture: 'Your invite code as a QR picture',
  copyCode: 'Copy the code',
};

export const share = {
  copy: 'Copy the link',
  copied: 'Copied.',
  notCopied: 'It could not be copied. Please mark it and copy it by hand.',
  share: 'Share …',
  link: 'Link',
};

export const news = {
  title: 'News',
  empty: 'Nothing new. When somebody introduces a newcomer to you, it is said here.',
  /** @param {string} by @param {string} name */
  introduced: (by, name) => `${by} introduced ${name} to you.`,
  introducedText: 'You will find each other first among the people.',
  unread: 'New',
  read: 'Mark as read',
  readAll: 'Mark all as read',
};

export const intro = {
  /** @param {string} name */
  title: (name) => `Introduce somebody to ${name}`,
  /** @param {string} name */
  text: (name) => `Give this link to a friend who is not here yet. Whoever comes in with it is introduced to ${name}.`,
  /** @param {number} atMs */
  until: (atMs) => `The link works until ${dateOf(atMs)}.`,
  /** @param {string} name */
  words: (name) => `Somebody you should meet on Cresset: ${name}`,
  hereTitle: 'You are here already',
  /** @param {string} by @param {string} to */
  here: (by, to) => `With this link ${by} introduces newcomers to ${to}. Give it to somebody who is not here yet.`,
  gone: 'This introduction has expired.',
  back: 'To the people',
};

export const person = {
  /** @param {string} name */
  about: (name) => `About ${name}`,
  block: 'Block',
  report: 'Report',
  close: 'Close',
  /** @param {string} name */
  play: (name) => `Play the intro of ${name}`,
  /** @param {string} name */
  stop: (name) => `Stop the intro of ${name}`,
};

export const blocking = {
  /** @param {string} name */
  title: (name) => `Block ${name}?`,
  text: 'You will not see each other any more, and nobody is told. You can undo it under You, Blocked.',
  inRoom: 'This meeting ends.',
  yes: 'Block',
  no: 'Not now',
  /** @param {string} name */
  done: (name) => `${name} is blocked.`,
};

export const reporting = {
  /** @param {string} name */
  title: (name) => `Report ${name}`,
  text: 'A report goes to the people who run this house, with the last messages of your meeting. It also blocks you two from each other, for ever.',
  reason: 'What happened?',
  /** @param {number} left */
  left: (left) => `${-left} characters too many`,
  missing: 'Please say what happened.',
  yes: 'Report and block',
  sending: 'Sending …',
  no: 'Not now',
  /** @param {string} name */
  done: (name) => `Thank you. ${name} is reported, and you will not meet again.`,
};

export const blocked = {
  title: 'Blocked people',
  text: 'You and these people do not see each other here.',
  empty: 'You have blocked nobody.',
  reported: 'Reported: this one stays',
  /** @param {number} atMs */
  since: (atMs) => `Since ${dateOf(atMs)}`,
  unblock: 'Unblock',
  /** @param {string} name */
  unblockName: (name) => `Unblock ${name}`,
  /** @param {string} name */
  done: (name) => `${name} is not blocked any more.`,
};

export const blacklist = {
  title: 'People who may not come in',
  text: 'Banned for good, after people of the house looked at what was reported.',
  empty: 'Nobody.',
  back: 'Back',
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
  withMet: 'Also people I met lately',
  notAdmitted: 'You can look around. To meet people here you need an invite code.',
  toCode: 'I have a code',
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
  4501: {
    title: 'Please come in again',
    text: 'Your time on this device is over. With an account you can log in again; as a guest you start afresh.',
    button: 'Come in',
    act: 'signIn',
  },
  4502: {
    title: 'You are somewhere else now',
    text: 'You have logged in on another device, and there is one log-in at a time. Log in here to go on here; a meeting that is going on comes with you.',
    button: 'Log in here',
    act: 'logIn',
  },
  4503: {
    title: 'You cannot come in',
    text: 'You have been banned from this house. If people of the house look at it and find you in the right, you can come back in on this device.',
    button: 'Try again',
    act: 'again',
  },
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

export const toBlacklist = 'Who is banned for good';

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
  email_taken: 'Another account has this e-mail address. Is it yours? Then log in with it.',
  already_permanent: 'This account has an e-mail address and a password already.',
  weak_password: 'This password is too easy to guess. A few words that do not belong together are better.',
  wrong_credentials: 'This e-mail address and password do not belong together.',
  not_authenticated: 'Please come in again.',
  session_replaced: 'You have logged in somewhere else.',
  not_found: 'This is not here any more.',
  forbidden: 'This cannot be done.',
  code_locked: 'This code is not unlocked yet. Whoever gave it to you has to meet a few more people first.',
  code_spent: 'This code has been used up.',
  already_admitted: 'You are in already; the code is still good for somebody else.',
  already_reported: 'You have reported this person already.',
  no_shared_room: 'You can only report somebody you have met within the last day.',
  too_large: 'This file is too large.',
  unsupported_media: 'This kind of file cannot be used.',
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
