package io.sluice.health;

import io.sluice.testkit.Await;
import io.sluice.testkit.RawClient;
import io.sluice.testkit.Response;
import io.sluice.testkit.Wire;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Some clients for each of some paths, each of them asking again and again until it is closed. */
final class SteadyLoad implements AutoCloseable {
  private static final int CLIENTS = 3;
  private static final long PAUSE_MILLIS = 10;

  private final List<Client> clients = new ArrayList<>();
  private final ScheduledExecutorService threads;

  SteadyLoad(int port, List<String> paths) {
    threads = Executors.newScheduledThreadPool(paths.size() * CLIENTS);
    for (String path : paths) {
      for (int i = 0; i < CLIENTS; i++) {
        Client client = new Client(port, path);
        clients.add(client);
        threads.scheduleWithFixedDelay(client, i, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }

  /** One connection, opened anew when it has ended. */
  private static final class Client implements Runnable {
    private final int port;
    private final String path;
    private @Nullable RawClient connection;

    /** Requests that have ended. */
    private final AtomicInteger ended = new AtomicInteger();

    private final AtomicInteger failed = new AtomicInteger();

    Client(int port, String path) {
      this.port = port;
      this.path = path;
    }

    @Override
    public void run() {
      if (!ask()) {
        failed.incrementAndGet();
      }
      ended.incrementAndGet();
    }

    private boolean ask() {
      try {
        RawClient open = connection == null ? RawClient.connect(port) : connection;
        connection = open;
        Response answer = open.exchange(Wire.head("GET " + path + " HTTP/1.1", "Host: a"));
        if (answer.saysClose() || !answer.complete()) {
          close();
        }
        return answer.status() == 200 && answer.complete();
      } catch (IOException e) {
        close();
        return false;
      }
    }

    private void close() {
      try {
        if (connection != null) {
          connection.close();
        }
      } catch (IOException e) {
        throw new IllegalStateException("a client's socket does not close", e);
      }
      connection = null;
    }
  }

  /** Requests of this path that got no whole answer 200. */
  int failed(String path) {
    return clients.stream().filter(c -> c.path.equals(path)).mapToInt(c -> c.failed.get()).sum();
  }

  /** Waits until every client has ended so many further requests. */
  void awaitMore(int requests) {
    int[] before = clients.stream().mapToInt(c -> c.ended.get()).toArray();
    for (int i = 0; i < before.length; i++) {
      Client client = clients.get(i);
      int wanted = before[i] + requests;
      Await.until(
          () -> client.ended.get() >= wanted, requests + " more requests of " + client.path);
    }
  }

  /** Ends the load when the requests under way have ended. */
  void stop() throws InterruptedException {
    threads.shutdown();
    if (!threads.awaitTermination(Await.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("the clients do not end");
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
    clients.forEach(Client::close);
  }
}
