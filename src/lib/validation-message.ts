import type { BaseIssue } from 'valibot';

/**
 * Says what is wrong with a value without quoting it: valibot's own messages quote what was received, which may be a phone
 * number, a digit string or a text to be spoken.
 */
export function validationMessage(issue: BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.received === 'undefined') return 'is required';
  const { type, requirement } = issue as { type: string; requirement?: unknown };
  return SENTENCES[type]?.(String(requirement), issue) ?? `must be ${expectation(issue)}`;
}

const SENTENCES: Record<string, (limit: string, issue: BaseIssue<unknown>) => string> = {
  object: () => 'must be an object',
  record: () => 'must be an object',
  array: () => 'must be an array',
  string: () => 'must be a string',
  number: () => 'must be a number',
  boolean: () => 'must be true or false',
  integer: () => 'must be a whole number',
  min_value: (limit) => `must be at least ${limit}`,
  max_value: (limit) => `must be at most ${limit}`,
  min_length: (limit, issue) => `must have at least ${limit} ${unitOf(issue)}`,
  max_length: (limit, issue) => `must have at most ${limit} ${unitOf(issue)}`,
};

const unitOf = ({ input }: BaseIssue<unknown>): string => (Array.isArray(input) ? 'items' : 'characters');

const expectation = ({ expected }: BaseIssue<unknown>): string =>
  expected === null
    ? 'of another form'
    : expected
        .replace(/^Object$/, 'an object')
        .replace(/^\((.*)\)$/, '$1')
        .replaceAll(' | ', ' or ');
