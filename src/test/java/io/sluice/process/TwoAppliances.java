package io.sluice.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.sluice.config.Snapshot;
import io.sluice.control.ChangeException;
import io.sluice.control.ConfigChange;
import io.sluice.control.Inheritance;
import io.sluice.control.PlaneMemory;
import io.sluice.control.Reconciler.Outcome;
import io.sluice.handoff.Lifecycle;
import io.sluice.store.Actor;
import io.sluice.store.Change;
import io.sluice.testkit.Edits;
import io.sluice.testkit.Held;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.Wire;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Two appliances on one store, of which one at a time has it: the old process and the new one. */
abstract class TwoAppliances {
  static final Duration HOUR = Duration.ofHours(1);
  static final String REQUEST = Wire.head("GET /x HTTP/1.1", "Host: t");

  @TempDir Path directory;

  final List<AutoCloseable> open = new ArrayList<>();
  final ListAppender<ILoggingEvent> logged = new ListAppender<>();
  final Held held = new Held();
  ScriptedBackend a;
  ScriptedBackend b;

  @BeforeEach
  void start() throws Exception {
    a = ScriptedBackend.start("a").on("/held", held);
    b = ScriptedBackend.start("b");
    logged.start();
    logger().addAppender(logged);
  }

  @AfterEach
  void stop() throws Exception {
    logger().detachAppender(logged);
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
    a.close();
    b.close();
  }

  static Logger logger() {
    return (Logger) LoggerFactory.getLogger("io.sluice");
  }

  void assertNothingWrongIsLogged() {
    assertThat(
            List.copyOf(logged.list).stream()
                .filter(e -> e.getLevel().isGreaterOrEqual(Level.WARN)))
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }

  // ---------------------------------------------------------------- two processes

  ConfigurationFile file(String name, String mode, ScriptedBackend... backends) throws Exception {
    StringBuilder list = new StringBuilder();
    for (ScriptedBackend each : backends) {
      list.append(
          "          - {id: %s, address: \"127.0.0.1:%d\"}%n".formatted(each.name(), each.port()));
    }
    Path path =
        Files.writeString(
            directory.resolve(name),
            """
            sluice:
              mode: %s
              listeners: [{address: "127.0.0.1:0"}]
              admin: {address: "127.0.0.1:0"}
              store: {path: "%s"}
              access-log: {target: "%s"}
              bootstrap:
                pools:
                  - id: default
                    backends:
            """
                    .formatted(
                        mode, directory.resolve("sluice.db"), directory.resolve("access.log"))
                + list.toString().indent(4));
    return ConfigurationFile.read(path.toString());
  }

  Appliance started(ConfigurationFile file) throws Exception {
    return opened(Appliance.start(file, Inheritance.NONE, System.out));
  }

  /** The new process, as far as it comes without the store. */
  Appliance prepared(ConfigurationFile file, Appliance old) throws Exception {
    PlaneMemory memory = PlaneMemory.fromJson(old.dataPlane().memory().toJson());
    return opened(
        Appliance.prepare(
            file,
            new Lifecycle(),
            Objects.requireNonNull(memory.inForce()),
            new Inheritance(Map.of(), false, memory),
            System.out));
  }

  Appliance opened(Appliance appliance) {
    open.add(appliance);
    return appliance;
  }

  static String servedBy(Appliance appliance) throws Exception {
    try (RawClient client = connect(appliance)) {
      Response answer = client.exchange(REQUEST);
      return answer.status() == 200 ? answer.value("X-Backend") : "" + answer.status();
    }
  }

  static RawClient connect(Appliance appliance) throws Exception {
    return RawClient.connect(
        ((InetSocketAddress) appliance.dataPlane().addresses().getFirst()).getPort());
  }

  static Change change() {
    return new Change(new Actor("alice", "admin", "session", null), "api", "a test", null, null);
  }

  static Outcome change(Appliance appliance, UnaryOperator<Snapshot> edit) {
    return appliance
        .dataPlane()
        .reconciler()
        .submit(new ConfigChange(now -> edit.apply(now.snapshot()), change(), true))
        .join();
  }

  static UnaryOperator<Snapshot> weight(int weight) {
    return Edits.backend("default", "b", x -> x.withWeight(weight));
  }

  static int weight(Appliance appliance) {
    return Objects.requireNonNull(
            appliance.dataPlane().reconciler().inForce().snapshot().backend("default", "b"))
        .weight();
  }

  static void assertRefused(Appliance appliance) {
    assertThatThrownBy(() -> change(appliance, weight(77)))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOfSatisfying(
            ChangeException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(ChangeException.Kind.HANDED_OVER);
              assertThat(e.code()).isEqualTo("upgrade-in-progress");
            });
  }

  static long revision(Appliance appliance) {
    return appliance.dataPlane().reconciler().inForce().revision().number();
  }

  void assertNoProblemsBut(String expected) {
    assertThat(
            List.copyOf(logged.list).stream()
                .filter(e -> e.getLevel().isGreaterOrEqual(Level.WARN))
                .map(ILoggingEvent::getFormattedMessage)
                .filter(text -> !text.contains(expected)))
        .isEmpty();
  }
}
