package io.sluice.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.PoolSpec;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.NameServer;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Backends by name, against a DNS server of the test's and backends on several loopback hosts. */
class NamedBackendsIT {
  private NameServer dns;
  private ScriptedBackend first;
  private ScriptedBackend second;
  private int port;

  @BeforeEach
  void start() throws IOException {
    dns = new NameServer();
    ServerSocket one = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.11"));
    port = one.getLocalPort();
    first = ScriptedBackend.start("first", one);
    second =
        ScriptedBackend.start(
            "second", new ServerSocket(port, 50, InetAddress.ofLiteral("127.0.0.12")));
  }

  @AfterEach
  void stop() throws IOException {
    first.close();
    second.close();
    dns.close();
  }

  private RunningProxy serving(Address address) {
    return new ProxySetup()
        .resolver(dns.address())
        .pool(PoolSpec.of("p", List.of(BackendSpec.of("web", address))))
        .start();
  }

  private static List<String> backends(RunningProxy proxy) {
    return proxy.status().backends().stream().map(BackendStatus::backend).toList();
  }

  private static int ask(RunningProxy proxy) throws IOException {
    try (RawClient client = proxy.connect()) {
      return client.exchange(Wire.head("GET /x HTTP/1.1", "Host: t")).status();
    }
  }

