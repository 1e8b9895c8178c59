package io.sluice.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.admin.AdminPlane;
import io.sluice.config.ConfigurationReader;
import io.sluice.config.ListenerSpec;
import io.sluice.config.Snapshot;
import io.sluice.packaging.Chart.Rendered;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What single values bring about. */
class ChartBehaviourTest {
  private static final String STATIC = "sluice.io/static-configuration";

  @TempDir private Path directory;
  private Chart chart;

  @BeforeEach
  void open() throws IOException {
    chart = Chart.in(directory);
  }

  private static String annotation(Rendered rendered) {
    JsonNode annotations = rendered.workload().at("/spec/template/metadata/annotations");
    return annotations.path(STATIC).asString();
  }

  @Test
  void changedPoolsAndRoutesRestartNoPodAndChangedListenersDo() throws Exception {
    String values = ChartCase.golden("declarative");
    Rendered before = chart.render(values);
    Rendered pools = chart.render(values.replace("web.shop.svc:8080", "web.shop.svc:9090"));
    assertThat(pools.application()).isNotEqualTo(before.application());
    assertThat(annotation(pools)).isEqualTo(annotation(before));
    assertThat(pools.workload()).isEqualTo(before.workload());

    Rendered threads = chart.render(values.replace("threads: 4", "threads: 3"));
    assertThat(annotation(threads)).isNotEqualTo(annotation(before));
  }

  /** Whoever synchronises a cluster with a repository compares renderings. */
  @Test
  void twoRenderingsAreEqual(@TempDir Path other) throws Exception {
    String values = ChartCase.golden("everything");

    assertThat(Chart.in(other).render(values).text()).isEqualTo(chart.render(values).text());
  }

  @Test
  void valuesOfTheConfigurationArriveAsTheyAre() throws Exception {
    var sluice =
        ConfigurationReader.read("f", chart.render(ChartCase.golden("declarative")).application());
    Snapshot bootstrap = sluice.bootstrap();
    assertThat(bootstrap.pools())
        .singleElement()
        .extracting(p -> p.limits().requests())
        .isEqualTo(10_000_000);
    assertThat(bootstrap.routes()).hasSize(2);
    assertThat(sluice.threads()).isEqualTo(4);
    assertThat(sluice.store().revisions()).isEqualTo(10);
    assertThat(sluice.admin().deniedBackends()).hasSize(1);
    assertThat(sluice.trustedProxies()).hasSize(1);
  }

  @Test
  void theManagementPlaneTakesItsSections() throws Exception {
    String yaml = chart.render("config: {top: {logging: {level: {root: WARN}}}}").application();

    assertThat(AdminPlane.check("application.yaml", yaml)).isEmpty();
    assertThat(yaml).contains("root: WARN");
  }

  @Test
  void withTlsTheCertificateIsWhereItsSecretIsMounted() throws Exception {
    Rendered rendered = chart.render("admin: {tlsSecret: cert}");

    assertThat(AdminPlane.check("application.yaml", rendered.application()))
        .extracting(AdminPlane.Finding::message)
        .anyMatch(message -> message.contains("/etc/sluice/admin-tls/tls."));
    assertThat(rendered.one("Pod", "web-sluice-test").at("/spec/containers/0/env"))
        .anyMatch(
            v -> v.path("value").asString("").equals("https://web-sluice-admin.edge.svc:6189"))
        .anyMatch(v -> v.path("value").asString("").equals("/etc/sluice/admin-tls/ca.crt"));
    assertThat(chart.render("admin: {tlsSecret: cert, tlsSecretHasCa: false}").text())
        .doesNotContain("ca.crt");
  }

  @Test
  void rightsAreThereOnlyWhenTheyAreUsedAndOnlyToReadEndpointSlices() throws Exception {
    Rendered headless = chart.render(ChartCase.HEADLESS);
    assertThat(headless.has("Role") || headless.has("RoleBinding")).isFalse();
    assertThat(ConfigurationReader.read("f", headless.application()).bootstrap().pools())
        .hasSize(2);

    Rendered discovery = chart.render(ChartCase.DISCOVERY);
    assertThat(discovery.all("Role"))
        .hasSize(2)
        .allSatisfy(
            role ->
                assertThat(role.path("rules").toString())
                    .isEqualTo(
                        "[{\"apiGroups\":[\"discovery.k8s.io\"],\"resources\":[\"endpointslices\"],"
                            + "\"verbs\":[\"get\",\"list\",\"watch\"]}]"))
        .extracting(role -> role.at("/metadata/namespace").asString())
        .containsExactlyInAnyOrder("shop", "pay");
    assertThat(discovery.all("RoleBinding"))
        .hasSize(2)
        .allSatisfy(
            binding -> {
              assertThat(binding.at("/roleRef/name").asString())
                  .isEqualTo("edge-web-sluice-endpointslices");
              assertThat(binding.at("/subjects/0/name").asString())
                  .isEqualTo(discovery.pod().path("serviceAccountName").asString());
              assertThat(binding.at("/subjects/0/namespace").asString()).isEqualTo("edge");
            });
    assertThat(discovery.container().path("env"))
        .anyMatch(v -> v.path("name").asString().equals("SLUICE_ZONE"));
    JsonNode egress = discovery.one("NetworkPolicy", "web-sluice").at("/spec/egress/1");
    assertThat(egress.at("/ports/1/port").asInt()).isEqualTo(6443);
    assertThat(egress.at("/to/0/ipBlock/cidr").asString()).isEqualTo("10.0.0.1/32");
  }

  @Test
  void listenersShowTheCertificateOfTheirSecretAndSendPlainOnesThere() throws Exception {
    Rendered rendered = chart.render(ChartCase.HTTPS);
    List<ListenerSpec> listeners =
        ConfigurationReader.read("f", rendered.application()).listeners();

    assertThat(listeners.getFirst().redirectTo()).isEqualTo(443);
    ListenerSpec.Tls tls = Objects.requireNonNull(listeners.getLast().tls());
    assertThat(tls.certificates())
        .containsExactly(
            new ListenerSpec.Certificate.Files(
                Path.of("/etc/sluice/tls/web-cert/tls.crt"),
                Path.of("/etc/sluice/tls/web-cert/tls.key")));
    assertThat(tls.minVersion()).isEqualTo(ListenerSpec.Version.TLS_1_3);
    assertThat(rendered.container().path("volumeMounts"))
        .filteredOn(m -> m.path("mountPath").asString("").startsWith("/etc/sluice/tls/"))
        .extracting(m -> m.path("mountPath").asString(""))
        .containsExactly("/etc/sluice/tls/more", "/etc/sluice/tls/web-cert");
    assertThat(rendered.pod().path("volumes"))
        .anyMatch(v -> v.at("/secret/secretName").asString("").equals("web-cert"));
    assertThat(rendered.one("Service", "web-sluice").at("/spec/ports"))
        .extracting(p -> p.path("port").asInt())
        .containsExactly(80, 443);
  }

  @Test
  void theNotesSayHowToGetIn() throws Exception {
    assertThat(chart.render("{}").notes())
        .contains("port-forward service/web-sluice-admin 6189")
        .contains("logs statefulset/web-sluice")
        .contains("every request gets 404 until pools are made by the API")
        .contains("one pod has the store");
    assertThat(chart.render(ChartCase.golden("everything")).notes())
        .contains("https://localhost:6189/sluice")
        .contains("password in the Secret sluice-admin")
        .doesNotContain("NOTE");
  }
}
