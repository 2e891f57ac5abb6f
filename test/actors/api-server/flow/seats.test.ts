import * as fc from "fast-check";
import * as assert from "uvu/assert";
import { divide, Seats, type Share } from "#actors/api-server/flow/seats.ts";
import { suite } from "#test/support/suite.ts";

const test = suite("flow/seats");

const spec = fc.record({
  shares: fc.integer({ min: 0, max: 50 }),
  lendablePercent: fc.integer({ min: 0, max: 100 }),
  borrowingLimitPercent: fc.option(fc.integer({ min: 0, max: 200 }), { nil: undefined }),
});
const moves = fc.array(fc.record({ level: fc.nat({ max: 3 }), seats: fc.integer({ min: 1, max: 5 }), take: fc.boolean() }), {
  maxLength: 200,
});

test("D1 and D2: there are never more taken than there are, and what a level does not lend is free for it", () => {
  fc.assert(
    fc.property(fc.array(spec, { minLength: 4, maxLength: 4 }), fc.integer({ min: 1, max: 100 }), moves, (specs, total, list) => {
      const shares = [...divide(total, new Map(specs.entries())).values()];
      const seats = new Seats(shares);
      const there = shares.reduce((sum, { nominal }) => sum + nominal, 0);
      const taken: number[][] = [[], [], [], []];
      for (const { level, seats: some, take } of list) {
        const share = shares[level] as Share;
        const own = share.inUse + some <= share.guaranteed;
        if (!take) {
          const back = taken[level]?.pop();
          if (back !== undefined) seats.give(share, back);
        } else if (seats.take(share, some)) taken[level]?.push(some);
        else assert.not(own, "a level could not take what it does not lend");
        const inUse = shares.reduce((sum, one) => sum + one.inUse, 0);
        assert.ok(inUse <= there);
        assert.ok(shares.every((one) => one.inUse <= Math.max(one.most, 0)));
      }
    }),
  );
});

test("a level borrows what others lend, up to its limit", () => {
  const shares = divide(
    100,
    new Map([
      ["lender", { shares: 50, lendablePercent: 80, borrowingLimitPercent: undefined }],
      ["borrower", { shares: 50, lendablePercent: 0, borrowingLimitPercent: 50 }],
    ]),
  );
  const [lender, borrower] = [shares.get("lender") as Share, shares.get("borrower") as Share];
  const seats = new Seats([lender, borrower]);
  assert.ok(seats.take(borrower, 75));
  assert.not(seats.take(borrower, 1));
  assert.ok(seats.take(lender, 25));
  assert.not(seats.take(lender, 1), "what was lent is back only when it is given back");
  seats.give(borrower, 25);
  assert.ok(seats.take(lender, 25));
});
