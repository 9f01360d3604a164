export { UnsupportedRuleError } from './rule.ts';
export { compileRequests, createValidator, type Validate, type Validator } from './validator.ts';
