/** Longer words are cut: PostgreSQL refuses a lexeme of 2 KB. */
const MAX_WORD_LENGTH = 64;

/** tsvector keeps no position above it. */
const MAX_POSITION = 16_383;

const MAX_SORT_NAME_LENGTH = 200;

/** Letters and digits in a row, in lower case and without accents: "Café-Table 2" is cafe, table, 2. */
export function wordsOf(text: string): readonly string[] {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\p{M}/gu, ''); // lower case brings marks of its own (Turkish İ)
  return (plain.match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => [...word].slice(0, MAX_WORD_LENGTH).join(''));
}

/** What of a product is searched, the weightiest first. */
export interface Searched {
  readonly name: string;
  readonly sku: string;
  readonly category: string;
  readonly description: string;
}

/** A tsvector in PostgreSQL's own writing: name weighs A, SKU and category B, description C. */
export function searchVector({ name, sku, category, description }: Searched): string {
  const weighted = [
    ...wordsOf(name).map((word) => ({ word, weight: 'A' })),
    ...wordsOf(sku).map((word) => ({ word, weight: 'B' })),
    ...wordsOf(category).map((word) => ({ word, weight: 'B' })),
    ...wordsOf(description).map((word) => ({ word, weight: 'C' })),
  ];
  const positions = new Map<string, string[]>();
  weighted.forEach(({ word, weight }, index) => {
    const position = `${Math.min(index + 1, MAX_POSITION)}${weight}`;
    const known = positions.get(word);
    if (known === undefined) positions.set(word, [position]);
    else known.push(position);
  });
  return [...positions].map(([word, places]) => `'${word}':${places.join(',')}`).join(' ');
}

/** What a search asks of the index. */
export interface SearchQuery {
  /** A tsquery: every word must be there; one of letters alone may be the beginning of a longer one (lamp: lamps). */
  readonly matching: string;
  /** A tsquery for the ranking: the words as they were written. */
  readonly exact: string;
}

/** The query of a search; undefined when it holds no word, which filters nothing. */
export function searchQuery(text: string): SearchQuery | undefined {
  const words = [...new Set(wordsOf(text))];
  if (words.length === 0) return undefined;
  return {
    matching: words.map((word) => (/\p{N}/u.test(word) ? `'${word}'` : `'${word}':*`)).join(' & '),
    exact: words.map((word) => `'${word}'`).join(' | '),
  };
}

/** What products are sorted by when they are sorted by name: without regard to case, by code point. */
export function sortName(name: string): string {
  return [...name.normalize('NFC').toLowerCase()].slice(0, MAX_SORT_NAME_LENGTH).join('');
}
