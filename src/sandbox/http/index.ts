export { ApiError, conflict, invalidRequest, notFound, type FieldProblem } from './api-error.ts';
export { checked, queryInteger, type HttpRequest } from './request.ts';
export type { HttpReply, Route } from './router.ts';
export { startHttpServer, type HttpServer, type HttpServerOptions } from './server.ts';
