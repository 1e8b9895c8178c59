package io.sluice.browser;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.sluice.testing.Until;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Backends on loopback by name, which a test kills, brings back and makes fail while they serve.
 */
final class FakeBackends implements AutoCloseable {
  private static final int BACKLOG = 64;

  private final Map<String, One> byName = new LinkedHashMap<>();
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();

  /** One of them; its port stays the same over kills. */
  private final class One {
    private final String name;
    private final int port;
    private volatile @Nullable HttpServer server;
    private volatile int status = 200;
    private volatile long millis = 1;
    private volatile CountDownLatch held = new CountDownLatch(1);

    One(String name) throws IOException {
      this.name = name;
      HttpServer first = bind(0);
      this.port = first.getAddress().getPort();
      this.server = first;
    }

    private HttpServer bind(int wanted) throws IOException {
      InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), wanted);
      HttpServer bound = HttpServer.create(address, BACKLOG);
      bound.setExecutor(workers);
      bound.createContext("/", this::answer);
      bound.start();
      return bound;
    }

    private void answer(HttpExchange exchange) throws IOException {
      exchange.getRequestBody().readAllBytes();
      if (exchange.getRequestURI().getPath().startsWith("/held")) {
        await();
      } else {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(millis));
      }
      byte[] body = ("hello from " + name + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      try (var out = exchange.getResponseBody()) {
        out.write(body);
      }
    }

    private void await() {
      try {
        if (!held.await(Until.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
          throw new IllegalStateException("nobody let the held requests of " + name + " go");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    void kill() {
      HttpServer running = server;
      if (running != null) {
        server = null;
        running.stop(0);
      }
    }

    void start() throws IOException {
      if (server == null) {
        server = bind(port);
      }
    }
  }

  /** Starts one and gives its address. */
  String add(String name) throws IOException {
    One one = new One(name);
    byName.put(name, one);
    return "127.0.0.1:" + one.port;
  }

  /** The addresses by name. */
  Map<String, String> addresses() {
    Map<String, String> addresses = new LinkedHashMap<>();
    byName.forEach((name, one) -> addresses.put(name, "127.0.0.1:" + one.port));
    return addresses;
  }

  /** Closes its port and connections: whoever connects is refused. */
  void kill(String name) {
    need(name).kill();
  }

  /** Listens on the same port again. */
  void start(String name) throws IOException {
    need(name).start();
  }

  /** What it answers with from now on, and after how long. */
  void answer(String name, int status, long millis) {
    One one = need(name);
    one.status = status;
    one.millis = millis;
  }

  /** Lets the requests to {@code /held} have their answers. */
  void release(String name) {
    One one = need(name);
    one.held.countDown();
    one.held = new CountDownLatch(1);
  }

  private One need(String name) {
    One one = byName.get(name);
    if (one == null) {
      throw new IllegalArgumentException("there is no backend " + name);
    }
    return one;
  }

  @Override
  public void close() {
    byName.values().forEach(one -> one.held.countDown());
    byName.values().forEach(One::kill);
    workers.shutdownNow();
  }
}
