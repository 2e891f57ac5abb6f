const only = (from, to, why) => ({
  name: `${from.replace(/\W/g, "")}-only`,
  comment: why,
  severity: "error",
  from: { path: from },
  to: { path: "^(api|lib|actors|runtime|addons|bin|test)/", pathNot: to },
});
/** @type {import("dependency-cruiser").IConfiguration} */
export default {
  forbidden: [
    { name: "no-cycles", severity: "error", from: {}, to: { circular: true } },
    { name: "no-orphans", severity: "error", from: { orphan: true, pathNot: "^(bin|test)/|\\.d\\.ts$" }, to: {} },
    only("^api/", "^api/", "api is the vocabulary: it imports nothing of ours"),
    only("^lib/", "^(api|lib)/", "lib is mechanism"),
    only("^runtime/", "^(api|lib|runtime)/", "runtime knows no actor"),
    only("^addons/", "^(api|lib|addons)/", "an addon is a client of the API like any other"),
    only("^actors/", "^(api|lib|runtime|actors)/", "actors never import addons, bin or test"),
    {
      name: "actors-meet-at-the-api",
      comment: "components talk through the API server only",
      severity: "error",
      from: { path: "^actors/([^/]+)/" },
      to: { path: "^actors/", pathNot: "^actors/$1/" },
    },
    {
      name: "runtime-only-from-node-actors",
      severity: "error",
      from: { path: "^actors/", pathNot: "^actors/(kubelet|kube-proxy)/" },
      to: { path: "^runtime/" },
    },
    {
      name: "pure-files-do-no-io",
      severity: "error",
      from: { path: "^api/|^actors/.+/(decide|plugins/.+|machine)\\.ts$" },
      to: { path: "/io\\.ts$|@nats-io|^(node:)?(fs|http|https|http2|net|tls|dgram|child_process|worker_threads|cluster)(/|$)" },
    },
    { name: "nats-behind-one-door", severity: "error", from: { pathNot: "^lib/nats/|^test/" }, to: { path: "@nats-io" } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "types"],
      extensions: [".ts", ".js", ".mjs", ".json"],
    },
    doNotFollow: { path: "node_modules" },
  },
};
