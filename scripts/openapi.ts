/**
 * What does the OpenAPI document say?
 *
 * Made from the routes and checked in as openapi.yaml: `npm run openapi` writes it, a test compares it.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { createApp } from '../src/app.ts';
import { documentInfo } from '../src/http/operation.ts';

const note = '# Made from the routes by `npm run openapi`. Change those instead.\n';

export const openapiYaml = (): string =>
  note + stringify(createApp({ openapiYaml: '' }).getOpenAPI31Document(documentInfo), { lineWidth: 120 });

if (import.meta.main) await writeFile(join(import.meta.dirname, '..', 'openapi.yaml'), openapiYaml());
