export type { FastForm } from './fast-lane.ts';
export {
  createParticipant,
  type Effect,
  type Original,
  type ParticipantCommand,
  type ParticipantOptions,
} from './participant.ts';
