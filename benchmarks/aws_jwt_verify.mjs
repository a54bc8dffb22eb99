// Times aws-jwt-verify: the first line of standard input configures it, each further one asks.
// node is started where npm installed the package.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { CognitoJwtVerifier } = require("aws-jwt-verify");

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { options, jwks } = JSON.parse((await lines.next()).value);
const verifier = CognitoJwtVerifier.create(options);
verifier.cacheJwks(jwks);

for await (const line of lines) {
  const { token, calls } = JSON.parse(line);
  const answer = { accepted: true, microseconds: null };
  try {
    verifier.verifySync(token);
    const cpu = process.cpuUsage();
    const begin = process.hrtime.bigint();
    for (let call = 0; call < calls; call++) verifier.verifySync(token);
    const elapsed = Number(process.hrtime.bigint() - begin) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    // The lesser of both: waiting for a core is not its fault, nor is what node's other threads do.
    answer.microseconds = Math.min(elapsed, user + system);
  } catch (error) {
    answer.accepted = false;
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
