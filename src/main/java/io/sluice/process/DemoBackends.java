package io.sluice.process;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Three small HTTP servers on loopback ports that the system chose. {@code a} and {@code b} answer
 * at once; {@code c} takes 50 to 400 ms and answers every fifth request with 503. What a request
 * gets depends on its number only, so that everybody sees the same.
 */
final class DemoBackends implements AutoCloseable {

  /** Answered by {@code c} with 503: requests 5, 10, 15 and so on. */
  static final int FAILS_EVERY = 5;

  /**
   * One of them.
   *
   * @param name {@code a}, {@code b} or {@code c}
   * @param port on 127.0.0.1
   */
  record Backend(String name, int port) {}

  private final List<HttpServer> servers = new ArrayList<>();
  private final List<Backend> backends = new ArrayList<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private DemoBackends() {}

  /** Starts all three. */
  static DemoBackends start() throws IOException {
    // Otherwise each answer of the JDK's server waits for the client's delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    DemoBackends demo = new DemoBackends();
    try {
      for (String name : List.of("a", "b", "c")) {
        demo.add(name, name.equals("c"));
      }
    } catch (IOException e) {
      demo.close();
      throw e;
    }
    return demo;
  }

  /** In the order a, b, c. */
  List<Backend> backends() {
    return List.copyOf(backends);
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    threads.close();
  }

  private void add(String name, boolean slowAndFlaky) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    servers.add(server);
    AtomicLong requests = new AtomicLong();
    server.setExecutor(threads);
    server.createContext(
        "/", exchange -> answer(exchange, name, requests.incrementAndGet(), slowAndFlaky));
    server.start();
    backends.add(new Backend(name, server.getAddress().getPort()));
  }

  private static void answer(HttpExchange exchange, String name, long number, boolean slowAndFlaky)
      throws IOException {
    try (exchange) {
      exchange.getRequestBody().transferTo(OutputStream.nullOutputStream());
      boolean fails = slowAndFlaky && number % FAILS_EVERY == 0;
      if (slowAndFlaky) {
        Thread.sleep(delay(number));
      }
      String text =
          fails
              ? "sorry from %s (request %d)\n".formatted(name, number)
              : "hello from %s (request %d)\n".formatted(name, number);
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(fails ? 503 : 200, head ? -1 : body.length);
      if (!head) {
        exchange.getResponseBody().write(body);
      }
    } catch (InterruptedException e) {
      // The demo ends; the connection is closed without an answer.
      Thread.currentThread().interrupt();
    }
  }

  /** 50 to 400 ms, spread by a step that has no common factor with the span. */
  static Duration delay(long number) {
    return Duration.ofMillis(50 + number * 97 % 351);
  }
}
