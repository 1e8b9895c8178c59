package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Values that cannot work are refused before anything is installed, with a sentence. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChartGuardsTest {
  private static final String DECLARATIVE = "mode: declarative\nadmin: {existingSecret: s}\n";

  private Chart chart;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    chart = Chart.in(directory);
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            "replicaCount: 2", "replicaCount is 2, but with mode managed there is one pod"),
        Arguments.of("autoscaling: {enabled: true}", "autoscaling.enabled needs mode declarative"),
        Arguments.of("mode: declarative", "mode declarative needs admin.existingSecret"),
        Arguments.of(
            DECLARATIVE + "autoscaling: {enabled: true, minReplicas: 5, maxReplicas: 4}",
            "autoscaling.minReplicas (5) is more than autoscaling.maxReplicas (4)"),
        Arguments.of(
            DECLARATIVE + "autoscaling: {enabled: true, targetCPU: 0}",
            "autoscaling.enabled needs something to look at"),
        Arguments.of(
            "podDisruptionBudget: {minAvailable: 1}",
            "exactly one of maxUnavailable and minAvailable"),
        Arguments.of(
            "podDisruptionBudget: {maxUnavailable: ''}", "exactly one of maxUnavailable and"),
        Arguments.of(
            "config: {pools: [{id: a, backends: ['kubernetes:shop/web:http']}]}",
            "kubernetes:shop/web:http needs discovery.kubernetes.enabled"),
        Arguments.of(
            "discovery: {kubernetes: {enabled: true}}\n"
                + "config: {pools: [{id: a, backends: [{address: 'kubernetes:shop/web'}]}]}",
            "is in the namespace shop, which discovery.kubernetes.namespaces must name"),
        Arguments.of(
            "discovery: {kubernetes: {enabled: true, namespaces: [shop]}}\n"
                + "config: {pools: [{id: a, backends: ['kubernetes:web:80']}]}",
            "is in the namespace edge, which discovery.kubernetes.namespaces must name"),
        Arguments.of("config: {sluice: {mode: managed}}", "config.sluice.mode is set by the chart"),
        Arguments.of("config: {sluice: {bootstrap: {}}}", "use config.pools and config.routes"),
        Arguments.of("config: {sluice: {shutdown: {}}}", "config.sluice.shutdown is set by the"),
        Arguments.of("config: {sluice: {listeners: []}}", "config.sluice.listeners is set by the"),
        Arguments.of("config: {sluice: {upgrade: {}}}", "a pod is replaced, not upgraded"),
        Arguments.of(
            "config: {sluice: {admin: {address: 'a:1'}}}",
            "use bindAddress and admin.port instead"),
        Arguments.of(
            "config: {sluice: {admin: {password-file: /p}}}", "use admin.existingSecret instead"),
        Arguments.of("config: {sluice: {store: {path: /p}}}", "the store is on its volume"),
        Arguments.of("config: {top: {pid_file: /p}}", "config.top.pid_file: only spring, logging"),
        Arguments.of(
            "extraEnv: [{name: SLUICE_ADMIN_TOKEN, value: x}]",
            "SLUICE_ADMIN_TOKEN belongs into a"),
        Arguments.of(
            "listeners: [{name: admin, port: 6188, servicePort: 80}]", "the name admin is taken"),
        Arguments.of(
            "listeners: [{name: a, port: 6189, servicePort: 80}]", "a has the port 6189, which"),
        Arguments.of(
            "listeners: [{name: a, port: 6188, servicePort: 80}, {name: b, port: 6187, servicePort: 80}]",
            "b has the servicePort 80, which another listener has"),
        Arguments.of(
            "listeners: [{name: a, port: 6188, servicePort: 80, nodePort: 30080}]",
            "a has a nodePort, which needs service.type NodePort or LoadBalancer"),
        Arguments.of(
            "listeners: [{name: a, port: 6188, servicePort: 80, redirectTo: b}, {name: b, port: 6187, servicePort: 443}]",
            "redirectTo names b, which is no listener with a tlsSecret or tls"),
        Arguments.of(
            "listeners: [{name: a, port: 6188, servicePort: 443, tlsSecret: s, redirectTo: a}]",
            "a has TLS itself and is sent to a"),
        Arguments.of("admin: {ingress: {enabled: true}}", "needs admin.ingress.hosts"),
        Arguments.of(
            "admin: {ingress: {enabled: true, hosts: [a.example]}}", "needs admin.ingress.tls"),
        Arguments.of(
            "admin: {ingress: {enabled: true, hosts: [a.example], tls: [{secretName: a}]}}",
            "admin.ingress.enabled needs networkPolicy.admins"),
        Arguments.of("admin: {httpRoute: {enabled: true}}", "needs admin.httpRoute.parentRefs"),
        Arguments.of(
            DECLARATIVE + "metrics: {serviceMonitor: {enabled: true}}",
            "metrics.serviceMonitor.enabled needs networkPolicy.admins"),
        Arguments.of(
            "networkPolicy: {enabled: false}\nmetrics: {serviceMonitor: {enabled: true}}",
            "metrics.serviceMonitor.enabled needs metrics.serviceMonitor.tokenSecret"),
        Arguments.of("tests: {checks: [default/a]}", "tests.checks needs admin.existingSecret"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("refused")
  void whatCannotWorkIsRefused(String values, String sentence) {
    assertThat(catchThrowable(() -> chart.render(values))).hasMessageContaining(sentence);
  }

  static Stream<Arguments> mistyped() {
    return Stream.of(
        Arguments.of("replicas: 2", "additional properties 'replicas' not allowed"),
        Arguments.of("service: {typ: NodePort}", "additional properties 'typ' not allowed"),
        Arguments.of(
            "listeners: [{name: a, port: 80, servicePort: 80}]", "minimum: got 80, want 1,024"),
        Arguments.of("listeners: []", "minItems: got 0, want 1"),
        Arguments.of("mode: cluster", "value must be one of 'managed', 'declarative'"),
        Arguments.of("admin: {type: LoadBalancer}", "additional properties 'type' not allowed"),
        Arguments.of("admin: {password: secret}", "additional properties 'password' not allowed"),
        Arguments.of("image: {digest: abc}", "does not match pattern"),
        Arguments.of("shutdown: {graceSeconds: 5m}", "got string, want integer"),
        Arguments.of("probes: {readiness: {httpGet: {}}}", "additional properties 'httpGet' not"),
        Arguments.of("config: {pools: [{id: a}]}", "missing property 'backends'"),
        Arguments.of("metrics: {prometheusRule: {disabled: [Foo]}}", "value must be one of"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mistyped")
  void whatTheSchemaDoesNotKnowIsRefused(String values, String message) {
    assertThat(catchThrowable(() -> chart.render(values))).hasMessageContaining(message);
  }
}
