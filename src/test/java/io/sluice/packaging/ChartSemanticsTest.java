package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.Configuration;
import io.sluice.config.ConfigurationReader;
import io.sluice.config.ListenerSpec;
import io.sluice.packaging.Chart.Rendered;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** What the objects say fits together, and fits Sluice, for every kind of values. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChartSemanticsTest {
  private static final String CASES = "cases";

  private Chart chart;

  @BeforeAll
  void open(@TempDir Path directory) throws IOException {
    chart = Chart.in(directory);
  }

  static Stream<Arguments> cases() throws IOException {
    return ChartCase.all().entrySet().stream().map(c -> Arguments.of(c.getKey(), c.getValue()));
  }

  private static Stream<JsonNode> elements(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false);
  }

  private static Configuration configuration(Rendered rendered) throws Exception {
    return ConfigurationReader.read("application.yaml", rendered.application());
  }

  private static boolean selects(JsonNode selector, JsonNode labels) {
    return !selector.isEmpty()
        && selector.properties().stream()
            .allMatch(label -> label.getValue().equals(labels.path(label.getKey())));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void everySelectorFindsItsPodsAndNoOthers(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    JsonNode pods = rendered.workload().at("/spec/template/metadata/labels");
    List<JsonNode> selectors = new ArrayList<>();
    rendered.all("Service").forEach(o -> selectors.add(o.at("/spec/selector")));
    rendered
        .all("PodDisruptionBudget")
        .forEach(o -> selectors.add(o.at("/spec/selector/matchLabels")));
    rendered
        .all("NetworkPolicy")
        .forEach(o -> selectors.add(o.at("/spec/podSelector/matchLabels")));
    selectors.add(rendered.workload().at("/spec/selector/matchLabels"));
    elements(rendered.pod().path("topologySpreadConstraints"))
        .forEach(o -> selectors.add(o.at("/labelSelector/matchLabels")));

    assertThat(selectors).hasSizeGreaterThan(2).allMatch(selector -> selects(selector, pods));
    for (JsonNode test : rendered.all("Pod")) {
      JsonNode labels = test.at("/metadata/labels");
      assertThat(selectors).noneMatch(selector -> selects(selector, labels));
      for (JsonNode policy : rendered.all("NetworkPolicy")) {
        JsonNode admitted = policy.at("/spec/ingress/1/from/0/podSelector/matchLabels");
        assertThat(selects(admitted, labels)).as("the test may connect").isTrue();
      }
    }
    for (JsonNode monitor : rendered.all("ServiceMonitor")) {
      JsonNode selector = monitor.at("/spec/selector/matchLabels");
      assertThat(
              rendered.all("Service").stream()
                  .filter(s -> selects(selector, s.at("/metadata/labels"))))
          .extracting(Rendered::name)
          .containsExactly("web-sluice-admin");
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void portsAreThoseThatSluiceListensOn(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    Configuration sluice = configuration(rendered);
    Set<String> names = new HashSet<>();
    List<Integer> numbers = new ArrayList<>();
    for (JsonNode port : rendered.container().path("ports")) {
      names.add(port.path("name").asString());
      numbers.add(port.path("containerPort").asInt());
    }
    List<Integer> listened = new ArrayList<>();
    for (ListenerSpec listener : sluice.listeners()) {
      listened.add(((Address.Tcp) listener.address()).port());
    }
    listened.add(sluice.admin().address().port());
    assertThat(numbers).isEqualTo(listened);

    for (JsonNode service : rendered.all("Service")) {
      for (JsonNode port : service.at("/spec/ports")) {
        assertThat(names).contains(port.path("targetPort").asString());
      }
    }
    for (JsonNode policy : rendered.all("NetworkPolicy")) {
      assertThat(
              elements(policy.at("/spec/ingress"))
                  .flatMap(rule -> elements(rule.path("ports")))
                  .map(port -> port.path("port").asString()))
          .containsExactlyInAnyOrderElementsOf(names);
    }
    JsonNode data = rendered.one("Service", "web-sluice");
    assertThat(data.at("/spec/ports"))
        .noneMatch(p -> p.path("targetPort").asString().equals("admin"));
    JsonNode admin = rendered.one("Service", "web-sluice-admin");
    assertThat(admin.at("/spec/type").asString()).isEqualTo("ClusterIP");
    assertThat(admin.at("/spec/ports/0/port").asInt()).isEqualTo(sluice.admin().address().port());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void probesAskTheManagementPlane(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    Configuration.Admin admin = configuration(rendered).admin();
    String base = admin.basePath().equals("/") ? "" : admin.basePath();
    boolean tls = rendered.application().contains("bundle: admin");
    for (String probe : List.of("startupProbe", "livenessProbe", "readinessProbe")) {
      JsonNode get = rendered.container().path(probe).path("httpGet");
      String group = probe.equals("readinessProbe") ? "readiness" : "liveness";
      assertThat(get.path("path").asString()).isEqualTo(base + "/actuator/health/" + group);
      assertThat(get.path("port").asString()).isEqualTo("admin");
      assertThat(get.path("scheme").asString()).isEqualTo(tls ? "HTTPS" : "HTTP");
      // The kubelet asks by the pod's address, which Sluice always lets in.
      assertThat(get.has("host")).isFalse();
      assertThat(get.has("httpHeaders")).isFalse();
    }
    assertThat(admin.allowedHosts())
        .contains("localhost", "web-sluice-admin", "web-sluice-admin.edge.svc.cluster.local");
    for (JsonNode ingress : rendered.all("Ingress")) {
      assertThat(admin.allowedHosts()).contains(ingress.at("/spec/rules/0/host").asString());
      assertThat(ingress.at("/spec/tls")).isNotEmpty();
      assertThat(ingress.at("/spec/rules/0/http/paths/0/path").asString())
          .isEqualTo(admin.basePath());
    }
    for (JsonNode route : rendered.all("HTTPRoute")) {
      assertThat(admin.allowedHosts()).contains(route.at("/spec/hostnames/0").asString());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void aPodMayTakeAsLongToEndAsSluiceMay(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    Configuration sluice = configuration(rendered);
    JsonNode sleep = rendered.container().at("/lifecycle/preStop/sleep/seconds");
    long needed =
        sleep.asLong(0)
            + sluice.shutdown().lameDuck().toSeconds()
            + sluice.shutdown().grace().toSeconds()
            + sluice.process().closing().toSeconds();

    assertThat(rendered.pod().path("terminationGracePeriodSeconds").asLong()).isEqualTo(needed + 5);
    assertThat(sleep.isMissingNode() || sleep.asLong() > 0).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void podsAreRestrictedAsThePodSecurityStandardSays(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    List<JsonNode> pods = new ArrayList<>(List.of(rendered.pod()));
    rendered.all("Pod").forEach(pod -> pods.add(pod.path("spec")));
    for (JsonNode pod : pods) {
      JsonNode context = pod.path("securityContext");
      assertThat(context.path("runAsNonRoot").asBoolean()).isTrue();
      assertThat(context.path("runAsUser").asInt()).isEqualTo(65532);
      assertThat(context.at("/seccompProfile/type").asString()).isEqualTo("RuntimeDefault");
      boolean proxy = pod.equals(rendered.pod());
      assertThat(pod.path("automountServiceAccountToken").asBoolean(true))
          .as("a token only for who asks the API server")
          .isEqualTo(proxy && rendered.has("Role"));
      // A Service "sluice" would give every container SLUICE_PORT and the like.
      assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
      for (JsonNode container : pod.path("containers")) {
        JsonNode own = container.path("securityContext");
        assertThat(own.path("allowPrivilegeEscalation").asBoolean(true)).isFalse();
        assertThat(own.path("readOnlyRootFilesystem").asBoolean()).isTrue();
        assertThat(own.at("/capabilities/drop/0").asString()).isEqualTo("ALL");
        assertThat(own.at("/capabilities/add").isMissingNode()).isTrue();
      }
      assertThat(pod.path("volumes"))
          .allMatch(v -> v.has("configMap") || v.has("secret") || v.has("emptyDir"));
      for (String host : List.of("hostNetwork", "hostPID", "hostIPC")) {
        assertThat(pod.has(host)).isFalse();
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void everyVolumeIsMountedAndEveryMountHasAVolume(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    Set<String> volumes = new HashSet<>();
    rendered.pod().path("volumes").forEach(v -> volumes.add(v.path("name").asString()));
    rendered
        .workload()
        .at("/spec/volumeClaimTemplates")
        .forEach(v -> volumes.add(Rendered.name(v)));
    Set<String> mounts = new HashSet<>();
    Set<String> paths = new HashSet<>();
    for (JsonNode mount : rendered.container().path("volumeMounts")) {
      mounts.add(mount.path("name").asString());
      assertThat(paths.add(mount.path("mountPath").asString())).as("mounted twice").isTrue();
      // A single file of a ConfigMap never changes in a pod that runs.
      assertThat(mount.has("subPath")).isFalse();
    }
    assertThat(mounts).isEqualTo(volumes);
    assertThat(paths).contains("/etc/sluice/conf", "/var/lib/sluice", "/tmp");
    assertThat(rendered.container().path("args"))
        .extracting(JsonNode::asString)
        .containsExactly("-c", "/etc/sluice/conf/application.yaml");
    Configuration sluice = configuration(rendered);
    assertThat(sluice.store().path()).isEqualTo(Path.of("/var/lib/sluice/sluice.db"));
    String application = rendered.application();
    for (String file : application.split("[\\s\"]+", -1)) {
      if (file.startsWith("/etc/sluice/")) {
        assertThat(paths).contains(String.valueOf(Path.of(file).getParent()));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void secretsAreNamedAndNeverWritten(String name, String values) throws Exception {
    Rendered rendered = chart.render(values);
    assertThat(rendered.has("Secret")).isFalse();
    List<JsonNode> containers = new ArrayList<>(List.of(rendered.container()));
    rendered.all("Pod").forEach(pod -> pod.at("/spec/containers").forEach(containers::add));
    for (JsonNode container : containers) {
      for (JsonNode variable : container.path("env")) {
        String what = variable.path("name").asString();
        if (what.contains("PASSWORD") || what.contains("TOKEN")) {
          assertThat(variable.has("value")).as(what).isFalse();
          assertThat(variable.at("/valueFrom/secretKeyRef/name").asString()).isNotEmpty();
        }
      }
    }
    assertThat(rendered.application()).doesNotContain("password-file", "token-file");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(CASES)
  void thereIsOneWriterOfAStoreAndABudgetOnlyForSeveralPods(String name, String values)
      throws Exception {
    Rendered rendered = chart.render(values);
    boolean declarative = configuration(rendered).mode() == Configuration.Mode.DECLARATIVE;
    assertThat(rendered.has("Deployment")).isEqualTo(declarative);
    assertThat(rendered.has("StatefulSet")).isEqualTo(!declarative);
    JsonNode replicas = rendered.workload().at("/spec/replicas");
    assertThat(replicas.isMissingNode()).isEqualTo(rendered.has("HorizontalPodAutoscaler"));
    boolean several = replicas.isMissingNode() || replicas.asInt() > 1;
    assertThat(rendered.has("PodDisruptionBudget")).isEqualTo(several);
    if (!declarative) {
      assertThat(replicas.asInt()).isEqualTo(1);
      String headless = rendered.workload().at("/spec/serviceName").asString();
      assertThat(rendered.one("Service", headless).at("/spec/clusterIP").asString())
          .isEqualTo("None");
    }
    assertThat(rendered.one("Service", "web-sluice-admin").at("/spec/sessionAffinity").asString(""))
        .isEqualTo(several ? "ClientIP" : "");
  }
}
