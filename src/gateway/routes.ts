import { processOf, type Contract, type HttpRule, type MethodContract } from '../chassis/contract/index.ts';
import { AppError } from '../chassis/core/index.ts';
import { matchPath, parsePathTemplate, type PathTemplate } from './path-template.ts';

/** One HTTP route of one RPC. */
export interface Route {
  readonly verb: string;
  readonly template: PathTemplate;
  readonly rule: HttpRule;
  readonly method: MethodContract;
}

/** A request that fits a route. */
export interface RouteMatch {
  readonly route: Route;
  /** By field path, as text. */
  readonly variables: ReadonlyMap<string, string>;
}

/**
 * Every HTTP route of the contract's unary RPCs, those with more literal segments first; not of what every process serves
 * for itself, whose routes are at the admin ports.
 */
export function routesOf(contract: Contract): readonly Route[] {
  const routes = contract.methods
    .filter((method) => !method.requestStream && !method.responseStream && processOf(method) !== undefined)
    .flatMap((method) =>
      method.http.map((rule) => ({ verb: rule.verb, template: parsePathTemplate(rule.template), rule, method })),
    );
  return routes.toSorted((a, b) => literals(b.template) - literals(a.template));
}

const literals = (template: PathTemplate): number =>
  template.segments.filter((segment) => segment.kind === 'literal').length + (template.verb === '' ? 0 : 1);

/**
 * The route for this request; HEAD asks for what GET answers. Throws NOT_FOUND, or UNIMPLEMENTED (METHOD_NOT_ALLOWED) when
 * only the verb is wrong.
 */
export function findRoute(routes: readonly Route[], verb: string, path: string): RouteMatch {
  const wanted = verb === 'HEAD' ? 'GET' : verb;
  for (const route of routes) {
    if (route.verb !== wanted) continue;
    const variables = matchPath(route.template, path);
    if (variables !== undefined) return { route, variables };
  }
  const allowed = allowedVerbs(routes, path).join(', ');
  throw new AppError({
    status: 'UNIMPLEMENTED',
    reason: 'METHOD_NOT_ALLOWED',
    message: `this path does not take ${verb}, but ${allowed}`,
    metadata: { allow: allowed },
  });
}

/** The verbs that a path takes. Throws NOT_FOUND when there is no such path. */
export function allowedVerbs(routes: readonly Route[], path: string): readonly string[] {
  const verbs = new Set(routes.filter(({ template }) => matchPath(template, path)).map(({ verb }) => verb));
  if (verbs.size > 0) return [...verbs, ...(verbs.has('GET') ? ['HEAD'] : []), 'OPTIONS'].sort();
  throw new AppError({
    status: 'NOT_FOUND',
    reason: 'ROUTE_NOT_FOUND',
    message: `there is no route ${path.slice(0, MAX_SHOWN_PATH)}; /openapi.json lists them all`,
  });
}

/** Of a path that an error repeats. */
const MAX_SHOWN_PATH = 200;
