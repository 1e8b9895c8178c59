package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.balance.PoolStatus;
import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.BalanceSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.discovery.Cluster;
import io.sluice.discovery.Cluster.Pod;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pods of a Service as backends, against fabric8's API server and real pods on the loopback.
 */
class KubernetesBackendsIT {
  private static final Address WEB = new Address.Kubernetes(null, "web", "http");
  private static final String ONE = "127.0.0.21";
  private static final String TWO = "127.0.0.22";

  @TempDir private Path directory;

  private Cluster cluster;
  private ScriptedBackend first;
  private ScriptedBackend second;
  private int port;

  @BeforeEach
  void start() throws IOException {
    cluster = new Cluster(directory);
    ServerSocket one = new ServerSocket(0, 50, InetAddress.ofLiteral(ONE));
    port = one.getLocalPort();
    first = ScriptedBackend.start("first", one);
    second =
        ScriptedBackend.start("second", new ServerSocket(port, 50, InetAddress.ofLiteral(TWO)));
  }

  @AfterEach
  void stop() throws IOException {
    first.close();
    second.close();
    cluster.close();
  }

  private static RunningProxy serving() {
    return new ProxySetup().pool(PoolSpec.of("p", List.of(BackendSpec.of("web", WEB)))).start();
  }

  private static Map<String, AdminState> states(RunningProxy proxy) {
    return proxy.dataPlane().backends("p").stream()
        .collect(Collectors.toMap(BackendStatus::backend, BackendStatus::adminState));
  }

  private static int eligible(RunningProxy proxy) {
    PoolStatus pool = proxy.dataPlane().pool("p");
    return pool == null ? 0 : pool.eligible();
  }

  /** Whether a pod gets new requests, as they are given out at this moment. */
  private boolean takes(RunningProxy proxy, String address) {
    return proxy.dataPlane().backends("p").stream()
        .anyMatch(backend -> backend.backend().equals(id(address)) && backend.share() > 0);
  }

  private String id(String address) {
    return "web-" + address.replace('.', '-') + "-" + port;
  }

  private static Response ask(RunningProxy proxy) throws IOException {
    return proxy.once(Wire.head("GET /x HTTP/1.1", "Host: t"));
  }

  @Test
  void podsComeAndGoWithoutRevisions() throws Exception {
    cluster.put("web-1", port, ONE);
    try (RunningProxy proxy = serving()) {
      assertThat(states(proxy)).containsExactly(Map.entry(id(ONE), AdminState.READY));
      cluster.put("web-2", port, TWO);
      Await.until(() -> eligible(proxy) == 2, "the second pod");
      for (int i = 0; i < 4; i++) {
        assertThat(ask(proxy).status()).isEqualTo(200);
      }
      assertThat(first.requestsSince(Map.of())).hasSize(2);
      assertThat(second.requestsSince(Map.of())).hasSize(2);
      cluster.delete("web-1");
      Await.until(() -> states(proxy).keySet().equals(Set.of(id(TWO))), "the second only");
      assertThat(ask(proxy).status()).isEqualTo(200);
      assertThat(proxy.dataPlane().reconciler().inForce().revision().number()).isEqualTo(1);
    }
  }

  @Test
  void aPodThatEndsFinishesWhatItHasAndGetsNothingNew() throws Exception {
    CountDownLatch gate = new CountDownLatch(1);
    CountDownLatch arrived = new CountDownLatch(1);
    first.on(
        "/slow",
        conversation -> {
          arrived.countDown();
          Await.latch(gate, "the pod may answer");
          conversation.send(Wire.head("HTTP/1.1 200 OK", "Content-Length: 0"));
        });
    cluster.put("web-1", port, ONE);
    try (RunningProxy proxy = serving();
        RawClient client = proxy.connect()) {
      client.send(Wire.head("GET /slow HTTP/1.1", "Host: t"));
      Await.latch(arrived, "the request is on its way");
      cluster.put("web-1", port, List.of(Pod.ending(ONE), Pod.ready(TWO)));
      Await.until(() -> !takes(proxy, ONE) && takes(proxy, TWO), "the pod drains");
      assertThat(states(proxy)).containsEntry(id(ONE), AdminState.DRAIN);
      for (int i = 0; i < 4; i++) {
        assertThat(ask(proxy).value("x-backend")).isEqualTo("second");
      }
      cluster.put("web-1", port, TWO);
      Await.until(() -> states(proxy).size() == 1, "the pod is gone");
      gate.countDown();
      assertThat(client.read().status()).isEqualTo(200);
    }
  }

