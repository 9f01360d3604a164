import { ApiError } from './api-error.ts';
import type { HttpRequest } from './request.ts';

/** What a handler answers. */
export type HttpReply =
  | { readonly status: number; readonly json: unknown; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly status: number;
      readonly text: string | Buffer;
      readonly contentType: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  | { readonly status: 204 }
  /** The connection is cut instead: the effect stands, and the caller cannot know. */
  | 'lost';

/** One method and path; a segment that starts with `:` matches any one and names it. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  /** May throw ApiError; anything else it throws is answered with 500 INTERNAL and reported. */
  readonly handle: (request: HttpRequest) => Promise<HttpReply> | HttpReply;
}

/** The route of a request, and what its named segments stood for. */
export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Finds the route of a request. Throws ApiError: 404 for no such path, 405 for a path that has other methods, 400 for a bad escape. */
export type Router = (method: string, pathname: string) => RouteMatch;

/** Takes the routes' paths apart, once. */
export function createRouter(routes: readonly Route[]): Router {
  const patterns = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  return (method, pathname) => {
    const segments = pathname.split('/').map(decode);
    const onPath: RouteMatch[] = [];
    for (const { route, pattern } of patterns) {
      const parameters = matchPath(pattern, segments);
      if (parameters !== undefined && route.method === method) return { route, parameters };
      if (parameters !== undefined) onPath.push({ route, parameters });
    }
    if (onPath.length === 0) throw new ApiError({ status: 404, code: 'NO_SUCH_PATH', message: `no ${pathname} here` });
    const allow = onPath.map(({ route }) => route.method).join(', ');
    throw new ApiError({
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
      message: `${pathname} has ${allow} only`,
      headers: { allow },
    });
  };
}

function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (let index = 0; index < pattern.length; index += 1) {
    const expected = pattern[index] ?? '';
    const segment = segments[index] ?? '';
    if (expected.startsWith(':') && segment !== '') parameters[expected.slice(1)] = segment;
    else if (expected !== segment) return undefined;
  }
  return parameters;
}

function decode(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new ApiError({ status: 400, code: 'MALFORMED_PATH', message: 'the path has a bad percent escape' });
  }
}
