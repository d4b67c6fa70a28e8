// @ts-check
/**
 * Who is available, as far as this page shows it: one page of cards, kept calm. A card never jumps: those that stay
 * keep their place, new ones come after them, and one whose person went is dimmed first and dropped at the next look.
 *
 * The server shows each person once per login until asked `again`. While everybody fits on the first page, that
 * page is therefore asked for again as a whole; once somebody pages on, later answers are added to it.
 *
 * @typedef {import('../protocol.d.ts').Card} Card
 * @typedef {{cards: Card[], waiting: number}} Page
 */
export const PAGE_SIZE = 24;
const LOOK_AGAIN_MS = 5_000;

export class People {
  /** @type {Card[]} */
  cards = [];
  /** About how many are available; null before the first look. @type {number | null} */
  waiting = null;
  /** Has somebody paged on past the first page? */
  paged = false;
  /** Was the last page as long as it may be, so that there may be more? */
  full = false;
  /** Did paging on find nobody new? */
  exhausted = false;
  /** Are those shown too whom one met lately, and cannot meet again yet? */
  withMet = false;

  /** Fields of the browse that keeps what is shown fresh. */
  get refresh() {
    return { limit: PAGE_SIZE, again: !this.paged, ...this.#whom };
  }

  /** Fields of "show me others". */
  get onward() {
    return { limit: PAGE_SIZE, again: false, ...this.#whom };
  }

  get #whom() {
    return this.withMet ? { include_cooldown: true } : {};
  }

  /**
   * Whether the page should look again by itself, and when.
   * @param {() => number} random
   * @returns {number | null} ms
   */
  lookAgainIn(random) {
    return this.full ? null : Math.round(LOOK_AGAIN_MS * (0.8 + 0.4 * random()));
  }

  /** @param {Page} page */
  refreshed(page) {
    this.#took(page);
    if (this.paged) {
      this.cards = merge(this.cards.filter(isHere), page.cards);
      return;
    }
    const here = new Set(page.cards.map((card) => card.user_id));
    this.cards = merge(
      this.cards.filter((card) => here.has(card.user_id)),
      page.cards,
    );
  }

  /** @param {Page} page */
  pagedOn(page) {
    this.#took(page);
    this.exhausted = page.cards.length === 0;
    if (this.exhausted) return;
    this.paged = true;
    this.cards = page.cards;
  }

  startOver() {
    this.paged = false;
    this.exhausted = false;
    this.full = false;
  }

  /** @param {string} userId @param {Card['presence']} presence */
  changed(userId, presence) {
    this.cards = this.cards.map((card) => (card.user_id === userId ? { ...card, presence } : card));
    if (!this.cards.some(isHere)) this.full = false;
  }

  /** Somebody is not wanted here any more. @param {string} userId */
  without(userId) {
    this.cards = this.cards.filter((card) => card.user_id !== userId);
  }

  /** @param {Page} page */
  #took(page) {
    this.waiting = page.waiting;
    this.full = page.cards.length >= PAGE_SIZE;
  }
}

/** @param {Card} card */
const isHere = (card) => card.presence === 'available';

/**
 * The shown ones in their places with the news about them, then the others.
 * @param {Card[]} shown
 * @param {Card[]} news
 */
function merge(shown, news) {
  const fresh = new Map(news.map((card) => [card.user_id, card]));
  const kept = shown.map((card) => {
    const update = fresh.get(card.user_id);
    fresh.delete(card.user_id);
    return update ?? card;
  });
  return [...kept, ...fresh.values()];
}
