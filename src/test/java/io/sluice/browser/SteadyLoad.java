package io.sluice.browser;

import io.sluice.testing.Http;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** A bounded trickle of requests through the proxy, so that the pages have figures to show. */
final class SteadyLoad implements AutoCloseable {
  private final URI proxy;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("steady-load").factory());
  private final CopyOnWriteArrayList<CompletableFuture<HttpResponse<String>>> held =
      new CopyOnWriteArrayList<>();

  SteadyLoad(URI proxy) {
    this.proxy = proxy;
  }

  /** Asks for a path so many times a second, until closed. */
  void ask(String path, int perSecond) {
    URI uri = proxy.resolve(path);
    long micros = TimeUnit.SECONDS.toMicros(1) / perSecond;
    clock.scheduleAtFixedRate(() -> Http.getAsync(uri), 0, micros, TimeUnit.MICROSECONDS);
  }

  /** Sends requests that the backend holds until it is told to let them go. */
  void hold(String path, int requests) {
    for (int i = 0; i < requests; i++) {
      held.add(Http.getAsync(proxy.resolve(path)));
    }
  }

  /** How many of the held requests have had an answer with status 200. */
  long answered() {
    return held.stream()
        .filter(each -> each.isDone() && !each.isCompletedExceptionally())
        .filter(each -> each.join().statusCode() == 200)
        .count();
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
