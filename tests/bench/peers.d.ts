// Packages of tests/bench/package.json, which is installed only when they are run: to the type checker they are unknown
// whether they are there or not.
declare module '@connectrpc/connect';
declare module '@connectrpc/connect-node';
declare module '@dbos-inc/dbos-sdk';
declare module '@nestjs/common';
declare module '@nestjs/core';
declare module '@nestjs/microservices';
declare module 'moleculer';
declare module 'nice-grpc-client-middleware-deadline';
declare module 'nice-grpc-opentelemetry';
declare module 'nice-grpc-prometheus';
