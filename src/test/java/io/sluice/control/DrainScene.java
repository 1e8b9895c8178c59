package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.BackendSpec.AdminState;
import io.sluice.config.PoolSpec;
import io.sluice.control.Operation.AtDeadline;
import io.sluice.control.Operation.Load;
import io.sluice.control.Operation.State;
import io.sluice.control.Operation.Wanted;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.store.OperationLog;
import io.sluice.testkit.Await;
import io.sluice.testkit.Held;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A proxy with two backends, a and b, whose operations are under test. */
final class DrainScene implements AutoCloseable {
  static final Wanted WAIT = new Wanted(false, null, AtDeadline.WAIT, null);
  private static final String SWITCH =
      head("HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: echo");

  final ScriptedBackend a;
  final RunningProxy proxy;
  final Operations operations;
  final Held held = new Held();

  /** All that was told. */
  final List<Operation> told = new CopyOnWriteArrayList<>();

  private ScriptedBackend b;

  /** Written by the test, read by the control thread. */
  private volatile Duration ahead = Duration.ZERO;

  /** Where the operations' clock stands still; null: it goes. Written by the test. */
  private volatile @Nullable Instant still;

  DrainScene(OperationLog log, UnaryOperator<PoolSpec> change) throws IOException {
    this(log, change, setup -> setup);
  }

  DrainScene(
      OperationLog log, UnaryOperator<PoolSpec> change, UnaryOperator<ProxySetup> configuration)
      throws IOException {
    a = scripted(ScriptedBackend.start("a"));
    b = scripted(ScriptedBackend.start("b"));
    proxy =
        configuration
            .apply(new ProxySetup())
            .eachPool(change)
            .pool(
                "web",
                List.of(ProxySetup.backend("a", a.port(), 1), ProxySetup.backend("b", b.port(), 1)))
            .start();
    InstantSource clock = () -> Objects.requireNonNullElseGet(still, Instant::now).plus(ahead);
    operations = proxy.dataPlane().operations(log, clock);
    operations.onChange(told::add);
  }

  private ScriptedBackend scripted(ScriptedBackend backend) {
    return backend
        .on("/held", held)
        .on(
            "/echo",
            c -> {
              c.request();
              c.send(SWITCH);
              c.in().transferTo(c.out());
              c.close();
            });
  }

  ScriptedBackend b() {
    return b;
  }

  /** Starts b again on its port. */
  void restartB() throws IOException {
    b =
        scripted(
            ScriptedBackend.start(
                "b", new ServerSocket(b.port(), 1024, InetAddress.getLoopbackAddress())));
  }

  /** The operations' clock goes ahead. */
  void pass(Duration time) {
    ahead = ahead.plus(time);
  }

  /** The operations' clock goes on by {@link #pass} only. */
  void freeze() {
    still = Instant.now();
  }

  static Change by(String name) {
    return new Change(new Actor(name, "operator", "session", null), "api", "a test", "patch", null);
  }

  Operation drain(Wanted wanted) {
    return drain("a", wanted, false);
  }

  Operation drain(String backend, Wanted wanted, boolean force) {
    return get(begin(backend, wanted, force));
  }

  CompletableFuture<Operation> begin(String backend, Wanted wanted, boolean force) {
    return operations.drain("web", backend, wanted, by("alice"), force);
  }

  static <T extends @Nullable Object> T get(CompletableFuture<T> future) {
    return future.orTimeout(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS).join();
  }

  static ChangeException refused(CompletableFuture<?> future) {
    try {
      throw new AssertionError("it was made: " + get(future));
    } catch (CompletionException e) {
      if (e.getCause() instanceof ChangeException refused) {
        return refused;
      }
      throw e;
    }
  }

  Operation await(String id, State state) {
    Await.until(() -> now(id).state() == state, id + " is " + state);
    return now(id);
  }

  /** Waits until the operation says why it does not come on, or null: that it does. */
  Operation awaitError(String id, @Nullable String part) {
    Await.until(
        () -> {
          String error = now(id).error();
          return error == null ? part == null : part != null && error.contains(part);
        },
        id + " says " + part);
    return now(id);
  }

  /** Lets a request that is held go, and waits for the look that notices it. */
  void awaitLook(String id, RawClient holding, String target) throws IOException {
    Load before = now(id).load();
    held.release(target);
    assertThat(holding.read().status()).isEqualTo(200);
    Await.until(() -> !now(id).load().equals(before), "one request less is noticed");
  }

  /** An operation as it is. */
  Operation now(String id) {
    return Objects.requireNonNull(operations.find(id));
  }

  AdminState adminState(String backend) {
    return Objects.requireNonNull(proxy.dataPlane().backend("web", backend)).adminState();
  }

  void awaitAdminState(String backend, AdminState state) {
    Await.until(() -> adminState(backend) == state, backend + " is " + state);
  }

  static String get(String target) {
    return head("GET " + target + " HTTP/1.1", "Host: t");
  }

  /** Sends a request until a is the one that has it and keeps it. */
  RawClient onA(String request) throws IOException {
    return on("a", "b", request);
  }

  RawClient onB(String request) throws IOException {
    return on("b", "a", request);
  }

  private RawClient on(String wanted, String other, String request) throws IOException {
    int before = requests(wanted);
    int others = requests(other);
    for (int i = 0; i < 10; i++) {
      RawClient client = proxy.connect();
      client.send(request);
      InputStream answer = client.in();
      Await.until(
          () -> requests(wanted) > before || requests(other) > others || hasBytes(answer),
          "it is with a backend");
      if (requests(wanted) > before) {
        return client;
      }
      client.reset();
      Await.until(() -> requests(other) == others, other + "'s request has ended");
    }
    throw new AssertionError("no request reaches " + wanted);
  }

  private static boolean hasBytes(InputStream in) {
    try {
      return in.available() > 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int requests(String backend) {
    DataPlaneStatus.BackendStatus status = proxy.dataPlane().backend("web", backend);
    return status == null ? 0 : status.requests();
  }

  /** An open tunnel through a. */
  RawClient tunnelOnA() throws IOException {
    String upgrade =
        head("GET /echo HTTP/1.1", "Host: t", "Connection: keep-alive, Upgrade", "Upgrade: echo");
    RawClient client = onA(upgrade);
    Response response = client.read();
    assertThat(response.status()).isEqualTo(101);
    return client;
  }

  /** The states that were told of an operation, without repetitions. */
  List<State> states(String id) {
    List<State> states = new ArrayList<>();
    for (Operation operation : told) {
      if (operation.id().equals(id)
          && (states.isEmpty() || states.getLast() != operation.state())) {
        states.add(operation.state());
      }
    }
    return states;
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    a.close();
    b.close();
  }
}
