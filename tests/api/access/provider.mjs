// An OpenID Connect provider of one client, who lets everybody in under the name they give; says a line when it listens.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [folder, port, redirect, secret] = process.argv.slice(2);
const { default: Provider } = await import(pathToFileURL(createRequire(`${folder}/`).resolve("oidc-provider")).href);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "faultline", client_secret: secret, redirect_uris: [redirect] }],
  claims: { openid: ["sub"], profile: ["preferred_username", "roles"] },
  conformIdTokenClaims: false,
  pkce: { required: () => true },
  cookies: { keys: ["of a test"] },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, roles: id === "guest" ? [] : ["faultline-viewer", "auditor"] }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
