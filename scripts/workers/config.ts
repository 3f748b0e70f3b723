/**
 * How does plain workerd have to be configured to run what wrangler would deploy?
 *
 * Turns wrangler's configuration into workerd's (a Cap'n Proto text). Text only, no I/O. Which bindings exist is said in
 * the wrangler files alone.
 */

import { relative } from 'node:path';
import type { BundledModule } from './bundle.ts';
import { inwardNetworks } from './inward-networks.ts';

export interface WorkerConfig {
  readonly name: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly modules: readonly BundledModule[];
  readonly durableObjects: readonly {
    readonly name: string;
    readonly className: string;
    readonly scriptName: string;
  }[];
  /** Entries of other Workers that are called by RPC. */
  readonly services?: readonly { readonly name: string; readonly service: string; readonly entrypoint: string }[];
  /** From wrangler's `vars`. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface ServerConfig {
  /** Where the configuration will lie: files that it embeds are named from there. */
  readonly directory: string;
  readonly workers: readonly WorkerConfig[];
  /** The Worker that answers HTTP. */
  readonly entry: string;
  readonly port: number;
  /** May Workers reach this machine and private networks? Only ever in development and tests. */
  readonly allowPrivate: boolean;
  /** A directory that exists, for what Durable Objects keep. */
  readonly storage: string;
  /** Certificate authorities to trust besides the public ones, as PEM. */
  readonly trustedCertificates: readonly string[];
  /** Where the Workers named here find the whole web, in cleartext: a server on this machine that plays it. Only ever in tests. */
  readonly web?: { readonly port: number; readonly workers: readonly string[] } | undefined;
  /** What the heap of each Worker may grow to; left out: as the runtime likes, by the memory of the machine. */
  readonly heapMb?: number | undefined;
}

export function workerdConfig(server: ServerConfig): string {
  const allow = server.allowPrivate ? ['public', 'private'] : ['public'];
  const deny = server.allowPrivate ? [] : inwardNetworks;
  const v8Flags = server.heapMb === undefined ? [] : [`--max-heap-size=${server.heapMb}`];
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  v8Flags = ${list(v8Flags.map(text))},
  services = [
    ( name = "internet", network = (
      allow = ${list(allow.map(text))},
      deny = ${list(deny.map(text))},
      tlsOptions = (
        trustBrowserCas = true,
        trustedCertificates = ${list(server.trustedCertificates.map(text))}
      )
    ) ),
${webService(server)}    ( name = "storage", disk = ( path = ${text(server.storage)}, writable = true ) ),
${server.workers.map((worker) => service(worker, server)).join(',\n')}
  ],
  sockets = [( name = "http", address = ${text(`127.0.0.1:${server.port}`)}, http = (), service = ${text(server.entry)} )]
);
`;
}

const webService = ({ web }: ServerConfig): string =>
  web === undefined
    ? ''
    : `    ( name = "web", external = ( address = ${text(`127.0.0.1:${web.port}`)}, http = ( style = proxy ) ) ),\n`;

function service(worker: WorkerConfig, { workers, directory, web }: ServerConfig): string {
  const bindings = [
    ...worker.durableObjects.map(
      ({ name, className, scriptName }) =>
        `( name = ${text(name)}, durableObjectNamespace = ( className = ${text(className)}, serviceName = ${text(scriptName)} ) )`,
    ),
    ...(worker.services ?? []).map(
      ({ name, service, entrypoint }) =>
        `( name = ${text(name)}, service = ( name = ${text(service)}, entrypoint = ${text(entrypoint)} ) )`,
    ),
    ...Object.entries(worker.variables).map(([name, value]) => `( name = ${text(name)}, text = ${text(value)} )`),
  ];
  const ownClasses = new Set(
    workers
      .flatMap(({ durableObjects }) => durableObjects)
      .filter(({ scriptName }) => scriptName === worker.name)
      .map(({ className }) => className),
  );
  const namespaces = Array.from(
    ownClasses,
    (className) =>
      `( className = ${text(className)}, uniqueKey = ${text(`${worker.name}-${className}`)}, enableSql = true )`,
  );
  return `    ( name = ${text(worker.name)}, worker = (
      compatibilityDate = ${text(worker.compatibilityDate)},
      compatibilityFlags = ${list(worker.compatibilityFlags.map(text))},
      modules = ${list(worker.modules.map(({ name, kind, file }) => `( name = ${text(name)}, ${kind} = embed ${text(relative(directory, file))} )`))},
      bindings = ${list(bindings)},${web?.workers.includes(worker.name) === true ? '\n      globalOutbound = "web",' : ''}
      durableObjectNamespaces = ${list(namespaces)}${namespaces.length > 0 ? ',\n      durableObjectStorage = ( localDisk = "storage" )' : ''}
    ) )`;
}

function list(items: readonly string[]): string {
  return items.length === 0 ? '[]' : `[\n        ${items.join(',\n        ')}\n      ]`;
}

/** A Cap'n Proto text literal: JSON's, but for the way it writes other control characters. */
function text(value: string): string {
  return JSON.stringify(value).replace(/\\u00([0-9a-f]{2})/g, '\\x$1');
}
