/**
 * How much memory does a process have? (VmRSS of /proc/<pid>/status)
 */
import { readFileSync } from 'node:fs';

const sampleMs = 20;

export function residentBytes(pid: number): number {
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

/** How much more than before `work` the process had at most while it ran. */
export async function growthDuring(pid: number, work: () => Promise<void>): Promise<number> {
  const before = residentBytes(pid);
  let most = before;
  const sample = (): void => {
    most = Math.max(most, residentBytes(pid));
  };
  const timer = setInterval(sample, sampleMs);
  try {
    await work();
  } finally {
    clearInterval(timer);
    sample();
  }
  return most - before;
}
