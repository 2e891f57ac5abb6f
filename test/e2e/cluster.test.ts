// The same walk twice: as root with routed addresses, and as a user without any privilege with loopback addresses and high
// ports. Who is not root walks once, as the user that he is.
import { asNobody, asRoot, here, noNamespace, notReadable } from "#test/e2e/support/place.ts";
import { walk } from "#test/e2e/support/walk.ts";

const skip = (what: string, why: string): void => console.log(`e2e/cluster ${what} is skipped: ${why}`);

const noRoot = noNamespace();
const noNobody = noRoot ?? notReadable();
if (noRoot === undefined) walk("e2e/cluster as root, routed addresses", asRoot);
else skip("as root, routed addresses", noRoot);
if (noNobody === undefined) walk("e2e/cluster as nobody, loopback addresses", asNobody);
else {
  skip("as nobody", noNobody);
  walk("e2e/cluster as this user, loopback addresses", here);
}
