// The same walk twice: as root with routed addresses, and as a user without any privilege with loopback addresses and high
// ports. Who is not root walks once, as the user that he is.
import { asNobody, asRoot, here, noNamespace } from "#test/e2e/support/place.ts";
import { walk } from "#test/e2e/support/walk.ts";

const why = noNamespace();
if (why === undefined) {
  walk("e2e/cluster as root, routed addresses", asRoot);
  walk("e2e/cluster as nobody, loopback addresses", asNobody);
} else {
  console.log(`e2e/cluster as root, routed addresses, is skipped: ${why}`);
  walk("e2e/cluster as this user, loopback addresses", here);
}