  @Test
  void eachAddressIsABackendOfItsOwn() throws Exception {
    dns.host("web.test", 60, "127.0.0.11", "127.0.0.12");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      assertThat(backends(proxy))
          .containsExactly("web-127-0-0-11-" + port, "web-127-0-0-12-" + port);
      for (int i = 0; i < 4; i++) {
        assertThat(ask(proxy)).isEqualTo(200);
      }
      assertThat(first.requestsSince(Map.of())).hasSize(2);
      assertThat(second.requestsSince(Map.of())).hasSize(2);
    }
  }

  @Test
  void aNameIsAskedAgainWhenItsRecordsEndAndTheBackendsThatStayKeepTheirState() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      assertThat(backends(proxy)).hasSize(1);
      dns.host("web.test", 1, "127.0.0.11", "127.0.0.12");
      Await.until(() -> backends(proxy).size() == 2, "the second address");
      dns.host("web.test", 60, "127.0.0.12");
      Await.until(
          () -> backends(proxy).equals(List.of("web-127-0-0-12-" + port)), "only the second one");
      assertThat(ask(proxy)).isEqualTo(200);
      assertThat(second.requestsSince(Map.of())).hasSize(1);
    }
  }

  @Test
  void aNameServerThatFailsChangesNothing() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      dns.fail(true);
      int asked = dns.questions();
      Await.until(() -> dns.questions() > asked, "a question that fails");
      assertThat(ask(proxy)).isEqualTo(200);
      assertThat(backends(proxy)).containsExactly("web-127-0-0-11-" + port);
    }
  }

  @Test
  void aNameThatIsNotThereYetIsNoReasonNotToStart() throws Exception {
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      assertThat(backends(proxy)).isEmpty();
      assertThat(ask(proxy)).isEqualTo(503);
      dns.host("web.test", 60, "127.0.0.11");
      Await.until(() -> !backends(proxy).isEmpty(), "the name's address");
      assertThat(ask(proxy)).isEqualTo(200);
    }
  }

  @Test
  void aServicesRecordsGivePortsWeightsAndTiers() throws Exception {
    dns.host("a.test", 60, "127.0.0.11");
    dns.host("b.test", 60, "127.0.0.12");
    dns.service("_http._tcp.test", 60, 1, 3, port, "a.test");
    dns.service("_http._tcp.test", 60, 2, 1, port, "b.test");
    try (RunningProxy proxy = serving(new Address.Service("_http._tcp.test"))) {
      assertThat(backends(proxy)).hasSize(2);
      for (int i = 0; i < 4; i++) {
        assertThat(ask(proxy)).isEqualTo(200);
      }
      assertThat(first.requestsSince(Map.of())).as("the better priority").hasSize(4);
      assertThat(second.requestsSince(Map.of())).isEmpty();
    }
  }

  private static PoolSpec pool(String id, String name, int port) {
    return PoolSpec.of(id, List.of(BackendSpec.of("web", new Address.Tcp(name, port))));
  }

  @Test
  void aNameThatIsAddedLaterIsResolvedWhenTheChangeIsInForce() throws Exception {
    dns.host("web.test", 60, "127.0.0.11");
    dns.host("more.test", 60, "127.0.0.12");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      proxy.change(Edits.pool("p", p -> pool("p", "more.test", port)));
      assertThat(backends(proxy)).containsExactly("web-127-0-0-12-" + port);
      proxy.change(Edits.add(pool("q", "web.test", port)));
      assertThat(proxy.dataPlane().backends("q")).hasSize(1);
    }
  }

  @Test
  void aNameIsFollowedForThePoolAsItIsNowAndNoLongerWhenNoPoolHasIt() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      proxy.change(Edits.backend("p", "web", b -> b.withWeight(4)));
      dns.host("web.test", 1, "127.0.0.11", "127.0.0.12");
      Await.until(() -> backends(proxy).size() == 2, "the second address");
      assertThat(proxy.dataPlane().backends("p")).allMatch(b -> b.share() == 0.5);
      proxy.force(Edits.pool("p", p -> p.withBackends(List.of())));
      assertThat(backends(proxy)).isEmpty();
      Await.rest(dns::questions);
      int asked = dns.questions();
      dns.host("other.test", 1, "127.0.0.11");
      proxy.change(Edits.pool("p", p -> pool("p", "other.test", port)));
      Await.until(() -> dns.questions() > asked + 2, "the other name is asked for again and again");
      assertThat(backends(proxy)).containsExactly("web-127-0-0-11-" + port);
    }
  }

  @Test
  void aNameThatCannotBeResolvedHoldsUpNobodyElsesChange() throws Exception {
    dns.host("web.test", 60, "127.0.0.11");
    try (NameServer silent = NameServer.silent();
        RunningProxy proxy =
            new ProxySetup().resolver(silent.address()).pool("p", first.port()).start()) {
      CompletableFuture<Reconciler.Outcome> slow =
          CompletableFuture.supplyAsync(
              () -> proxy.change(Edits.add(pool("slow", "late.test", port))));
      Await.until(() -> silent.questions() > 0, "the name is asked for");
      proxy.change(Edits.add(PoolSpec.of("quick", List.of())));
      assertThat(slow).isNotDone();
      assertThat(slow.join().now().revision().number()).isEqualTo(3);
      assertThat(proxy.dataPlane().backends("slow")).isEmpty();
    }
  }

  @Test
  void whileAChangeIsStoredNamesChangeNothingAndAfterwardsTheyDo() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      CountDownLatch gate = new CountDownLatch(1);
      proxy.store().hold(gate);
      CompletableFuture<Reconciler.Outcome> other =
          CompletableFuture.supplyAsync(
              () -> proxy.change(Edits.add(PoolSpec.of("other", List.of()))));
      proxy.store().awaitHeld();
      dns.host("web.test", 1, "127.0.0.12");
      int asked = dns.questions();
      Await.until(() -> dns.questions() > asked + 1, "the other address is known");
      assertThat(backends(proxy)).containsExactly("web-127-0-0-11-" + port);
      gate.countDown();
      assertThat(other.join().changed()).isTrue();
      Await.until(
          () -> backends(proxy).equals(List.of("web-127-0-0-12-" + port)), "the other address");
      assertThat(ask(proxy)).isEqualTo(200);
    }
  }

  @Test
  void anAddressThatIsDeniedIsNeverConnectedTo() throws Exception {
    dns.host("web.test", 1, "169.254.169.254", "127.0.0.11");
    try (RunningProxy proxy = serving(new Address.Tcp("web.test", port))) {
      assertThat(backends(proxy)).containsExactly("web-127-0-0-11-" + port);
      dns.host("web.test", 60, "169.254.169.254");
      Await.until(() -> backends(proxy).isEmpty(), "nothing is left");
      assertThat(ask(proxy)).isEqualTo(503);
    }
  }

  @Test
  void aNameForTheManagementPlaneIsLeftOut() throws Exception {
    dns.host("web.test", 60, "127.0.0.11", "127.0.0.12");
    try (RunningProxy proxy =
        new ProxySetup()
            .resolver(dns.address())
            .admin(new Address.Tcp("127.0.0.12", port))
            .pool(pool("p", "web.test", port))
            .start()) {
      assertThat(backends(proxy)).containsExactly("web-127-0-0-11-" + port);
      ChangeException refused =
          proxy.refused(Edits.add("p", BackendSpec.of(new Address.Tcp("127.0.0.12", port))));
      assertThat(refused.violations())
          .singleElement()
          .satisfies(v -> assertThat(v.message()).contains("management plane"));
    }
  }
}
