import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObjectShell, type Sends } from '../../src/lib/object-shell.ts';
import { copyLane, newObjectState, type ObjectShape, type ObjectState } from '../../src/lib/object-state.ts';
import { emptyLane, GUARD_MS, type Lane, put, sent } from '../../src/lib/outbox.ts';
import { fireTimers, setTimer } from '../../src/lib/timers.ts';

/** A tiny object of its own: a post office, whose parcels wait for its letters, and whose replies nobody waits for. */
interface Office extends ObjectState {
  letters: Lane<string>;
  parcels: Lane<string>;
  replies: Lane<string>;
  arrived: string[];
  bells: number;
  ballast: string;
}

const newOffice = (): Office => ({
  ...newObjectState(),
  letters: emptyLane(),
  parcels: emptyLane(),
  replies: emptyLane(),
  arrived: [],
  bells: 0,
  ballast: '',
});

const first = (name: 'letters' | 'parcels' | 'replies') => ({
  next: (office: Office): string | undefined => office[name].messages[0],
  sent: (office: Office, message: string, answer: string | undefined, now: number): Office => {
    if (answer === 'unreadable') throw new Error('+31201234500 (part of this test)');
    const left = { ...office, [name]: sent(office[name], 1, now), arrived: [...office.arrived, message] };
    return answer === undefined ? left : { ...left, parcels: put(left.parcels, answer, now) };
  },
});

const lanes = {
  letters: first('letters'),
  parcels: { ...first('parcels'), isHeldUp: ({ letters }: Office) => letters.messages.length > 0 },
  replies: { ...first('replies'), isBeside: true as const },
  copies: copyLane,
};

const shape: ObjectShape<Office, typeof lanes> = {
  table: 'office',
  upgrades: [],
  lanes,
  fireTimers: (office, now) =>
    fireTimers<string, Office>(office, now, (it, name) => {
      if (name === 'broken') throw new Error('+31201234500 (part of this test)');
      return { ...it, bells: it.bells + 1 };
    }),
  isAboutToCommit: ({ ballast }) => ballast === 'somebody is coming',
  lighten: (office) => ({ ...office, ballast: '' }),
};

type Shell = ObjectShell<Office, typeof lanes>;
type OfficeSends = Sends<Office, typeof lanes>;

/** Everything that left, in order; a test answers in the place of a receiver. */
const left: string[] = [];
const leaves = async (what: string): Promise<undefined> => void left.push(what);
const promptly: OfficeSends = {
  letters: (letter) => leaves(`letter ${letter}`),
  parcels: (parcel) => leaves(`parcel ${parcel}`),
  replies: (reply) => leaves(`reply ${reply}`),
  copies: (version) => leaves(`copy ${version}`),
};

const posting =
  (...letters: string[]) =>
  (office: Office, now: number): Office => ({
    ...office,
    letters: letters.reduce((lane, letter) => put(lane, letter, now), office.letters),
  });

/** The state on the disk, whatever a shell keeps in memory. */
const written = ({ sql }: DurableObjectStorage): Office =>
  JSON.parse(String(sql.exec('SELECT record FROM office').one().record));

interface Incarnations {
  state: DurableObjectState;
  /** The object as it comes to life again: nothing is known but what was written. */
  wake(sends?: Partial<OfficeSends>): Shell;
}

let offices = 0;
/** Runs a story in the storage of an object that is used for nothing else. */
const inObject = (story: (it: Incarnations) => Promise<void>): Promise<void> =>
  runInDurableObject(env.CALLS.getByName(`post office ${++offices}`), async (_object, state) =>
    story({ state, wake: (sends) => new ObjectShell(state, shape, { ...promptly, ...sends }) }),
  );

/** A promise that a test keeps. */
const aPromise = <Value>() => Promise.withResolvers<Value>();

