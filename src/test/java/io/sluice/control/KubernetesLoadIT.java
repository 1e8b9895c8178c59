package io.sluice.control;

import static io.sluice.discovery.ApiServer.page;
import static io.sluice.discovery.ApiServer.slice;
import static io.sluice.discovery.ApiServer.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.discovery.ApiServer;
import io.sluice.discovery.Cluster;
import io.sluice.discovery.Cluster.Pod;
import io.sluice.discovery.KubernetesConfig;
import io.sluice.discovery.PodFleet;
import io.sluice.testing.Traffic;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RunningProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pods that come and go by the hundred, and API servers that fail, while requests run. */
class KubernetesLoadIT {
  private static final int SLICES = 10;
  private static final int PODS = 100;

  @TempDir private Path directory;

  /** No second try: a request that meets a pod that is gone fails. */
  private static RunningProxy serving(Address service) {
    return new ProxySetup()
        .pool(
            PoolSpec.of("p", List.of(BackendSpec.of("web", service)))
                .withRetries(PoolSpec.Retries.NONE))
        .start()
        .withoutReports();
  }

  private static List<String> addresses(int generation, int slice) {
    List<String> addresses = new ArrayList<>();
    for (int i = 1; i <= PODS; i++) {
      addresses.add("127." + (10 + generation) + "." + slice + "." + i);
    }
    return addresses;
  }

  private static Set<String> in(RunningProxy proxy, AdminState state) {
    return proxy.dataPlane().backends("p").stream()
        .filter(backend -> backend.adminState() == state)
        .map(BackendStatus::address)
        .map(address -> address.replaceFirst(":.*", ""))
        .collect(Collectors.toSet());
  }

  private static Traffic traffic(RunningProxy proxy) {
    return Traffic.to("127.0.0.1", proxy.port())
        .newConnections()
        .newConnections()
        .keptConnections()
        .keptConnections()
        .keptConnections();
  }

  @Test
  void noRequestFailsWhileAThousandPodsAreReplaced() throws Exception {
    try (PodFleet fleet = new PodFleet();
        Cluster cluster = new Cluster(directory)) {
      for (int slice = 0; slice < SLICES; slice++) {
        addresses(0, slice).forEach(fleet::start);
        cluster.put("web-" + slice, fleet.port(), addresses(0, slice).toArray(String[]::new));
      }
      try (RunningProxy proxy = serving(new Address.Kubernetes("shop", "web", null));
          Traffic traffic = traffic(proxy)) {
        assertThat(in(proxy, AdminState.READY)).hasSize(SLICES * PODS);
        for (int slice = 0; slice < SLICES; slice++) {
          replace(fleet, cluster, proxy, slice);
        }
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
        assertThat(traffic.done()).isGreaterThan(1000);
        assertThat(fleet.strays()).isZero();
        assertThat(in(proxy, AdminState.READY))
            .hasSize(SLICES * PODS)
            .allMatch(address -> address.startsWith("127.11."));
      }
    }
  }

  /** As a rollout does: new pods become ready, old ones end, and go once they get no more. */
  private static void replace(PodFleet fleet, Cluster cluster, RunningProxy proxy, int slice)
      throws IOException {
    List<String> before = addresses(0, slice);
    List<String> after = addresses(1, slice);
    List<Pod> pods = new ArrayList<>(before.stream().map(Pod::ready).toList());
    after.forEach(address -> pods.add(Pod.out(address)));
    cluster.put("web-" + slice, fleet.port(), pods);
    after.forEach(fleet::start);
    pods.subList(PODS, 2 * PODS).replaceAll(pod -> Pod.ready(pod.address()));
    cluster.put("web-" + slice, fleet.port(), pods);
    pods.subList(0, PODS).replaceAll(pod -> Pod.ending(pod.address()));
    cluster.put("web-" + slice, fleet.port(), pods);
    Await.until(() -> in(proxy, AdminState.DRAIN).containsAll(before), "the old pods drain");
    Await.rest(() -> fleet.requests(before));
    for (String address : before) {
      fleet.end(address);
    }
    cluster.put("web-" + slice, fleet.port(), after.toArray(String[]::new));
    Await.until(() -> in(proxy, AdminState.DRAIN).isEmpty(), "the old pods are gone");
  }

  @Test
  void noRequestFailsWhileTheApiServerDoesWhateverItCanDoWrong() throws Exception {
    try (PodFleet fleet = new PodFleet();
        ApiServer api = new ApiServer(ApiServer.Carrier.WEBSOCKET)) {
      fleet.start("127.0.0.31");
      fleet.start("127.0.0.32");
      var both = slice("a", "5", "127.0.0.31", "127.0.0.32");
      both.getPorts().getFirst().setPort(fleet.port());
      ApiServer.Answer again = page("7", both);
      api.lists(again, again, status(500, "InternalError", "etcd"), again, again);
      ApiServer.Answer well = question -> question.event("MODIFIED", both).end();
      api.watches(
          question -> question.begin().expired(),
          well,
          question -> question.event("MODIFIED", both).cutIn("MODIFIED", both),
          status(403, "Forbidden", "no right"),
          well,
          status(410, "Expired", "too old resource version"),
          well,
          question -> question.begin().end(),
          well,
          status(503, "ServiceUnavailable", "starting"),
          well,
          ApiServer.Question::rest);
      System.setProperty(
          KubernetesConfig.PROPERTY,
          KubernetesConfig.write(directory, "http://127.0.0.1:" + api.port()).toString());
      try (RunningProxy proxy = serving(new Address.Kubernetes("shop", "web", "http"));
          Traffic traffic = traffic(proxy)) {
        assertThat(in(proxy, AdminState.READY)).hasSize(2);
        Await.until(() -> api.watched() == 12, "watches");
        traffic.stop();
        assertThat(traffic.failures()).isEmpty();
        assertThat(fleet.strays()).isZero();
        assertThat(in(proxy, AdminState.READY)).hasSize(2);
      } finally {
        System.clearProperty(KubernetesConfig.PROPERTY);
      }
    }
  }
}
