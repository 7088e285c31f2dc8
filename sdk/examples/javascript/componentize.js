// node componentize.js SOURCE WIT OUTPUT

import { writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const [sourcePath, witPath, output] = process.argv.slice(2);
const { component, imports } = await componentize({
  sourcePath,
  witPath,
  worldName: 'driver',
  // All of WASI is left out: the component imports the plugin interfaces and
  // nothing else, so that the manifest has no part of WASI to name.
  disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
});
await writeFile(output, component);
console.log(`${output}: ${component.length} bytes, ${imports.length} imported functions`);
