'use strict';
// node scenario.js FILE BOOTSTRAP PREFIX: runs the function that FILE exports; the exit code is that of ../README.md.
const { Unsupported } = require('./expect');

const [file, bootstrap, prefix] = process.argv.slice(2);

function failed(error) {
  console.log(error && error.stack ? error.stack : String(error));
  for (const inner of (error && error.errors) || []) console.log(`  ${inner.stack || inner}`);
  process.exit(1);
}

process.on('unhandledRejection', failed);
process.on('uncaughtException', failed);
// A scenario that waits for nothing more has not finished: Node would leave with 0.
process.on('exit', (code) => {
  if (code === 0 && !finished) {
    console.log('the scenario ended without a result');
    process.exitCode = 1;
  }
});

let finished = false;
require(file)({ bootstrap, prefix }).then(
  () => {
    finished = true;
    process.exit(0);
  },
  (error) => {
    if (!(error instanceof Unsupported)) failed(error);
    console.log(error.message);
    process.exit(3);
  },
);
