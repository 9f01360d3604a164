import type { AppError, ErrorDetail } from '../chassis/core/index.ts';

/** A failed call for people: status, reason and message, then what the server said beyond that, a line each. */
export function describeCallFailure(error: AppError): string {
  const facts = Object.entries(error.metadata).map(([name, value]) => `${name}: ${value}`);
  const lines = [...error.details.flatMap(describeDetail), ...facts].map((line) => `\n  ${line}`);
  return `${error.status} (${error.reason}): ${error.message}${lines.join('')}`;
}

function describeDetail(detail: ErrorDetail): readonly string[] {
  switch (detail.kind) {
    case 'badRequest':
      return detail.violations.map(({ field, description }) => `${field === '' ? 'request' : field}: ${description}`);
    case 'preconditionFailure':
      return detail.violations.map(({ type, subject, description }) => `${type} ${subject}: ${description}`);
    case 'quotaFailure':
      return detail.violations.map(({ subject, description }) => `${subject}: ${description}`);
    case 'retryInfo':
      return [`try again after ${detail.retryDelayMs} ms`];
    case 'resourceInfo':
      return [`${detail.resourceType} ${detail.resourceName}`];
  }
}
