/**
 * What the recipes have in a workflow of n8n: these nodes, in these versions, with these parameters.
 *
 * Strict, since n8n passes over what it does not know: a parameter that is spelt otherwise would be one that is not there.
 */
import { z } from 'zod';

const Condition = z.strictObject({
  id: z.string(),
  leftValue: z.string(),
  rightValue: z.literal(''),
  operator: z.strictObject({ type: z.literal('boolean'), operation: z.literal('true'), singleValue: z.literal(true) }),
});

const node = <Type extends string, Version extends number, Parameters extends z.ZodType>(
  type: Type,
  version: Version,
  parameters: Parameters,
) =>
  z.strictObject({
    id: z.uuid(),
    name: z.string(),
    type: z.literal(`n8n-nodes-base.${type}`),
    typeVersion: z.literal(version),
    position: z.tuple([z.number(), z.number()]),
    parameters,
    webhookId: z.uuid().optional(),
    credentials: z.record(z.string(), z.strictObject({ id: z.string(), name: z.string() })).optional(),
  });

const Assignment = z.strictObject({ id: z.string(), name: z.string(), type: z.literal('string'), value: z.string() });
const noOptions = z.strictObject({});

const NodeSchema = z.discriminatedUnion('type', [
  node(
    'webhook',
    2,
    z.strictObject({
      httpMethod: z.literal('POST'),
      path: z.string(),
      responseMode: z.literal('responseNode'),
      options: z.strictObject({ rawBody: z.literal(true) }),
    }),
  ),
  node(
    'extractFromFile',
    1,
    z.strictObject({
      operation: z.literal('text'),
      binaryPropertyName: z.literal('data'),
      destinationKey: z.string(),
      options: z.strictObject({
        encoding: z.literal('utf8'),
        stripBOM: z.literal(false),
        keepSource: z.literal('json'),
      }),
    }),
  ),
  node(
    'crypto',
    2,
    z.strictObject({
      action: z.literal('hmac'),
      binaryData: z.literal(false),
      type: z.literal('SHA256'),
      value: z.string(),
      dataPropertyName: z.string(),
      encoding: z.literal('base64'),
    }),
  ),
  node(
    'if',
    2.2,
    z.strictObject({
      conditions: z.strictObject({
        options: z.strictObject({
          caseSensitive: z.literal(true),
          leftValue: z.literal(''),
          typeValidation: z.literal('strict'),
          version: z.literal(2),
        }),
        combinator: z.literal('and'),
        conditions: z.tuple([Condition]),
      }),
      options: noOptions,
    }),
  ),
  node(
    'respondToWebhook',
    1.1,
    z.strictObject({ respondWith: z.literal('noData'), options: z.strictObject({ responseCode: z.int() }) }),
  ),
  node(
    'set',
    3.4,
    z.discriminatedUnion('mode', [
      z.strictObject({ mode: z.literal('raw'), jsonOutput: z.string(), options: noOptions }),
      z.strictObject({
        mode: z.literal('manual'),
        assignments: z.strictObject({ assignments: z.array(Assignment) }),
        options: noOptions,
      }),
    ]),
  ),
  node('code', 2, z.strictObject({ mode: z.literal('runOnceForAllItems'), jsCode: z.string() })),
  node(
    'scheduleTrigger',
    1.2,
    z.strictObject({
      rule: z.strictObject({
        interval: z.tuple([z.strictObject({ field: z.literal('minutes'), minutesInterval: z.int() })]),
      }),
    }),
  ),
  node(
    'httpRequest',
    4.2,
    z.strictObject({
      method: z.literal('GET'),
      url: z.url(),
      authentication: z.literal('genericCredentialType'),
      genericAuthType: z.literal('httpCustomAuth'),
      sendQuery: z.literal(true),
      queryParameters: z.strictObject({
        parameters: z.array(z.strictObject({ name: z.string(), value: z.string() })),
      }),
      options: noOptions,
    }),
  ),
]);
export type Node = z.output<typeof NodeSchema>;

export const WorkflowSchema = z.strictObject({
  name: z.string(),
  nodes: z.array(NodeSchema),
  connections: z.record(
    z.string(),
    z.strictObject({
      main: z.array(z.array(z.strictObject({ node: z.string(), type: z.literal('main'), index: z.literal(0) }))),
    }),
  ),
  settings: z.strictObject({ executionOrder: z.literal('v1') }),
  pinData: z.strictObject({}),
});
export type Workflow = z.output<typeof WorkflowSchema>;
