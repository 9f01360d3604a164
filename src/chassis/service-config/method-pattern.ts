/** How a service config names methods. */
export const METHOD = {
  description: '"/package.Service/Method" or "/package.Service/*"',
  isValid: (name: string) => /^\/[A-Za-z_][\w.]*\/(\*|[A-Za-z_]\w*)$/.test(name),
};
