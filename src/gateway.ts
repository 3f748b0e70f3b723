/**
 * Entry of the gateway Worker.
 */
import openapiYaml from '../openapi.yaml';
import { createApp } from './app.ts';

export default createApp({ openapiYaml });
