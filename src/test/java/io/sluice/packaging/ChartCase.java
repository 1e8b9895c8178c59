package io.sluice.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Values that people may give, by what they are about. */
final class ChartCase {
  private static final Path GOLDEN = Path.of("src/test/resources/packaging");

  private static final String DECLARATIVE =
      """
      mode: declarative
      admin: {existingSecret: sluice-admin}
      config: {pools: [{id: default, backends: ["web.shop.svc:80"]}]}
      """;

  /** Each pod of a headless Service is a backend, without any right in the cluster. */
  static final String HEADLESS =
      """
      mode: declarative
      admin: {existingSecret: sluice-admin}
      config:
        pools:
          - {id: default, backends: ["web-headless.shop.svc.cluster.local:8080"]}
          - {id: by-port, backends: ["srv:_http._tcp.web-headless.shop.svc.cluster.local"]}
      """;

  /** The same by EndpointSlices, which say more and sooner. */
  static final String DISCOVERY =
      """
      mode: declarative
      replicaCount: 2
      admin: {existingSecret: sluice-admin}
      discovery:
        kubernetes:
          enabled: true
          namespaces: [shop, pay]
          zone: eu-1a
          apiServer: {to: [{ipBlock: {cidr: 10.0.0.1/32}}]}
      networkPolicy: {egress: {restricted: true, to: [{ports: [{port: 8080}]}]}}
      config:
        pools:
          - {id: default, backends: ["kubernetes:shop/web:http"]}
          - {id: pay, backends: [{id: pay, address: "kubernetes:pay/api:8443", weight: 2}]}
      """;

  /** https beside http, which only sends there. */
  static final String HTTPS =
      """
      tlsSecrets: [more]
      listeners:
        - {name: http, port: 6180, servicePort: 80, redirectTo: https}
        - {name: https, port: 6443, servicePort: 443, tlsSecret: web-cert, tls: {min-version: "1.3"}}
      """;

  private ChartCase() {}

  /** The values of a golden file. */
  static String golden(String name) throws IOException {
    return Files.readString(GOLDEN.resolve(name + ".values.yaml"));
  }

  static Path goldenFile(String name) {
    return GOLDEN.resolve(name + ".golden.yaml");
  }

  /** Values by name; all of them are accepted. */
  static Map<String, String> all() throws IOException {
    Map<String, String> cases = new LinkedHashMap<>();
    cases.put("defaults", "{}");
    for (String name : ChartGoldenTest.NAMES) {
      cases.put(name, golden(name));
    }
    cases.put("declarative", DECLARATIVE);
    cases.put("no store", "persistence: {enabled: false}");
    cases.put(
        "store as asked",
        """
        persistence:
          {size: 5Gi, storageClass: "-", accessModes: [ReadWriteOncePod], whenDeleted: Delete,
           annotations: {a: b}}
        """);
    cases.put(
        "no stop times", "shutdown: {preStopSeconds: 0, lameDuckSeconds: 0, graceSeconds: 0}");
    cases.put("ipv6", "bindAddress: '[::]'\nservice: {ipFamilyPolicy: RequireDualStack}");
    cases.put("base path", "admin: {basePath: /sluice/one}");
    cases.put(
        "names", "nameOverride: lb\nfullnameOverride: edge-lb".replace("edge-lb", "web-sluice"));
    cases.put("no policy", "networkPolicy: {enabled: false}\nserviceAccount: {create: false}");
    cases.put(
        "egress",
        """
        networkPolicy:
          clients: [{ipBlock: {cidr: 10.0.0.0/8}}]
          egress:
            restricted: true
            dns: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
            to: [{ports: [{port: 8080}], to: [{ipBlock: {cidr: 10.1.0.0/16}}]}]
        """);
    cases.put(
        "node ports",
        """
        service: {type: NodePort, externalTrafficPolicy: Cluster, internalTrafficPolicy: Local}
        listeners:
          - {name: http, port: 8080, servicePort: 80, nodePort: 30080, limits: {headers: 64KiB}}
          - {name: other, port: 8081, servicePort: 81}
        """);
    cases.put(
        "budget in percent",
        DECLARATIVE
            + "replicaCount: 5\npodDisruptionBudget: {maxUnavailable: '', minAvailable: 60%}");
    cases.put("one replica", DECLARATIVE + "replicaCount: 1");
    cases.put("no replica", DECLARATIVE + "replicaCount: 0");
    cases.put(
        "strict spread",
        DECLARATIVE
            + "topologySpread: {keys: [kubernetes.io/hostname], whenUnsatisfiable: DoNotSchedule}");
    cases.put("no spread", DECLARATIVE + "topologySpread: {enabled: false}");
    cases.put(
        "memory autoscaling",
        DECLARATIVE + "autoscaling: {enabled: true, targetCPU: 0, targetMemory: 80}");
    cases.put("labels", "podLabels: {app.kubernetes.io/name: x, a: b}\ncommonLabels: {team: edge}");
    putDiscovery(cases);
    cases.put("https", HTTPS);
    cases.put("no test", "tests: {enabled: false}");
    return cases;
  }

  private static void putDiscovery(Map<String, String> cases) {
    cases.put("headless", HEADLESS);
    cases.put("discovery", DISCOVERY);
    cases.put(
        "discovery at home",
        """
        discovery: {kubernetes: {enabled: true}}
        serviceAccount: {create: false, name: edge}
        config: {pools: [{id: default, backends: [{id: web, address: "kubernetes:web"}]}]}
        """);
  }
}
