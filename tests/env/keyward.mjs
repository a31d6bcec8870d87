// The command line of Keyward, for tests: the server and its settings are those of beside_server.py.
import { execFile } from 'node:child_process';

export const issuer = process.env.TESTS_ISSUER;
export const password = 'correct horse battery staple';

/** Runs a command that prints JSON and returns what it printed. */
export async function keyward(args, { stdin = '' } = {}) {
  return JSON.parse(await run([...args, '--json'], stdin));
}

/** Runs a command and returns its standard output. */
export function run(args, stdin = '') {
  return new Promise((resolve, reject) => {
    const child = execFile(process.env.TESTS_KEYWARD, args, { timeout: 30_000 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`keyward ${args.join(' ')}: ${stderr || error.message}`));
      else resolve(stdout);
    });
    child.stdin.end(stdin);
  });
}
