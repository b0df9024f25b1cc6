import { expect, it } from 'vitest';
import { maskLine } from '../../src/gateway-agent/instance.ts';

it('a log line shows neither numbers nor signatures of URLs', () => {
  const line = "Failed to retrieve URL 'https://voice.example.com/prompts/a.wav?expires=1&signature=x'";
  expect(maskLine(line)).toBe("Failed to retrieve URL 'https://voice.example.com/prompts/a.wav?<masked>'");
  expect(maskLine("Call from 'carrier' to '+493023125500' refused")).toBe("Call from 'carrier' to '<number>' refused");
});
