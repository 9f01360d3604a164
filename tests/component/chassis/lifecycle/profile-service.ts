import { UserServiceDefinition } from '../../../../gen/tradewind/user/v1/user.ts';
import { text } from '../../../../src/chassis/config/index.ts';
import { defineService, type Wiring } from '../../../../src/chassis/lifecycle/index.ts';
import { bind } from '../../../../src/chassis/server/index.ts';

const ID = '018f6f3e-7a3c-7cc1-8000-000000000000';

/** A service without a database whose calls take as long as their display name says; tests replace its wiring. */
export function profileService(wiring: Partial<Wiring> = {}) {
  return defineService({
    name: 'profile',
    configuration: { GREETING: text('How it greets.').prefault('hello') },
    async wire({ config, clock, process, instance }) {
      const answer = (displayName: string) => ({ user: { id: ID, displayName } });
      return {
        grpc: [
          bind(UserServiceDefinition, {
            async getUser() {
              return answer(`${config.GREETING} from ${process} ${instance}`);
            },
            async updateUser({ user }) {
              await clock.sleep(Number(user?.displayName));
              return answer('slept');
            },
            async *exportUsers(_request, { signal }) {
              yield answer('first');
              await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
            },
            createUser: async () => ({}),
            listUsers: async () => ({}),
            deleteUser: async () => ({}),
          }),
        ],
        ...wiring,
      };
    },
  });
}
