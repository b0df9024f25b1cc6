/** What a gateway should see when it calls one of the phones. */
export type PhoneOutcome =
  | { answers: true }
  | { answers: false; sipStatus: number; cause: number }
  | { answers: false; rings: true };

export interface Phone {
  /** E.164, in the range +49 30 23125 000–999 that the German regulator keeps for fiction. */
  number: string;
  description: string;
  /** The context of `templates/phones/extensions.conf` that plays the phone. */
  behaviour: string;
  outcome: PhoneOutcome;
  /** The keys that it presses two seconds after it answered. */
  digits?: string;
  /** The frequency of the tone that it plays. */
  hertz?: number;
}

const answers = { answers: true } as const;
const refuses = (sipStatus: number, cause: number) => ({ answers: false, sipStatus, cause }) as const;

/** The phones of the phone network: the one table that its dialplan, its documentation and the tests read. */
export const PHONES = {
  listens: phone('100', 'rings shortly, answers, listens and notes digits', 'listens', answers),
  busy: phone('101', 'is busy', 'busy', refuses(486, 17)),
  neverAnswers: phone('102', 'rings and never answers', 'never-answers', { answers: false, rings: true }),
  unallocated: phone('103', 'does not exist', 'unallocated', refuses(404, 1)),
  declines: phone('104', 'rings for a second, then declines', 'declines', refuses(603, 21)),
  congestion: phone('105', 'cannot be reached: the network is congested', 'congestion', refuses(503, 34)),
  unavailable: phone('106', 'is switched off', 'unavailable', refuses(480, 19)),
  sendsDigits: {
    ...phone('107', 'answers and presses 1234# after two seconds', 'sends-digits', answers),
    digits: '1234#',
  },
  hangsUp: phone('108', 'answers and hangs up after three seconds', 'hangs-up', answers),
  machine: phone('109', 'answers like a machine: greeting, beep, then it listens', 'machine', answers),
  tone: { ...phone('110', 'answers and plays a tone of 880 Hz', 'tone', answers), hertz: 880 },
  listensLater: phone('111', 'rings for three seconds, then as 100', 'listens-later', answers),
  announces: phone(
    '112',
    'announces before any answer that the number is wrong',
    'announces-then-refuses',
    refuses(404, 1),
  ),
  answersAtOnce: phone('113', 'answers at once and does nothing: for load', 'answers-at-once', answers),
  pressesStar: { ...phone('115', 'answers and presses 1* after two seconds', 'sends-digits', answers), digits: '1*' },
  listensWide: phone('116', 'as 100, and keeps what it hears as wideband (16 kHz)', 'listens-wide', answers),
  greets: phone('114', 'answers, says hello like a person, then it listens', 'greets', answers),
} satisfies Record<string, Phone>;

/** Tones that can be told apart in a mix: none is near a multiple of another, or a frequency of a key. */
export const VOICE_HERTZ = [410, 570, 1010, 1730, 2230] as const;

/** The phone that "speaks" with the tone `at`, 0–4, and keeps what it hears. */
export function phoneWithVoice(at: number): Phone {
  const hertz = VOICE_HERTZ[at] ?? VOICE_HERTZ[0];
  return { ...phone(`13${at}`, `answers, plays a tone of ${hertz} Hz and listens`, 'voice', answers), hertz };
}

/** The phone that presses `digit`, one of 0–9. */
export function phoneThatPresses(digit: number): Phone {
  const does = `answers and presses ${digit} after two seconds`;
  return { ...phone(`12${digit}`, does, 'sends-digits', answers), digits: String(digit) };
}

export const ALL_PHONES: Phone[] = [
  ...Object.values(PHONES),
  ...Array.from({ length: 10 }, (_, digit) => phoneThatPresses(digit)),
  ...VOICE_HERTZ.map((_, at) => phoneWithVoice(at)),
];

/** The dialplan lines that connect every number to its behaviour. */
export function phoneDialplan(): string {
  return ALL_PHONES.map(dialplanOf).join('\n');
}

function dialplanOf({ number, behaviour, digits, hertz }: Phone): string {
  const lines = [`exten => ${number},1,Set(TIMEOUT(absolute)=900)`];
  if (digits !== undefined) lines.push(` same => n,Set(DIGITS=${digits})`);
  if (hertz !== undefined) lines.push(` same => n,Set(HERTZ=${hertz})`);
  return [...lines, ` same => n,Goto(${behaviour},\${EXTEN},1)`].join('\n');
}

function phone(suffix: string, description: string, behaviour: string, outcome: PhoneOutcome): Phone {
  return { number: `+493023125${suffix}`, description, behaviour, outcome };
}
