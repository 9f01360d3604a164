import { Client, Server, ServerCredentials, credentials, type handleUnaryCall } from '@grpc/grpc-js';

import { GetUserRequest, GetUserResponse } from '../../../../gen/tradewind/user/v1/user.ts';
import type { Peer } from '../peer.ts';
import { ANSWER, QUESTION, QuestionServiceDefinition } from '../question.ts';

const PATH = `/${QuestionServiceDefinition.fullName}/GetUser`;

const serializeRequest = (value: GetUserRequest) => Buffer.from(GetUserRequest.encode(value).finish());
const serializeResponse = (value: GetUserResponse) => Buffer.from(GetUserResponse.encode(value).finish());
const deserializeResponse = (bytes: Buffer) => GetUserResponse.decode(bytes);

/** @grpc/grpc-js with nothing around it. */
export const grpcJs: Peer = {
  async serve() {
    const server = new Server();
    const getUser: handleUnaryCall<GetUserRequest, GetUserResponse> = (_call, callback) => callback(null, ANSWER);
    server.addService(
      {
        GetUser: {
          path: PATH,
          requestStream: false,
          responseStream: false,
          requestSerialize: serializeRequest,
          requestDeserialize: (bytes: Buffer) => GetUserRequest.decode(bytes),
          responseSerialize: serializeResponse,
          responseDeserialize: deserializeResponse,
        },
      },
      { GetUser: getUser },
    );
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    return { address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: async () => server.forceShutdown() };
  },

  async connect(address) {
    const client = new Client(address, credentials.createInsecure());
    return {
      call: () =>
        new Promise((resolve, reject) => {
          client.makeUnaryRequest(PATH, serializeRequest, deserializeResponse, QUESTION, (error, response) =>
            error === null ? resolve(response?.user?.id ?? '') : reject(error),
          );
        }),
      [Symbol.asyncDispose]: async () => client.close(),
    };
  },
};
