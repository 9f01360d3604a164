import { Metadata } from 'nice-grpc';

/** Call options of a call made with somebody's token: a user's id, or "admin". */
export function as(token: string) {
  return { metadata: Metadata({ authorization: `Bearer ${token}` }) };
}