beforeEach(() => void left.splice(0));
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe('what leaves an object', () => {
  it('is written off by whoever was sent for, where somebody was, and by the alarm if nobody comes', () =>
    inObject(async ({ state, wake }) => {
      const shell = wake();
      shell.create({ ...newOffice(), ballast: 'somebody is coming' });
      shell.change(posting('a'));
      await shell.send();
      expect(left).toEqual(['letter a']);
      expect(written(state.storage)).toMatchObject({ letters: { messages: ['a'] } });
      expect(await state.storage.getAlarm()).not.toBeNull();
      shell.commit((office) => ({ ...office, bells: 1 }));
      expect(written(state.storage)).toMatchObject({ letters: { messages: [] }, arrived: ['a'], bells: 1 });
      await shell.send();
      expect(left).toEqual(['letter a']);
    }));

  it('is committed before', () =>
    inObject(async ({ state, wake }) => {
      const onDisk: string[][] = [];
      const shell = wake({
        letters: async (letter) => {
          onDisk.push(written(state.storage).letters.messages);
          return leaves(letter);
        },
      });
      shell.create(newOffice());
      shell.change(posting('a', 'b'));
      await shell.send();
      expect(onDisk).toEqual([
        ['a', 'b'],
        ['a', 'b'],
      ]);
      expect(written(state.storage)).toMatchObject({ letters: { messages: [] }, arrived: ['a', 'b'] });
    }));

  it('keeps its order within a lane, one at a time, and lanes hold up none other', () =>
    inObject(async ({ wake }) => {
      const slow = aPromise<undefined>();
      const shell = wake({
        letters: async (letter) => {
          left.push(`letter ${letter}`);
          return letter === 'a' ? slow.promise : undefined;
        },
      });
      shell.create({ ...newOffice(), version: 1, copies: put(emptyLane<number>(), 1, Date.now()) });
      shell.change(posting('a', 'b'));
      await vi.waitFor(() => expect(left).toEqual(['letter a', 'copy 1']));
      slow.resolve(undefined);
      await shell.send();
      expect(left).toEqual(['letter a', 'copy 1', 'letter b']);
    }));

  it('waits where its lane waits for another one, and goes as soon as that has left', () =>
    inObject(async ({ wake }) => {
      const shell = wake();
      shell.create(newOffice());
      shell.change((office, now) => posting('a')({ ...office, parcels: put(office.parcels, 'p', now) }, now));
      await shell.send();
      expect(left).toEqual(['letter a', 'parcel p']);
    }));

  it('is sent again by the next incarnation when the object died between the commit and the answer', () =>
    inObject(async ({ wake }) => {
      const dying = wake({ letters: () => aPromise<undefined>().promise });
      dying.create(newOffice());
      dying.change(posting('a'));
      await wake().alarm();
      expect(left).toEqual(['letter a']);
    }));

  it('stays when it did not arrive, waits for its time, and is sent by the alarm', () =>
    inObject(async ({ state, wake }) => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2100-01-01T12:00:00Z') });
      const refused = vi.fn().mockRejectedValueOnce(new Error('away (part of this test)')).mockImplementation(leaves);
      const shell = wake({ letters: refused });
      shell.create(newOffice());
      shell.change(posting('a'));
      await shell.send();
      await shell.send();
      expect(refused).toHaveBeenCalledTimes(1);
      expect(await state.storage.getAlarm()).toBe(Date.now() + 1000);
      vi.setSystemTime(Date.now() + 1000);
      await shell.alarm();
      expect(left).toEqual(['a']);
    }));
});

describe('whoever waits until everything was sent', () => {
  it('waits also for what somebody else is sending at that moment, and for what that causes', () =>
    inObject(async ({ wake }) => {
      const receiver = aPromise<string>();
      const shell = wake({ letters: (letter) => (letter === 'a' ? receiver.promise : leaves(`letter ${letter}`)) });
      shell.create(newOffice());
      shell.change(posting('a'));
      shell.change(posting('b'));
      let isSent = false;
      const waiting = shell.send().then(() => (isSent = true));
      await vi.waitFor(() => expect(left).toEqual([]));
      expect(isSent).toBe(false);
      receiver.resolve('p');
      await waiting;
      expect(left).toEqual(['letter b', 'parcel p']);
    }));

  it('does not wait for a lane beside the others, nor for what waits for its next attempt', () =>
    inObject(async ({ wake }) => {
      const never = () => aPromise<undefined>().promise;
      const shell = wake({ replies: never, letters: () => Promise.reject(new Error('away (part of this test)')) });
      shell.create(newOffice());
      shell.change((office, now) => posting('a')({ ...office, replies: put(office.replies, 'r', now) }, now));
      await shell.send();
      expect(shell.find()).toMatchObject({ letters: { attempts: 1 }, replies: { messages: ['r'] } });
    }));
});

describe('what an answer causes', () => {
  it.each(['letters', 'replies'] as const)('of the %s is committed before it leaves', (name) =>
    inObject(async ({ state, wake }) => {
      const onDisk: Office[] = [];
      const shell = wake({
        [name]: async () => 'p',
        parcels: async (parcel) => {
          onDisk.push(written(state.storage));
          return leaves(`parcel ${parcel}`);
        },
      });
      shell.create(newOffice());
      shell.change((office, now) => ({ ...office, [name]: put(office[name], 'a', now) }));
      await vi.waitFor(() => expect(left).toEqual(['parcel p']));
      expect(onDisk).toMatchObject([{ arrived: ['a'], parcels: { messages: ['p'] } }]);
      await vi.waitFor(() => expect(written(state.storage).arrived).toEqual(['a', 'p']));
    }),
  );

  it('is nothing where the object was erased meanwhile', () =>
    inObject(async ({ state, wake }) => {
      const receiver = aPromise<string>();
      const shell = wake({ letters: () => receiver.promise });
      shell.create(newOffice());
      shell.change(posting('a'));
      await shell.erase();
      receiver.resolve('p');
      await shell.send();
      expect(shell.find()).toBeUndefined();
      expect(await state.storage.getAlarm()).toBeNull();
      expect(left).toEqual([]);
    }));
});

