// Shows tokens to aws-jwt-verify and prints its verdicts.
// One JSON object a line goes in and out; node is started where npm installed the package.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { join } from "node:path";

const require = createRequire(join(process.cwd(), "package.json"));
const { CognitoJwtVerifier } = require("aws-jwt-verify");

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  Date.now = () => question.now * 1000;
  const answer = { id: question.id, accepted: false, error: null, email: null, sub: null };
  try {
    const verifier = CognitoJwtVerifier.create(question.options);
    verifier.cacheJwks(question.jwks);
    const claims = await verifier.verify(question.token);
    // Not all claims: it takes some that nest too deeply for other readers.
    Object.assign(answer, { accepted: true, email: claims.email ?? null, sub: claims.sub ?? null });
  } catch (error) {
    answer.error = error.constructor.name;
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
