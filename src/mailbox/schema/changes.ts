/**
 * What do changes look like as JSON? (RFC 8620 §5.2)
 */
import { z } from '@hono/zod-openapi';
import { statesOfChanges } from '../../core/changes-schema.ts';

const ids = z.array(z.string());

export const ChangesSchema = z
  .strictObject({
    ...statesOfChanges,
    created: ids.describe('Messages that are new.'),
    updated: ids.describe('Messages whose keywords have changed; nothing else of a message can change.'),
    destroyed: ids.describe('Messages that are gone, by whichever way. Ids that were never known may be among them.'),
  })
  .openapi('Changes', {
    example: {
      oldState: 'AfX2…',
      newState: 'AfX7…',
      hasMoreChanges: false,
      created: ['1785230400.43'],
      updated: ['1785230400.7', '1785230400.41'],
      destroyed: ['1785230400.42'],
    },
  });
