/** A saga that so many owners in a row died or froze over without writing anything is left to an operator. */
export const MAX_INTERRUPTIONS = 5;

/** The reason of a saga that was left to an operator because nobody can carry it on: see docs/operations.md. */
export const SAGA_QUARANTINED = 'SAGA_QUARANTINED';
