import * as assert from "uvu/assert";
import { readKubeconfig, writeKubeconfig } from "#lib/https/kubeconfig.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("https/kubeconfig");
const access = { cluster: "orrery", user: "orrery-admin", server: "https://127.0.0.1:6443", certificateAuthority: "CA" };

test("reads back a certificate's access that it wrote", async () => {
  const client = { certificate: "CERT", key: "KEY" };
  const { server, certificateAuthority, client: found } = await readKubeconfig(writeKubeconfig({ ...access, client }));
  assert.equal({ server, certificateAuthority, found }, { server: access.server, certificateAuthority: "CA", found: client });
});

test("reads back a token", async () => {
  const { token, client } = await readKubeconfig(writeKubeconfig({ ...access, token: "t" }));
  assert.is(await token?.(), "t");
  assert.is(client, undefined);
});

test("takes the context that is asked for", async () => {
  const text = `
apiVersion: v1
kind: Config
current-context: one
contexts:
- {name: one, context: {cluster: a, user: u}}
- {name: two, context: {cluster: b, user: u}}
clusters:
- {name: a, cluster: {server: "https://a"}}
- {name: b, cluster: {server: "https://b"}}
users: []
`;
  assert.is((await readKubeconfig(text)).server, "https://a");
  assert.is((await readKubeconfig(text, "two")).server, "https://b");
  const message = await readKubeconfig(text, "three").catch((error: Error) => error.message);
  assert.is(message, "context was not found for specified context: three");
});
