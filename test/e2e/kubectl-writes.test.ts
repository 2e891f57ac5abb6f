// Real kubectl writes objects in all its ways, against the API server over HTTPS with the store in memory.
import { suite } from "#test/support/suite.ts";
import { encodedRequest } from "#test/support/certificate-request.ts";
import { VERSIONS } from "./support/clients.ts";
import { atDesk, fails, typeAll, type Desk, type Line } from "./support/script.ts";

const test = suite("e2e/kubectl-writes", 180_000);

const IMAGE = "orrery.dev/examples/toolbox:v1";
const labels = { app: "web" };
const DEPLOYMENT = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels },
  spec: {
    replicas: 2,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: "main", image: IMAGE, ports: [{ containerPort: 8080 }] }] } },
  },
};
const configMap = (name: string, data: object, more: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...more },
  data,
});
const node = { apiVersion: "v1", kind: "Node", metadata: { name: "one" } };

const CREATE: readonly Line[] = [
  ["create namespace team", "namespace/team created"],
  ["create namespace team", 'Error from server (AlreadyExists): namespaces "team" already exists', fails],
  ["create configmap settings --from-literal=a=1 -n team", "configmap/settings created"],
  ["create secret generic pass --from-literal=p=1", "secret/pass created"],
  ["create secret docker-registry pull --docker-username=u --docker-password=p --docker-server=s", "secret/pull created"],
  ["create serviceaccount bob", "serviceaccount/bob created"],
  ["create token bob --duration=10m", /^ey[\w-]+\.ey[\w-]+\.[\w-]+$/],
  ["create role reader --verb=get --resource=pods", "role.rbac.authorization.k8s.io/reader created"],
  ["create rolebinding reads --role=reader --serviceaccount=default:bob", "rolebinding.rbac.authorization.k8s.io/reads created"],
  ["create clusterrole logs --verb=get --non-resource-url=/logs/*", "clusterrole.rbac.authorization.k8s.io/logs created"],
  ["create clusterrolebinding logs --clusterrole=logs --user=x", "clusterrolebinding.rbac.authorization.k8s.io/logs created"],
  [`create deployment d --image=${IMAGE} --replicas=1 -- serve`, "deployment.apps/d created"],
  [`create job once --image=${IMAGE}`, "job.batch/once created"],
  [`create cronjob often --image=${IMAGE} --schedule='* * * * *'`, "cronjob.batch/often created"],
  ["create job now --from=cronjob/often", "job.batch/now created"],
  ["create ingress door --rule=a.b/c=svc:80", "ingress.networking.k8s.io/door created"],
  ["create quota few --hard=configmaps=50", "resourcequota/few created"],
  ["create poddisruptionbudget some --selector=a=b --min-available=1", "poddisruptionbudget.policy/some created"],
  ["create priorityclass high --value=10", "priorityclass.scheduling.k8s.io/high created"],
  ["create service clusterip c --tcp=80", "service/c created"],
  ["create service nodeport n --tcp=80", "service/n created"],
  ["create service loadbalancer l --tcp=80", "service/l created"],
  ["create service externalname e --external-name=x.y", "service/e created"],
  [
    "create -f bad-name.json",
    /The ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 sub/,
    fails,
  ],
  ["create -f unknown.json", /strict decoding error: unknown field "dataa"/, fails],
  ["create -f unknown.json --validate=ignore", "configmap/unknown created"],
  ["create -f unknown.json --dry-run=server --validate=warn", /already exists/, fails],
  ["create -f list.json", "configmap/one created\nconfigmap/two created"],
  ["create -f list.json", /configmaps "one" already exists\n.*configmaps "two" already exists$/, fails],
];

const APPLY: readonly Line[] = [
  ["diff -f web.json", /\+ {2}name: web$/m, { fails: true }],
  ["apply -f web.json --dry-run=server", "deployment.apps/web created (server dry run)"],
  ["get deployment web", 'Error from server (NotFound): deployments.apps "web" not found', fails],
  ["apply -f web.json", "deployment.apps/web created"],
  ["apply -f web.json", "deployment.apps/web unchanged"],
  ["diff -f web.json", ""],
  ["apply -f web3.json", "deployment.apps/web configured"],
  ["get deployment web -o jsonpath={.spec.replicas},{.metadata.generation}", "3,2"],
  ["apply view-last-applied deployment/web -o json", /"replicas": 3/],
  ["apply edit-last-applied deployment/web", "deployment.apps/web edited", { editor: "/replicas:/s/3/4/" }],
  // What the annotation says is no longer what is there: whoever changed it is asked.
  ["apply -f web.json --server-side", /Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps\/v1/, fails],
  ["apply set-last-applied -f web3.json", "deployment.apps/web configured"],
  ["apply -f web.json --server-side", "deployment.apps/web serverside-applied"],
  ["scale deployment web --replicas=5", "deployment.apps/web scaled"],
  [
    "apply -f web.json --server-side",
    /Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps\/v1 at \S+: \.spec\.replicas/,
    fails,
  ],
  ["apply -f web.json --server-side --force-conflicts", "deployment.apps/web serverside-applied"],
  ["apply -f web.json --server-side --dry-run=server", "deployment.apps/web serverside-applied (server dry run)"],
  ["apply -f first.json --prune -l set=1 --prune-allowlist=core/v1/ConfigMap", "configmap/first created"],
  ["apply -f second.json --prune -l set=1 --prune-allowlist=core/v1/ConfigMap", "configmap/second created\nconfigmap/first pruned"],
  ["apply -k .", "configmap/k-settings-4h2mbtbbt6 created\ndeployment.apps/k-web created"],
  ["get deployment -l set!=1 -o name", "deployment.apps/k-web\ndeployment.apps/web"],
  ["kustomize .", /^ {2}name: k-settings-4h2mbtbbt6$/m],
  ["delete -k .", /configmap "k-settings-4h2mbtbbt6" deleted.*\n.*deployment\.apps "k-web" deleted/],
];

