package io.sluice.control;

import static io.sluice.control.DrainScene.WAIT;
import static io.sluice.control.DrainScene.get;
import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.config.BackendSpec;
import io.sluice.config.BackendSpec.AdminState;
import io.sluice.control.DataPlaneStatus.BackendStatus;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Load;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.store.SqliteStore;
import io.sluice.testkit.Await;
import io.sluice.testkit.Edits;
import io.sluice.testkit.Held;
import io.sluice.testkit.NameServer;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A drain of a backend that is given by name: two addresses, each with a request in flight. */
class DrainByNameIT {
  private static final Duration LONG = Duration.ofHours(1);

  @TempDir Path directory;
  private SqliteStore store;
  private NameServer dns;
  private ScriptedBackend first;
  private ScriptedBackend second;
  private final Held held = new Held();
  private int port;

  @BeforeEach
  void open() throws IOException {
    store = SqliteStore.open(directory.resolve("sluice.db"), 100);
    dns = new NameServer();
    ServerSocket one = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.11"));
    port = one.getLocalPort();
    first = ScriptedBackend.start("first", one).on("/held", held);
    second =
        ScriptedBackend.start(
                "second", new ServerSocket(port, 50, InetAddress.ofLiteral("127.0.0.12")))
            .on("/held", held);
  }

  @AfterEach
  void close() throws IOException {
    first.close();
    second.close();
    dns.close();
    store.close();
  }

  /** The pool has the name, named, and b only. */
  private DrainScene scene() throws IOException {
    BackendSpec named = BackendSpec.of("named", new Address.Tcp("web.test", port));
    return new DrainScene(
        store.operations(),
        p -> p.withBackends(List.of(named, p.backends().getLast().withWeight(0))),
        setup -> setup.resolver(dns.address()));
  }

  private static RawClient holding(DrainScene scene, String target) throws IOException {
    RawClient client = scene.proxy.connect();
    client.send(get(target));
    return client;
  }

  private void finish(RawClient client, String target) throws IOException {
    held.release(target);
    assertThat(client.read().status()).isEqualTo(200);
  }

  private static List<String> drained(DrainScene scene) {
    return scene.proxy.status().backends().stream()
        .filter(x -> x.adminState() == AdminState.DRAIN)
        .map(BackendStatus::backend)
        .toList();
  }

  @Test
  void allItsAddressesAreDrainedTogether() throws Exception {
    dns.host("web.test", 60, "127.0.0.11", "127.0.0.12");
    try (DrainScene scene = scene();
        RawClient one = holding(scene, "/held?1");
        RawClient two = holding(scene, "/held?2")) {
      held.awaitArrivals(2);
      assertThat(first.connections()).hasSize(1);
      assertThat(second.connections()).hasSize(1);
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      Operation begun = scene.drain("named", WAIT, false);
      assertThat(begun.initial()).isEqualTo(new Load(2, 0));
      assertThat(drained(scene))
          .containsExactly("named-127-0-0-11-" + port, "named-127-0-0-12-" + port);
      assertThat(scene.proxy.once(get("/")).value("X-Backend")).isEqualTo("b");
      finish(one, "/held?1");
      Await.until(() -> scene.now(begun.id()).load().requests() == 1, "one is left");
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      finish(two, "/held?2");
      scene.await(begun.id(), State.DONE);
    }
  }

  @Test
  void anAddressThatLeavesMeanwhileIsWaitedForAndOneThatComesIsDrainedToo() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (DrainScene scene = scene();
        RawClient one = holding(scene, "/held?1");
        RawClient two = holding(scene, "/held?2")) {
      held.awaitArrivals(2);
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      Operation begun = scene.drain("named", new Wanted(true, null, AtDeadline.WAIT, null), false);
      dns.host("web.test", 60, "127.0.0.12");
      Await.until(
          () -> drained(scene).equals(List.of("named-127-0-0-12-" + port)), "the other address");
      assertThat(scene.proxy.once(get("/")).value("X-Backend")).isEqualTo("b");
      finish(one, "/held?1");
      Await.until(() -> !scene.now(begun.id()).load().equals(new Load(2, 0)), "a look");
      assertThat(scene.now(begun.id()).load()).isEqualTo(new Load(1, 0));
      assertThat(scene.now(begun.id()).state()).isEqualTo(State.RUNNING);
      finish(two, "/held?2");
      scene.await(begun.id(), State.DONE);
      assertThat(scene.proxy.status().backends())
          .extracting(BackendStatus::backend)
          .containsExactly("b");
    }
  }

  @Test
  void atTheDeadlineWhatAnAddressThatHasLeftCarriesIsClosed() throws Exception {
    dns.host("web.test", 1, "127.0.0.11");
    try (DrainScene scene = scene();
        RawClient client = scene.proxy.connect()) {
      client.send(head("POST /held HTTP/1.1", "Host: t", "Content-Length: 0"));
      held.awaitArrivals(1);
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      Operation begun =
          scene.drain("named", new Wanted(false, LONG, AtDeadline.CLOSE, null), false);
      dns.host("web.test", 60, "127.0.0.12");
      Await.until(
          () -> drained(scene).equals(List.of("named-127-0-0-12-" + port)), "the other address");
      scene.pass(LONG);
      assertThat(client.read().status()).isEqualTo(503);
      scene.await(begun.id(), State.DONE);
    } finally {
      held.release("/held");
    }
  }

  @Test
  void itIsSuspendedAndGoesOnAsAWhole() throws Exception {
    dns.host("web.test", 60, "127.0.0.11", "127.0.0.12");
    try (DrainScene scene = scene();
        RawClient one = holding(scene, "/held?1")) {
      held.awaitArrivals(1);
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      Operation begun = scene.drain("named", WAIT, false);
      scene.proxy.force(Edits.backend("web", "b", x -> x.withWeight(0)));
      scene.await(begun.id(), State.SUSPENDED);
      assertThat(drained(scene)).isEmpty();
      scene.proxy.change(Edits.backend("web", "b", x -> x.withWeight(1)));
      scene.await(begun.id(), State.RUNNING);
      assertThat(drained(scene)).hasSize(2);
      finish(one, "/held?1");
      scene.await(begun.id(), State.DONE);
    }
  }
}
