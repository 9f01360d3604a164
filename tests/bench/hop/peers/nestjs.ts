import { readFileSync } from 'node:fs';

import { loadFileDescriptorSetFromBuffer } from '@grpc/proto-loader';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { GrpcMethod, Transport } from '@nestjs/microservices';

import { GetUserResponse } from '../../../../gen/tradewind/user/v1/user.ts';
import { freePort } from '../../../support/free-port.ts';
import type { Peer } from '../peer.ts';
import { ANSWER, QuestionServiceDefinition } from '../question.ts';
import { grpcJs } from './grpc-js.ts';

/** A NestJS microservice, called by bare grpc-js. Decorators are applied by hand: nothing compiles these files. */
export const nestjs: Peer = {
  async serve() {
    const answer = nestAnswer();
    class QuestionController {
      getUser() {
        return answer;
      }
    }
    const handler = Object.getOwnPropertyDescriptor(QuestionController.prototype, 'getUser');
    GrpcMethod(QuestionServiceDefinition.name, 'GetUser')(QuestionController.prototype, 'getUser', handler);
    Controller()(QuestionController);
    class Root {}
    Module({ controllers: [QuestionController] })(Root);

    const url = `127.0.0.1:${await freePort()}`;
    const contract = readFileSync(new URL('../../../../gen/descriptors.binpb', import.meta.url));
    const app = await NestFactory.createMicroservice(Root, {
      transport: Transport.GRPC,
      logger: false,
      options: { url, package: 'tradewind.user.v1', packageDefinition: loadFileDescriptorSetFromBuffer(contract) },
    });
    await app.listen();
    return { address: url, [Symbol.asyncDispose]: () => app.close() };
  },

  connect: grpcJs.connect,
};

/** The answer as proto-loader writes messages: enums and times in its own way. */
function nestAnswer(): object {
  const json = GetUserResponse.toJSON(ANSWER) as { readonly user: object }; // ts-proto's toJSON types nothing
  const seconds = Math.floor((ANSWER.user?.createTime?.getTime() ?? 0) / 1_000);
  return { user: { ...json.user, createTime: { seconds, nanos: 0 } } };
}
