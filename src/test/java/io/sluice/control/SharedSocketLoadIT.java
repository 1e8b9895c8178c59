package io.sluice.control;

import static io.sluice.testkit.Wire.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.config.Address;
import io.sluice.testkit.Await;
import io.sluice.testkit.ProxySetup;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.RunningProxy;
import io.sluice.testkit.ScriptedBackend;
import io.sluice.testkit.UnixClient;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listening socket changes hands many times under load, and no client notices. */
class SharedSocketLoadIT {
  private static final int TIMES = 25;
  private static final int CLIENTS = 8;
  private static final int BETWEEN = 200;

  private static final String ONLY = head("GET /only HTTP/1.1", "Host: t", "Connection: close");
  private static final String KEPT = head("GET /kept HTTP/1.1", "Host: t");

  /** Written by every client. */
  private final AtomicLong answered = new AtomicLong();

  private final ConcurrentLinkedQueue<String> lost = new ConcurrentLinkedQueue<>();
  private volatile boolean over;

  /** A client's connection. */
  private interface Line extends AutoCloseable {
    Response exchange(String request) throws IOException;

    @Override
    void close() throws IOException;
  }

  /** How clients connect. */
  private interface Lines {
    Line open() throws IOException;
  }

  private static Line tcp(int port) throws IOException {
    RawClient client = RawClient.connect(port);
    return line(client::exchange, client::close);
  }

  private static Line unix(Path path) throws IOException {
    UnixClient client = UnixClient.connect(path);
    return line(client::exchange, client::close);
  }

  private interface Exchange {
    Response with(String request) throws IOException;
  }

  private static Line line(Exchange exchange, Closeable end) {
    return new Line() {
      @Override
      public Response exchange(String request) throws IOException {
        return exchange.with(request);
      }

      @Override
      public void close() throws IOException {
        end.close();
      }
    };
  }

  /** Each request comes on a connection of its own. */
  private void connectAnew(Lines lines) {
    while (!over) {
      try (Line line = lines.open()) {
        count(line.exchange(ONLY).status());
      } catch (IOException e) {
        lost.add("a new connection: " + e);
      }
    }
  }

  /** Requests come on one connection until an answer says that it was the last. */
  private void stayConnected(Lines lines) {
    while (!over) {
      try (Line line = lines.open()) {
        boolean last = false;
        while (!over && !last) {
          Response response = line.exchange(KEPT);
          count(response.status());
          last = response.saysClose();
        }
      } catch (IOException e) {
        lost.add("a kept connection: " + e);
      }
    }
  }

  private void count(int status) {
    if (status == 200) {
      answered.incrementAndGet();
    } else {
      lost.add("status " + status);
    }
  }

  private void awaitMore() {
    long enough = answered.get() + BETWEEN;
    Await.until(() -> answered.get() >= enough || !lost.isEmpty(), "requests are answered");
  }

  @Test
  void noConnectionIsRefusedOrResetHoweverOftenAPortChangesHands() throws Exception {
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      ProxySetup setup = new ProxySetup().pool("default", backend.port());
      RunningProxy first = setup.start();
      int port = first.port();
      handOn(setup, first, () -> tcp(port));
    }
  }

  @Test
  void noConnectionIsRefusedOrResetHoweverOftenAUnixSocketChangesHands(@TempDir Path directory)
      throws Exception {
    Path path = directory.resolve("sluice.sock");
    try (ScriptedBackend backend = ScriptedBackend.start()) {
      ProxySetup setup =
          new ProxySetup().pool("default", backend.port()).listen(new Address.Unix(path));
      handOn(setup, setup.start(), () -> unix(path));
    }
    assertThat(path).doesNotExist();
  }

  private void handOn(ProxySetup setup, RunningProxy first, Lines lines) throws Exception {
    RunningProxy serving = first.withoutReports();
    List<CompletableFuture<Void>> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Runnable client = i % 4 == 0 ? () -> stayConnected(lines) : () -> connectAnew(lines);
      clients.add(CompletableFuture.runAsync(client, Thread.ofVirtual()::start));
    }
    List<CompletableFuture<Void>> ends = new ArrayList<>();
    for (int i = 0; i < TIMES; i++) {
      awaitMore();
      RunningProxy old = serving;
      if (i % 3 == 0) { // one that fails before it takes over
        setup.inherit(old.leave(true)).start().close();
      }
      serving = setup.inherit(old.leave(true)).start().withoutReports();
      awaitMore();
      serving.dataPlane().accept();
      old.dataPlane().release();
      ends.add(old.drain().thenRunAsync(old::close));
    }
    awaitMore();
    over = true;
    for (CompletableFuture<Void> client : clients) {
      client.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }
    for (CompletableFuture<Void> end : ends) {
      end.get(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }
    serving.close();
    assertThat(lost).isEmpty();
  }
}
