/**
 * Runs a workflow of n8n as far as the recipes use it, as the nodes of n8n 2.41 are written.
 */
import { Buffer } from 'node:buffer';
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Node, Workflow } from './n8n-schema.ts';

const Json = z.record(z.string(), z.unknown());
export interface Item {
  readonly json: Record<string, unknown>;
  readonly binary?: { readonly data: Uint8Array };
}

export interface Surroundings {
  /** Of the credential. */
  readonly hmacSecret?: string;
  /** Stays with a workflow that is active. */
  readonly staticData: Record<string, unknown>;
  /** What the HTTP Request node gets: an answer that is an array becomes an item for each. */
  readonly get?: (url: string) => Promise<unknown>;
}

export interface Run {
  /** The status that the caller of the webhook got; null when there was none. */
  readonly answered: number | null;
  /** What came out of the node of that name. */
  readonly out: (name: string) => readonly Record<string, unknown>[];
}

/** From the first node on, with what the trigger brings. */
export async function runWorkflow(workflow: Workflow, trigger: Item, around: Surroundings): Promise<Run> {
  const outputs = new Map<string, readonly Item[]>();
  let answered: number | null = null;
  const visit = async (name: string, items: readonly Item[]): Promise<void> => {
    const found = workflow.nodes.find((one) => one.name === name);
    if (found === undefined) throw new Error(`nothing is called ${name}`);
    if (found.type === 'n8n-nodes-base.respondToWebhook') answered ??= found.parameters.options.responseCode;
    const branches = await branchesOf(found, items, around);
    outputs.set(name, branches[0] ?? []);
    for (const [index, next] of (workflow.connections[name]?.main ?? []).entries()) {
      const passed = branches[index] ?? [];
      // A node without an item is not carried out.
      if (passed.length > 0) for (const { node: to } of next) await visit(to, passed);
    }
  };
  await visit(workflow.nodes[0]?.name ?? '', [trigger]);
  return { answered, out: (name) => (outputs.get(name) ?? []).map(({ json }) => json) };
}

async function branchesOf(
  one: Node,
  items: readonly Item[],
  around: Surroundings,
): Promise<readonly (readonly Item[])[]> {
  const each = (change: (item: Item) => Record<string, unknown>) => [
    items.map((item) => ({ ...item, json: change(item) })),
  ];
  switch (one.type) {
    case 'n8n-nodes-base.webhook':
    case 'n8n-nodes-base.scheduleTrigger':
    case 'n8n-nodes-base.respondToWebhook':
      return [items];
    case 'n8n-nodes-base.extractFromFile':
      return each(({ json, binary }) => ({
        ...json,
        [one.parameters.destinationKey]: Buffer.from(binary?.data ?? []).toString('utf8'),
      }));
    case 'n8n-nodes-base.crypto':
      return each((item) => {
        const hmac = createHmac('sha256', around.hmacSecret ?? '');
        const value = String(evaluated(one.parameters.value, item));
        return { ...item.json, [one.parameters.dataPropertyName]: hmac.update(value).digest('base64') };
      });
    case 'n8n-nodes-base.if': {
      const [condition] = one.parameters.conditions.conditions;
      const verdicts = items.map((item) => z.boolean().parse(evaluated(condition.leftValue, item)));
      return [true, false].map((wanted) => items.filter((_, index) => verdicts[index] === wanted));
    }
    case 'n8n-nodes-base.set': {
      const { parameters } = one;
      if (parameters.mode === 'raw') return each((item) => Json.parse(evaluated(parameters.jsonOutput, item)));
      return each((item) =>
        Object.fromEntries(
          parameters.assignments.assignments.map(({ name, value }) => [name, z.string().parse(evaluated(value, item))]),
        ),
      );
    }
    case 'n8n-nodes-base.code': {
      const input = { all: () => items };
      const run = new Function('$input', '$getWorkflowStaticData', one.parameters.jsCode);
      return [run(input, () => around.staticData)];
    }
    case 'n8n-nodes-base.httpRequest': {
      const url = new URL(one.parameters.url);
      for (const { name, value } of one.parameters.queryParameters.parameters) url.searchParams.append(name, value);
      const answer = await around.get?.(`${url.pathname}${url.search}`);
      return [
        z
          .array(Json)
          .parse(answer)
          .map((json) => ({ json })),
      ];
    }
  }
}

/** A parameter that begins with = is an expression: JavaScript in double braces, with text around it or without. */
function evaluated(parameter: string, { json }: Item): unknown {
  if (!parameter.startsWith('=')) return parameter;
  const now = { toSeconds: () => Date.now() / 1000 };
  const result = (code: string): unknown => new Function('$json', '$now', `return (${code});`)(json, now);
  const parts = parameter.slice(1).split(/\{\{(.*?)\}\}(?!\})/s);
  const isOneExpression = parts.length === 3 && parts[0] === '' && parts[2] === '';
  if (isOneExpression) return result(parts[1] ?? '');
  return parts.map((part, index) => (index % 2 === 1 ? String(result(part)) : part)).join('');
}
