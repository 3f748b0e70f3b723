/**
 * The choice of what to download.
 */
import { describe, expect, it } from 'vitest';
import { Failed } from '../../src/core/failure.ts';
import { withOccurrences } from '../../src/maildrop/rules.ts';
import { type DownloadRequest, planOf } from '../../src/maildrop/session/download-plan.ts';
import { octetsOf, stateOctets } from '../../src/maildrop/sync/state.ts';

const all: DownloadRequest = { limit: 1000, maxBytes: null, since: null, have: [], skip: [] };
const named = (...uidls: readonly string[]) => uidls.map((uidl) => ({ uidl, occurrence: null }));
const spool = (...uidls: readonly string[]) =>
  withOccurrences(uidls.map((uidl, index) => ({ uidl, size: 10 * (index + 1) })));

/** The UIDLs that are sent, those that are only told of in brackets. */
const outline = async (uidls: readonly string[], request: Partial<DownloadRequest>) => {
  const { planned, known, had } = await planOf(spool(...uidls), { ...all, ...request });
  return {
    planned: planned.map(({ message: { uidl }, progress }) => (progress === null ? `(${uidl})` : uidl)).join(' '),
    known: known.join(' '),
    had: had.join(' '),
  };
};

describe('a download', () => {
  it.each([
    [1, null, 1],
    [3, null, 3],
    [100, null, 3],
    [3, 1, 1],
    [3, 29, 1],
    [3, 30, 2],
    [3, 59, 2],
    [3, 60, 3],
    [2, 60, 2],
  ])('with limit %j and maxBytes %j sends the %j oldest', async (limit, maxBytes, count) => {
    const { planned } = await outline(['a', 'b', 'c'], { limit, maxBytes });
    expect(planned).toEqual(['a', 'b', 'c'].slice(0, count).join(' '));
  });

  it('tells of each message how far it is then, by the sizes of those that it sends', async () => {
    const { planned } = await planOf(spool('twin', 'a', 'known', 'twin', 'had', 'b', 'c', 'd'), {
      ...all,
      limit: 3,
      since: await stateOctets(['known']),
      have: named('had'),
    });
    expect(planned.map(({ progress }) => progress)).toEqual([
      null,
      { index: 0, count: 3, bytesDone: 20, bytesTotal: 150 },
      null,
      { index: 1, count: 3, bytesDone: 80, bytesTotal: 150 },
      { index: 2, count: 3, bytesDone: 150, bytesTotal: 150 },
    ]);
  });

  it('is never stopped by messages that it may not send, and tells of no more of them than it may send', async () => {
    const maildrop = ['twin', 'twin', 'a', 'twin', 'b', 'other', 'other'];
    expect((await outline(maildrop, { limit: 1 })).planned).toBe('(twin) a');
    expect((await outline(maildrop, { limit: 2 })).planned).toBe('(twin) (twin) a b');
    expect((await outline(maildrop, { maxBytes: 1 })).planned).toBe('(twin) (twin) a (twin)');
    expect((await outline(maildrop, {})).planned).toBe('(twin) (twin) a (twin) b (other) (other)');
    expect((await outline(['twin', 'twin', 'twin'], { limit: 2 })).planned).toBe('(twin) (twin)');
  });

  it('sends what a state does not know, and says what of it is still there', async () => {
    const since = await stateOctets(['a', 'b', 'gone']);
    expect(await outline(['a', 'new', 'b', 'newer'], { since })).toEqual({
      planned: 'new newer',
      known: 'a b',
      had: '',
    });
    expect(await outline(['a'], { since })).toEqual({ planned: '', known: 'a', had: '' });
  });

  it('knows one of several with the same UIDL as that one, so that it is not taken for the other when that is gone', async () => {
    const since = octetsOf([{ uidl: 'twin', occurrence: '1.2' }]);
    expect(await outline(['twin', 'twin', 'a'], { since })).toEqual({
      planned: '(twin) a',
      known: 'twin 1.2',
      had: '',
    });
    expect(await outline(['twin', 'a'], { since })).toEqual({ planned: 'twin a', known: '', had: '' });
  });

  it('fails when it cannot be told what is new', async () => {
    const unreadable = planOf(spool('a'), { ...all, since: new Uint8Array([255]) });
    await expect(unreadable).rejects.toEqual(new Failed({ kind: 'state-gone' }));
  });

  it('leaves out what the caller has, whether the state knows it or not, and counts only what is there', async () => {
    const have = named('b', 'a', 'gone');
    const since = await stateOctets(['a']);
    expect(await outline(['a', 'b', 'c'], { have })).toEqual({ planned: 'c', known: '', had: 'a b' });
    expect(await outline(['a', 'b', 'c'], { have, since })).toEqual({ planned: 'c', known: 'a', had: 'a b' });
  });

  it('leaves out what the caller wants to get past, and takes it neither for known nor for safe', async () => {
    const since = await stateOctets(['a']);
    const skip = [...named('b', 'gone'), { uidl: 'twin', occurrence: '1.2' } as const];
    const maildrop = ['a', 'twin', 'b', 'twin', 'c', 'd'];
    expect(await outline(maildrop, { skip, since, limit: 1 })).toEqual({ planned: '(twin) c', known: 'a', had: '' });
    expect(await outline(['a', 'b'], { skip: named('a', 'b') })).toEqual({ planned: '', known: '', had: '' });
  });

  it('never takes one of several with the same UIDL for what the caller has', async () => {
    const have = [...named('twin'), { uidl: 'twin', occurrence: '1.2' } as const];
    expect(await outline(['twin', 'twin', 'a'], { have })).toEqual({ planned: '(twin) (twin) a', known: '', had: '' });
    // Nor the one that is left of them: it may be the other.
    expect((await outline(['twin', 'a'], { have: have.slice(1) })).planned).toBe('twin a');
  });
});
