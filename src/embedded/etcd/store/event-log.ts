import type { Commit } from './key-value.ts';

/** The commits since the last compaction, oldest first and without a gap: every revision is one commit. */
export interface EventLog {
  readonly length: number;
  append(commit: Commit): void;
  /** The commit of that revision; undefined when it was dropped or is yet to come. */
  at(revision: number): Commit | undefined;
  /** Forgets the commits below the revision and returns them. */
  dropBefore(revision: number): readonly Commit[];
}

/** An empty log. */
export function createEventLog(): EventLog {
  const commits: Commit[] = [];
  const placeOf = (revision: number) => revision - (commits[0]?.revision ?? 0);
  return {
    get length() {
      return commits.length;
    },
    append(commit) {
      commits.push(commit);
    },
    at(revision) {
      return commits[placeOf(revision)];
    },
    dropBefore(revision) {
      return commits.splice(0, Math.max(0, placeOf(revision)));
    },
  };
}
