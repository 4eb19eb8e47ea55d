// What the reference suite of GraphQL over HTTP says of a server: one line of JSON an audit.
import { createRequire } from "node:module";

const [folder, url] = process.argv.slice(2);
const { auditServer } = createRequire(`${folder}/`)("graphql-http");
for (const { id, name, status, reason } of await auditServer({ url })) {
  console.log(JSON.stringify({ id, name, status, reason }));
}
