package io.sluice.process;

import static io.sluice.discovery.ApiServer.page;
import static io.sluice.discovery.ApiServer.slice;
import static io.sluice.discovery.ApiServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.sluice.discovery.ApiServer;
import io.sluice.discovery.ApiServer.Carrier;
import io.sluice.discovery.KubernetesConfig;
import io.sluice.discovery.PodFleet;
import io.sluice.testing.AdminApi;
import io.sluice.testing.Http;
import io.sluice.testing.SluiceProcess;
import io.sluice.testing.Until;
import io.sluice.testkit.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/**
 * The packaged program with a Service of Kubernetes: it has all of the client that following one
 * takes, and loads nothing of it otherwise.
 */
class KubernetesProgramIT {
  @TempDir private Path directory;

  private Path configuration(String address) throws IOException {
    return Files.writeString(
        directory.resolve("sluice.yaml"),
        """
        sluice:
          listeners: [{address: "127.0.0.1:0"}]
          admin: {address: "127.0.0.1:0"}
          store: {path: %s/sluice.db}
          bootstrap: {pools: [{id: default, backends: [{id: web, address: "%s"}]}]}
        """
            .formatted(directory, address));
  }

  private SluiceProcess start(String server, String more, String address) throws Exception {
    Map<String, String> environment = new HashMap<>(AdminApi.ENVIRONMENT);
    environment.put("KUBECONFIG", KubernetesConfig.write(directory, server, more).toString());
    environment.put("SLUICE_ZONE", "a");
    return SluiceProcess.run(
            directory, environment, List.of(), "-c", configuration(address).toString())
        .awaitServing();
  }

  private static JsonNode backend(SluiceProcess sluice) throws Exception {
    return AdminApi.of(sluice).call("GET", "/pools/default/backends/web", null).json();
  }

  @Test
  void podsOfAServiceAreServedOverTlsWithTheClustersAuthority() throws Exception {
    TestCertificates certificates = new TestCertificates(directory);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(
        certificates
            .forNameAndLoopback("kubernetes")
            .bundle()
            .toKeyManagerFactory()
            .getKeyManagers(),
        null,
        null);
    ServerSocket secured =
        tls.getServerSocketFactory().createServerSocket(0, 64, InetAddress.getLoopbackAddress());
    try (PodFleet fleet = new PodFleet();
        ApiServer api = new ApiServer(Carrier.WEBSOCKET, secured)) {
      fleet.start("127.0.0.41");
      fleet.start("127.0.0.42");
      EndpointSlice one = slice("a", "5", "127.0.0.41");
      EndpointSlice both = slice("a", "8", "127.0.0.41", "127.0.0.42");
      one.getPorts().getFirst().setPort(fleet.port());
      both.getPorts().getFirst().setPort(fleet.port());
      both.getEndpoints().getFirst().getConditions().setReady(false);
      both.getEndpoints().getFirst().getConditions().setTerminating(true);
      api.lists(page("7", one)).watches(question -> question.event("MODIFIED", both).rest());
      String authority = ", \"certificate-authority\": \"" + certificates.authorityFile() + "\"";
      try (SluiceProcess sluice =
          start("https://127.0.0.1:" + api.port(), authority, "kubernetes:web:http")) {
        assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(200);
        Until.holds(
            "both pods are known, and that one of them ends",
            () -> {
              JsonNode addresses = backend(sluice).at("/status/addresses");
              return addresses.size() == 2
                  && addresses.at("/0/adminState").asString().equals("drain")
                  && addresses.at("/1/adminState").asString().equals("ready");
            });
        assertThat(backend(sluice).path("status").has("trouble")).isFalse();
        assertThat(api.asked().getFirst())
            .contains("/namespaces/shop/endpointslices")
            .endsWith("Bearer secret");
        sluice.kill("TERM");
        assertThat(sluice.exitCode()).as(sluice.stderr()).isZero();
      }
    }
  }

  @Test
  void aMissingRightIsToldInTheLogAndInTheStatusAndTheStartGoesOn() throws Exception {
    try (ApiServer api = new ApiServer(Carrier.HTTP)) {
      api.lists(status(403, "Forbidden", "endpointslices.discovery.k8s.io is forbidden"));
      try (SluiceProcess sluice =
          start("http://127.0.0.1:" + api.port(), "", "kubernetes:pay/api:8443")) {
        String sentence = "give Sluice's service account a Role with get, list and watch";
        sluice.awaitError("kubernetes:pay/api:8443 cannot be resolved: .*" + sentence);
        assertThat(backend(sluice).at("/status/trouble").asString())
            .contains("403", sentence, "in namespace pay");
        assertThat(Http.get(sluice.proxy()).statusCode()).isEqualTo(503);
        assertThat(sluice.stderr()).doesNotContain("Exception", "\tat ");
      }
    }
  }

  @Test
  void withoutSuchABackendNothingOfKubernetesIsLoaded() throws Exception {
    String address = "127.0.0.1:9";
    Path ofCheck = directory.resolve("check.txt");
    Path ofStart = directory.resolve("start.txt");
    try (SluiceProcess check =
        SluiceProcess.run(
            directory,
            Map.of(),
            List.of("-Xlog:class+load:file=" + ofCheck),
            "-t",
            "-c",
            configuration(address).toString())) {
      assertThat(check.exitCode()).as(check.stderr()).isZero();
    }
    try (SluiceProcess sluice =
        SluiceProcess.run(
            directory,
            AdminApi.ENVIRONMENT,
            List.of("-Xlog:class+load:file=" + ofStart),
            "-c",
            configuration(address).toString())) {
      sluice.awaitServing();
      assertThat(backend(sluice).path("id").asString()).isEqualTo("web");
    }
    for (Path loaded : List.of(ofCheck, ofStart)) {
      assertThat(Files.readString(loaded))
          .contains("io.sluice.config.Address")
          .doesNotContain("io.fabric8", "io.sluice.discovery.Kubernetes");
    }
  }
}