describe('an answer that cannot be taken', () => {
  it('holds up its own lane only, and is logged without a word of what it says', () =>
    inObject(async ({ wake }) => {
      const log = vi.spyOn(console, 'error').mockReturnValue();
      const shell = wake({ letters: async () => 'unreadable' });
      shell.create({ ...newOffice(), version: 1, copies: put(emptyLane<number>(), 1, Date.now()) });
      shell.change(posting('a'));
      await shell.send();
      expect(left).toEqual(['copy 1']);
      expect(shell.find()).toMatchObject({ letters: { messages: ['a'], attempts: 1 } });
      expect(log).toHaveBeenCalledExactlyOnceWith(
        'lane letters broke off',
        expect.stringMatching(/^post/),
        expect.any(String),
      );
      expect(JSON.stringify(log.mock.calls)).not.toContain('31201234500');
    }));
});

describe("an object's alarm", () => {
  const NOON = Date.parse('2100-01-01T12:00:00Z');
  /** As the platform does it: what rings is set no more. */
  const ring = async (shell: Shell, { storage }: DurableObjectState) => {
    await storage.deleteAlarm();
    await shell.alarm();
  };
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: NOON }));

  it('fires what is due, once, and is set to what is due next', () =>
    inObject(async ({ state, wake }) => {
      const shell = wake();
      shell.create(setTimer(setTimer(newOffice(), 'one', NOON + 1000), 'two', NOON + 5000));
      expect(await state.storage.getAlarm()).toBe(NOON + 1000);
      vi.setSystemTime(NOON + 1500);
      await ring(shell, state);
      expect(shell.find()).toMatchObject({ bells: 1, timers: { two: NOON + 5000 } });
      expect(await state.storage.getAlarm()).toBe(NOON + 5000);
    }));

  it('never throws: it is logged by the object and the kind of error, and rings again', () =>
    inObject(async ({ state, wake }) => {
      const log = vi.spyOn(console, 'error').mockReturnValue();
      const shell = wake();
      shell.create(setTimer(newOffice(), 'broken', NOON + 1000));
      vi.setSystemTime(NOON + 1000);
      await ring(shell, state);
      expect(log).toHaveBeenCalledExactlyOnceWith(
        'alarm broke off',
        expect.stringMatching(/^post/),
        expect.stringMatching(/^Error/),
      );
      expect(JSON.stringify(log.mock.calls)).not.toContain('31201234500');
      expect(await state.storage.getAlarm()).toBe(NOON + 61_000);
      // Whatever comes meanwhile is not late for that.
      shell.change((office) => ({ ...office, timers: { bell: NOON + 2000 } }));
      expect(await state.storage.getAlarm()).toBe(NOON + 2000);
    }));

  it('that was lost is set again by whatever wakes the object', () =>
    inObject(async ({ state, wake }) => {
      wake().create(setTimer(newOffice(), 'bell', NOON + 60_000));
      await state.storage.deleteAlarm();
      wake().find();
      await vi.waitFor(async () => expect(await state.storage.getAlarm()).toBe(NOON + 60_000));
      vi.setSystemTime(NOON + 120_000);
      await state.storage.deleteAlarm();
      wake().find();
      await vi.waitFor(async () => expect(await state.storage.getAlarm()).not.toBeNull());
      expect(Number(await state.storage.getAlarm()) - Date.now()).toBeLessThan(1000);
    }));

  it('is not set for an object that has nothing left to do', () =>
    inObject(async ({ state, wake }) => {
      wake().create(newOffice());
      wake().find();
      await vi.waitFor(async () => expect(await state.storage.getAlarm()).toBeNull());
    }));

  it('rings on time for the next timer while a receiver hangs, and not for that receiver again and again', () =>
    inObject(async ({ state, wake }) => {
      const shell = wake({ letters: () => aPromise<undefined>().promise });
      shell.create(setTimer(newOffice(), 'bell', NOON + 20));
      shell.change(posting('a'));
      vi.setSystemTime(NOON + 20 + GUARD_MS);
      await ring(shell, state);
      expect(shell.find()?.bells).toBe(1);
      expect(await state.storage.getAlarm()).toBe(NOON + 20 + 2 * GUARD_MS);
    }));
});

/** A storage whose rows hold 2 MB at most, as the platform's do; the local one holds more. */
const asOnThePlatform = (storage: DurableObjectStorage): DurableObjectStorage =>
  new Proxy(storage, {
    get(target, name) {
      if (name === 'sql') return { exec: limited(target.sql) };
      const value = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });

const limited =
  (sql: SqlStorage) =>
  (query: string, ...values: unknown[]) => {
    if (values.some((value) => String(value).length > 2_000_000))
      throw new Error('string or blob too big: SQLITE_TOOBIG');
    return sql.exec(query, ...values);
  };

describe('a commit that is too large', () => {
  it('is made without what the object can do without, and nothing else is lost', () =>
    inObject(async ({ state }) => {
      const context = { id: state.id, storage: asOnThePlatform(state.storage), waitUntil: () => undefined };
      const shell = new ObjectShell(context, shape, promptly);
      shell.create(newOffice());
      shell.change((office, now) => posting('a')({ ...office, ballast: 'x'.repeat(2_000_000) }, now));
      await shell.send();
      expect(left).toEqual(['letter a']);
      expect(written(state.storage)).toMatchObject({ ballast: '', arrived: ['a'] });
    }));
});
