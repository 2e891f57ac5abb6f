import * as assert from "uvu/assert";
import { canonical, parseReference } from "#runtime/images/reference.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("runtime/images/reference");
const of = (text: string): string | undefined => {
  const reference = parseReference(text);
  return reference === undefined ? undefined : canonical(reference);
};

test("fills in the registry, the library and the tag", () => {
  assert.is(of("hello"), "docker.io/library/hello:latest");
  assert.is(of("team/hello:v1"), "docker.io/team/hello:v1");
  assert.is(of("orrery.dev/examples/hello:v1"), "orrery.dev/examples/hello:v1");
  assert.is(of("127.0.0.1:5000/hello"), "127.0.0.1:5000/hello:latest");
  assert.is(of("localhost/hello"), "localhost/hello:latest");
});
test("keeps a digest and drops the tag beside it", () => {
  const digest = `sha256:${"a".repeat(64)}`;
  assert.is(of(`ghcr.io/x/y:v1@${digest}`), `ghcr.io/x/y@${digest}`);
});
for (const bad of ["", "Hello", "a//b", "hello:", "hello:ta g", "hello@sha256:12", "ghcr.io/", "-x"]) {
  test(`refuses '${bad}'`, () => assert.is(parseReference(bad), undefined));
}