  @Test
  void whoIsBoundToAPodThatEndsStaysWithIt() throws Exception {
    cluster.put("web-1", port, ONE);
    PoolSpec pool = PoolSpec.of("p", List.of(BackendSpec.of("web", WEB)));
    PoolSpec sticky =
        pool.withBalance(
            pool.balance().withSticky(new BalanceSpec.Sticky("S", Duration.ofHours(1), null)));
    try (RunningProxy proxy = new ProxySetup().pool(sticky).start()) {
      String cookie = ask(proxy).value("set-cookie").replaceFirst(";.*", "");
      cluster.put("web-1", port, List.of(Pod.ending(ONE), Pod.ready(TWO)));
      Await.until(() -> !takes(proxy, ONE) && takes(proxy, TWO), "the pod drains");
      assertThat(states(proxy)).containsEntry(id(ONE), AdminState.DRAIN);
      Response bound = proxy.once(Wire.head("GET /x HTTP/1.1", "Host: t", "Cookie: " + cookie));
      assertThat(bound.value("x-backend")).isEqualTo("first");
      assertThat(ask(proxy).value("x-backend")).isEqualTo("second");
    }
  }

  @Test
  void podsThatEndAreUsedWhenThereAreNoOthers() throws Exception {
    cluster.put("web-1", port, List.of(Pod.ending(ONE), Pod.out(TWO)));
    try (RunningProxy proxy = serving()) {
      for (int i = 0; i < 3; i++) {
        assertThat(ask(proxy).value("x-backend")).isEqualTo("first");
      }
      cluster.put("web-1", port, List.of(Pod.ending(ONE), Pod.ready(TWO)));
      Await.until(() -> !takes(proxy, ONE) && takes(proxy, TWO), "a pod that is ready");
      assertThat(states(proxy)).containsEntry(id(ONE), AdminState.DRAIN);
      assertThat(ask(proxy).value("x-backend")).isEqualTo("second");
    }
  }

  @Test
  void aPodThatIsNotReadyIsOutAndComesBackAsTheSameBackend() throws Exception {
    cluster.put("web-1", port, ONE, TWO);
    try (RunningProxy proxy = serving()) {
      ask(proxy);
      cluster.put("web-1", port, List.of(Pod.ready(ONE), Pod.out(TWO)));
      Await.until(() -> !takes(proxy, TWO), "it is out");
      assertThat(states(proxy)).containsEntry(id(TWO), AdminState.MAINT);
      assertThat(ask(proxy).value("x-backend")).isEqualTo("first");
      cluster.put("web-1", port, ONE, TWO);
      Await.until(() -> states(proxy).get(id(TWO)) == AdminState.READY, "it is back");
    }
  }

  @Test
  void whatAnOperatorWantsOfTheServiceHoldsForItsPods() throws Exception {
    cluster.put("web-1", port, List.of(Pod.ready(ONE), Pod.ending(TWO)));
    try (RunningProxy proxy = serving()) {
      proxy.force(Edits.backend("p", "web", b -> b.withAdminState(AdminState.DRAIN)));
      assertThat(states(proxy).values()).containsOnly(AdminState.DRAIN);
      assertThat(ask(proxy).status()).isEqualTo(503);
    }
  }

  @Test
  void addressesThatAreDeniedAreNeverConnectedToAlsoWhenKubernetesSaysThem() throws Exception {
    cluster.put("web-1", port, "169.254.169.254", ONE);
    try (RunningProxy proxy = serving()) {
      assertThat(states(proxy)).containsOnlyKeys(id(ONE));
    }
  }

  @Test
  void aServiceThatIsNotThereYetIsNoReasonNotToStart() throws Exception {
    try (RunningProxy proxy = serving()) {
      assertThat(states(proxy)).isEmpty();
      assertThat(ask(proxy).status()).isEqualTo(503);
      cluster.put("web-1", port, ONE);
      Await.until(() -> eligible(proxy) == 1, "its pod");
      assertThat(ask(proxy).status()).isEqualTo(200);
    }
  }

  @Test
  void anApiServerThatIsGoneChangesNothing() throws Exception {
    cluster.put("web-1", port, ONE);
    try (RunningProxy proxy = serving()) {
      cluster.close();
      for (int i = 0; i < 20; i++) {
        assertThat(ask(proxy).status()).isEqualTo(200);
      }
      assertThat(states(proxy)).containsOnlyKeys(id(ONE));
    }
  }
}
