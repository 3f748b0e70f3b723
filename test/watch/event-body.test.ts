/**
 * Is what the contract says of the body of an event what can be sent?
 */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventTypes, testEventType } from '../../src/watch/event.ts';
import { EventBodySchema, eventBodies, eventExamples, exampleOfMaildrop } from '../../src/watch/schema/event-body.ts';

const examples: readonly (readonly [string, unknown])[] = [
  ...Object.entries(eventExamples),
  ['message.received of a maildrop', exampleOfMaildrop],
];

it('there is one for each type of event, and for the test', () => {
  expect(Object.keys(eventBodies).sort()).toEqual([...eventTypes, testEventType].sort());
});

describe.each(examples)('the example of %s', (_type, example) => {
  it('is as its schema says', () => {
    expect(EventBodySchema.safeParse(example).error).toBeUndefined();
  });

  it('is refused with a member more, wherever it is', () => {
    const { data, ...rest } = z.looseObject({ data: z.looseObject({}) }).parse(example);
    expect(EventBodySchema.safeParse({ ...rest, data, more: 1 }).success).toBe(false);
    expect(EventBodySchema.safeParse({ ...rest, data: { ...data, more: 1 } }).success).toBe(false);
  });
});
