import type { BaseIssue } from 'valibot';

/**
 * What is wrong with a value, without the value: valibot's own messages quote what was received, which may be a phone
 * number, a digit string or a text to be spoken.
 */
export function complaint(issue: BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid ')) return issue.message;
  if (issue.received === 'undefined') return 'is required';
  if (issue.expected === null) return 'is not valid';
  return `must be ${issue.expected.replace(/^\((.*)\)$/, '$1')}`;
}
