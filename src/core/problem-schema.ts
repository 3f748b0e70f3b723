/**
 * How does a problem look that is told inside of an answer, about a part of what was asked for? (RFC 9457)
 */
import { z } from '@hono/zod-openapi';

/** With members of its own, by its kind. */
export const toldProblem = z.looseObject({ type: z.string(), title: z.string(), status: z.int(), detail: z.string() });