const CHANGE: readonly Line[] = [
  ["create -f map.json --save-config", "configmap/map created"],
  ["replace -f map2.json", "configmap/map replaced"],
  ["replace --force -f map.json", /^configmap "map" deleted.*\nconfigmap\/map replaced$/],
  ["edit configmap map", "configmap/map edited", { editor: "/k:/s/v1$/v2/" }],
  ["get configmap map -o jsonpath={.data.k}", "v2"],
  ["edit configmap map", "Edit cancelled, no changes made.", { editor: "-n p" }],
  [`patch configmap map -p '{"data":{"x":"1"}}'`, "configmap/map patched"],
  [`patch configmap map -p '{"data":{"x":"1"}}'`, "configmap/map patched (no change)"],
  [`patch configmap map --type=json -p '[{"op":"add","path":"/data/y","value":"2"}]'`, "configmap/map patched"],
  [
    `patch configmap map --type=json -p '[{"op":"test","path":"/data/y","value":"3"}]'`,
    "The request is invalid: the server rejected our request due to an error in our request",
    fails,
  ],
  [`patch configmap map --type=merge -p '{"data":{"x":null}}'`, "configmap/map patched"],
  ["get configmap map -o jsonpath={.data}", '{"k":"v2","y":"2"}'],
  ["label configmap map tier=front", "configmap/map labeled"],
  ["label configmap map tier=front", "configmap/map not labeled"],
  ["label configmap map tier=back", "error: 'tier' already has a value (front), and --overwrite is false", fails],
  ["label configmap map tier=back --overwrite", "configmap/map labeled"],
  ["get configmap -l tier=back -o name", "configmap/map"],
  ["label configmap map tier-", "configmap/map unlabeled"],
  ["label configmap map bad/label/x=1", /metadata\.labels: Invalid value: "bad\/label\/x": a valid label key must consist/, fails],
  ["annotate configmap map note=hi", "configmap/map annotated"],
  ["annotate configmap map note-", "configmap/map annotated"],
  ["delete configmap map --dry-run=server", /configmap "map" deleted.*\(server dry run\)/],
  ["delete configmap map", /^configmap "map" deleted/],
  ["delete configmap map", 'Error from server (NotFound): configmaps "map" not found', fails],
  ["delete configmap map --ignore-not-found", ""],
];

const SET: readonly Line[] = [
  ["create -f web.json", "deployment.apps/web created"],
  ["set image deployment/web main=other:v2", "deployment.apps/web image updated"],
  ["set image deployment/web nope=other:v2", /unable to find container named "nope"/, fails],
  ["set env deployment/web A=b", "deployment.apps/web env updated"],
  ["set env deployment/web --list", "# Deployment web, container main\nA=b"],
  ["set env deployment/web A-", "deployment.apps/web env updated"],
  ["set resources deployment/web -c=main --limits=cpu=200m,memory=64Mi", "deployment.apps/web resource requirements updated"],
  ["set serviceaccount deployment/web bob", "deployment.apps/web serviceaccount updated"],
  [
    "get deployment web -o jsonpath={.spec.template.spec.containers[0].image},{.spec.template.spec.containers[0].resources.limits},{.spec.template.spec.serviceAccountName}",
    'other:v2,{"cpu":"200m","memory":"64Mi"},bob',
  ],
  ["expose deployment web --port=80 --target-port=8080", "service/web exposed"],
  ["expose service web --port=81 --name=web2", "service/web2 exposed"],
  ["set selector service web2 a=b", "service/web2 selector updated"],
  ["get service web web2 -o jsonpath={.items[*].spec.selector}", '{"app":"web"} {"a":"b"}'],
  ["create role reader --verb=get --resource=pods", /created/],
  ["create rolebinding reads --role=reader --user=adam", /created/],
  ["set subject rolebinding reads --user=eve", "rolebinding.rbac.authorization.k8s.io/reads subjects updated"],
  ["autoscale deployment web --min=2 --max=5", "horizontalpodautoscaler.autoscaling/web autoscaled"],
  ["scale deployment web --replicas=1 --current-replicas=5", "error: Expected replicas to be 5, was 2", fails],
  ["scale deployment web --replicas=7", "deployment.apps/web scaled"],
  [`patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":2}}'`, "scale.autoscaling/web patched"],
  ["get deployment web --subresource=scale", /^NAME +DESIRED +AVAILABLE +AGE\nweb +2 +0 +\S+$/],
  ["rollout pause deployment/web", "deployment.apps/web paused"],
  ["rollout pause deployment/web", 'error: deployments.apps "web" is already paused', fails],
  ["rollout resume deployment/web", "deployment.apps/web resumed"],
  ["rollout restart deployment/web", "deployment.apps/web restarted"],
  ["wait deployment/web --for=jsonpath={.spec.replicas}=2", "deployment.apps/web condition met"],
  ["wait deployment/web --for=condition=Available --timeout=1s", "error: timed out waiting for the condition on deployments/web", fails],
  ["create serviceaccount default", /created/],
  [`run one --image=${IMAGE} --restart=Never -- serve`, "pod/one created"],
  ["get pod one -o jsonpath={.spec.restartPolicy},{.metadata.labels},{.status.phase}", 'Never,{"run":"one"},Pending'],
  ["set image pod/one one=other:v3", "pod/one image updated"],
  [
    `patch pod one -p '{"spec":{"restartPolicy":"Always"}}'`,
    /The Pod "one" is invalid: spec: Forbidden: pod updates may not change fields other than/,
    fails,
  ],
];

