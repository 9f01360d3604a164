import { fromJSON, type ServiceDefinition } from '@grpc/proto-loader';

/** The part of grpc.reflection's messages that asks for services and files. Both versions have it. */
const MESSAGES = {
  ServerReflectionRequest: {
    oneofs: { messageRequest: { oneof: ['fileByFilename', 'fileContainingSymbol', 'listServices'] } },
    fields: {
      fileByFilename: { type: 'string', id: 3 },
      fileContainingSymbol: { type: 'string', id: 4 },
      listServices: { type: 'string', id: 7 },
    },
  },
  ServerReflectionResponse: {
    fields: {
      fileDescriptorResponse: { type: 'FileDescriptorResponse', id: 4 },
      listServicesResponse: { type: 'ListServiceResponse', id: 6 },
      errorResponse: { type: 'ErrorResponse', id: 7 },
    },
  },
  FileDescriptorResponse: { fields: { fileDescriptorProto: { rule: 'repeated', type: 'bytes', id: 1 } } },
  ListServiceResponse: { fields: { service: { rule: 'repeated', type: 'ServiceResponse', id: 1 } } },
  ServiceResponse: { fields: { name: { type: 'string', id: 1 } } },
  ErrorResponse: { fields: { errorCode: { type: 'int32', id: 1 }, errorMessage: { type: 'string', id: 2 } } },
  ServerReflection: {
    methods: {
      ServerReflectionInfo: {
        requestType: 'ServerReflectionRequest',
        requestStream: true,
        responseType: 'ServerReflectionResponse',
        responseStream: true,
      },
    },
  },
};

/** One question to a server's reflection service. */
export type ReflectionQuestion =
  { readonly listServices: '' } | { readonly fileContainingSymbol: string } | { readonly fileByFilename: string };

/** Its answer; which field is there says what kind. */
export interface ReflectionAnswer {
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Uint8Array[] };
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorCode: number; readonly errorMessage: string };
}

/** In the order they are tried. */
export const REFLECTION_VERSIONS = ['v1', 'v1alpha'] as const;

/** One version's reflection service, as a definition for our clients. Source: grpc/reflection/v1/reflection.proto. */
export function reflectionDefinition(version: (typeof REFLECTION_VERSIONS)[number]) {
  const fullName = `grpc.reflection.${version}.ServerReflection`;
  const nested = { grpc: { nested: { reflection: { nested: { [version]: { nested: MESSAGES } } } } } };
  const service = fromJSON({ nested } as Parameters<typeof fromJSON>[0])[fullName] as ServiceDefinition; // just written there; the parameter's type wants every namespace to be a service too
  const method = service['ServerReflectionInfo']!; // the same
  return {
    name: 'ServerReflection',
    fullName,
    methods: {
      serverReflectionInfo: {
        name: 'ServerReflectionInfo',
        requestStream: true,
        responseStream: true,
        requestType: {
          encode: (question: ReflectionQuestion) => ({ finish: () => method.requestSerialize(question) }),
          decode: (bytes: Uint8Array) => method.requestDeserialize(Buffer.from(bytes)) as ReflectionQuestion,
          fromPartial: (question: ReflectionQuestion) => question,
        },
        responseType: {
          encode: (answer: ReflectionAnswer) => ({ finish: () => method.responseSerialize(answer) }),
          decode: (bytes: Uint8Array) => method.responseDeserialize(Buffer.from(bytes)) as ReflectionAnswer,
          fromPartial: (answer: ReflectionAnswer) => answer,
        },
        options: {},
      },
    },
  } as const;
}
