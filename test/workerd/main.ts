/**
 * Both Workers in one, for tests inside workerd that move the clock: what HTTP and alarms meet is what is deployed.
 */

export { default } from '../../src/gateway.ts';
export * from '../../src/proxy.ts';