const ADMIN: readonly Line[] = [
  ["create -f node.json", "node/one created"],
  ["cordon one", "node/one cordoned"],
  ["cordon one", "node/one already cordoned"],
  ["uncordon one", "node/one uncordoned"],
  ["taint node one a=b:NoSchedule", "node/one tainted"],
  ["taint node one a=b:NoSchedule", "error: node one already has a taint(s) with same effect(s) and --overwrite is false", fails],
  ["taint node one a=c:NoSchedule --overwrite", "node/one modified"],
  ["taint node one a:NoSchedule-", "node/one untainted"],
  ["create -f csr.json", "certificatesigningrequest.certificates.k8s.io/jane created"],
  ["certificate approve jane", "certificatesigningrequest.certificates.k8s.io/jane approved"],
  ["get csr jane", /^NAME .*\njane +\S+ +kubernetes\.io\/kube-apiserver-client +kubernetes-admin +<none> +Approved$/],
  ["certificate deny jane", /already Approved|cannot be denied|may not|both/, fails],
  ["auth can-i create pods", "yes"],
  ["auth can-i create pods --as=bob", "no", { fails: true }],
  ["auth whoami -o jsonpath={.status.userInfo.username}", "kubernetes-admin"],
  ["auth can-i --list --as=bob", /^Resources +Non-Resource URLs +Resource Names +Verbs\nselfsubject/],
  ["auth reconcile -f roles.json", /role\.rbac\.authorization\.k8s\.io\/deployer reconciled/],
  ["auth can-i create deployments --as=eve", "yes"],
  ["delete namespace default", /namespaces "default" is forbidden: this namespace may not be deleted/, fails],
];

const roles = {
  apiVersion: "v1",
  kind: "List",
  items: [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "deployer", namespace: "default" },
      rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["create"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "deploys", namespace: "default" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "deployer" },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "eve" }],
    },
  ],
};

const layFiles = async ({ file }: Desk): Promise<void> => {
  file("web.json", DEPLOYMENT);
  file("web3.json", { ...DEPLOYMENT, spec: { ...DEPLOYMENT.spec, replicas: 3 } });
  file("map.json", configMap("map", { k: "v1" }));
  file("map2.json", configMap("map", { k: "v0" }));
  file("bad-name.json", configMap("Not_A_Name", {}));
  file("unknown.json", { ...configMap("unknown", {}), dataa: {} });
  file("list.json", { apiVersion: "v1", kind: "List", items: [configMap("one", {}), configMap("two", {})] });
  file("first.json", configMap("first", {}, { labels: { set: "1" } }));
  file("second.json", configMap("second", {}, { labels: { set: "1" } }));
  file("kustomization.yaml", {
    namePrefix: "k-",
    resources: ["web.json"],
    configMapGenerator: [{ name: "settings", literals: ["a=b"] }],
  });
  file("node.json", node);
  file("roles.json", roles);
  const spec = {
    request: await encodedRequest({ name: "jane", groups: ["dev"] }),
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth"],
  };
  file("csr.json", { apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: { name: "jane" }, spec });
};

const SESSIONS: Readonly<Record<string, readonly Line[]>> = {
  "creates objects of every kind that it has a word for": CREATE,
  "applies: on its own side, on the server's side, pruning, kustomized; and tells the difference": APPLY,
  "replaces, edits, patches, labels, annotates and deletes": CHANGE,
  "sets parts of workloads, exposes, scales, runs and waits": SET,
  "marks nodes, approves certificates, asks who may what": ADMIN,
};

for (const version of VERSIONS)
  for (const [title, lines] of Object.entries(SESSIONS))
    test(`kubectl ${version} ${title}`, () =>
      atDesk(version, async (desk) => {
        await layFiles(desk);
        await typeAll(desk.kubectl, lines);
      }));
