import {
  GetUserRequest,
  GetUserResponse,
  Role,
  UserServiceDefinition,
  UserState,
} from '../../../gen/tradewind/user/v1/user.ts';

/** Every peer answers the same question with the same 119 bytes, so that only what is around them differs. */
const REPLY_BYTES = 119;

/** The one user there is. */
export const USER_ID = '01900000-0000-7000-8000-0000000000aa';

/** What every caller asks. */
export const QUESTION = GetUserRequest.fromPartial({ userId: USER_ID });

/** What every server answers. */
export const ANSWER = GetUserResponse.fromPartial({
  user: {
    id: USER_ID,
    email: 'ada@tradewind.example',
    displayName: 'Ada Byron',
    roles: [Role.ROLE_CUSTOMER],
    state: UserState.USER_STATE_ACTIVE,
    createTime: new Date('2026-01-01T00:00:00Z'),
    etag: 'Zm9yLXRoZS1iZW5jaG1hcmstb25seQ',
  },
});

/** UserService with the one method that is asked: the contract's rules for it apply where a peer reads them. */
export const QuestionServiceDefinition = {
  name: UserServiceDefinition.name,
  fullName: UserServiceDefinition.fullName,
  methods: { getUser: UserServiceDefinition.methods.getUser },
} as const;

/** Throws when the answer is no longer as long as the published figures' was. */
export function assertReplySize(): void {
  const bytes = GetUserResponse.encode(ANSWER).finish().length;
  if (bytes !== REPLY_BYTES) throw new Error(`the reply is ${bytes} bytes long, not ${REPLY_BYTES}`);
}
