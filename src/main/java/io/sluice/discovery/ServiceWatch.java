package io.sluice.discovery;

import io.fabric8.kubernetes.api.model.ListOptions;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSliceList;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watch;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.FilterWatchListDeletable;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.sluice.config.Address;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Follows the EndpointSlices of one Service on a thread of its own: lists them, then watches from
 * where the list ended, and lists again only when the API server no longer knows that place (410).
 * What is known stays until a list has come as a whole; nothing that fails takes an endpoint away.
 *
 * <p>fabric8's informer does the same, but tells nobody why a watch cannot be made again, has no
 * jitter and believes in a connection that died silently for as long as it stays silent.
 */
final class ServiceWatch {
  private static final String SERVICE_NAME = "kubernetes.io/service-name";

  /** Of a list's page; a slice holds 100 endpoints by default. */
  private static final long PAGE = 200;

  /**
   * How long things take.
   *
   * @param watch after which the server ends a watch by itself, and up to half as long more
   * @param silence how much later it is given up, because the server has not
   * @param gather for how long changes are gathered that come one after another
   * @param pause after the first failure; doubled by each further one
   * @param longest pause
   */
  record Times(
      Duration watch, Duration silence, Duration gather, Duration pause, Duration longest) {
    /** In earnest. */
    static final Times DEFAULT =
        new Times(
            Duration.ofMinutes(3),
            Duration.ofSeconds(10),
            Duration.ofMillis(50),
            Duration.ofMillis(500),
            Duration.ofSeconds(30));
  }

  /** What came of a watch; the end has no action. */
  private record Event(
      Watcher.@Nullable Action action,
      @Nullable EndpointSlice slice,
      @Nullable WatcherException failure) {}

  private final KubernetesAccess access;
  private final Address.Kubernetes service;
  private final @Nullable String zone;
  private final EndpointSource.Listener listener;
  private final Times times;
  private final Thread thread;
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** By name; like all below the thread's own. */
  private final Map<String, EndpointSlice> slices = new HashMap<>();

  /** From where a watch goes on; null: a list is needed. */
  private @Nullable String version;

  private int failures;

  ServiceWatch(
      KubernetesAccess access,
      Address.Kubernetes service,
      @Nullable String zone,
      EndpointSource.Listener listener,
      Times times) {
    this.access = access;
    this.service = service;
    this.zone = zone;
    this.listener = listener;
    this.times = times;
    this.thread = Thread.ofVirtual().name("sluice-" + service).unstarted(this::run);
  }

  /** Begins to tell of the Service. */
  void start() {
    thread.start();
  }

  /** Ends it; does not wait for what is under way. */
  void stop() {
    stopped.countDown();
    thread.interrupt();
  }

  private void run() {
    try {
      while (stopped.getCount() > 0) {
        attempt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // as wanted: nobody follows the Service any more
    }
  }

  private void attempt() throws InterruptedException {
    try {
      if (version == null) {
        list();
      }
      watch();
    } catch (RuntimeException e) {
      if (stopped.getCount() == 0) {
        throw new InterruptedException();
      }
      boolean gone =
          e instanceof KubernetesClientException k && k.getCode() == HttpURLConnection.HTTP_GONE;
      if (gone) {
        version = null;
      }
      failures++;
      if (!gone || failures > 1) {
        listener.failed(service, access.reason(e, service));
        pause();
      }
    }
  }

  private FilterWatchListDeletable<EndpointSlice, EndpointSliceList, Resource<EndpointSlice>>
      wanted() {
    return access
        .client()
        .discovery()
        .v1()
        .endpointSlices()
        .inNamespace(access.namespace(service))
        .withLabel(SERVICE_NAME, service.service());
  }

  /** The newest state, not one from the server's cache, which could be older than what is known. */
  private void list() {
    Map<String, EndpointSlice> listed = new HashMap<>();
    EndpointSliceList page;
    String next = null;
    do {
      ListOptions options = new ListOptionsBuilder().withLimit(PAGE).withContinue(next).build();
      page = wanted().list(options);
      page.getItems().forEach(slice -> listed.put(slice.getMetadata().getName(), slice));
      next = page.getMetadata().getContinue();
    } while (next != null && !next.isEmpty());
    slices.clear();
    slices.putAll(listed);
    version = page.getMetadata().getResourceVersion();
    tell();
  }

  private void watch() throws InterruptedException {
    long seconds = times.watch.toSeconds();
    seconds += ThreadLocalRandom.current().nextLong(seconds / 2 + 1);
    BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    ListOptions options =
        new ListOptionsBuilder()
            .withResourceVersion(version)
            .withAllowWatchBookmarks(true)
            .withTimeoutSeconds(seconds)
            .build();
    long began = System.nanoTime();
    boolean held;
    try (Watch watch = wanted().watch(options, into(events))) {
      held = follow(events, began + Duration.ofSeconds(seconds).plus(times.silence).toNanos());
    }
    boolean brief = System.nanoTime() - began < times.pause.toNanos();
    if (held && !(brief && version == null)) {
      failures = 0;
      return;
    }
    version = null; // a list says what is wrong, or gives another place to begin
    if (++failures > 1) {
      listener.failed(service, "the API server ends every watch at once; " + access.need(service));
    }
    pause();
  }

  private static Watcher<EndpointSlice> into(BlockingQueue<Event> events) {
    return new Watcher<>() {
      @Override
      public void eventReceived(Action action, EndpointSlice slice) {
        events.add(new Event(action, slice, null));
      }

      @Override
      public void onClose(WatcherException cause) {
        events.add(new Event(null, null, cause));
      }

      @Override
      public void onClose() {
        events.add(new Event(null, null, null));
      }
    };
  }

  /**
   * Takes what a watch says until it ends.
   *
   * @param deadline when it should have ended long ago
   * @return whether it has held: it has said something, or was open for a while
   */
  private boolean follow(BlockingQueue<Event> events, long deadline) throws InterruptedException {
    boolean held = false;
    Event event = poll(events, System.nanoTime() + times.pause.toNanos());
    if (event == null) {
      held = true;
      recovered();
      event = poll(events, deadline);
    }
    while (event != null) {
      boolean changed = false;
      long until = System.nanoTime() + times.gather.toNanos();
      for (; event != null && event.action != null; event = poll(events, until)) {
        held = true;
        changed |= take(event.action, event.slice);
      }
      if (changed) {
        failures = 0;
        tell();
      }
      if (held) {
        recovered();
      }
      if (event != null) {
        ended(event.failure);
        return held;
      }
      event = poll(events, deadline);
    }
    return held; // the connection is dead, and nobody has said so
  }

  private static @Nullable Event poll(BlockingQueue<Event> events, long until)
      throws InterruptedException {
    return events.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
  }

  private void ended(@Nullable WatcherException failure) {
    if (failure != null && failure.isHttpGone()) {
      version = null; // the place is too old; what is known holds until it is listed anew
    }
  }

  /** What was told before holds again, should a failure have been told of since. */
  private void recovered() {
    if (failures > 0) {
      failures = 0;
      tell();
    }
  }

  private boolean take(Watcher.Action action, @Nullable EndpointSlice slice) {
    if (slice == null) {
      return false;
    }
    version = slice.getMetadata().getResourceVersion();
    String name = slice.getMetadata().getName();
    return switch (action) {
      case ADDED, MODIFIED -> !slice.equals(slices.put(name, slice));
      case DELETED -> slices.remove(name) != null;
      case BOOKMARK, ERROR -> false;
    };
  }

  private void tell() {
    ServiceSlices found = ServiceSlices.of(slices.values(), service, zone);
    listener.found(service, found.endpoints(), found.remark());
  }

  /** Longer after each failure, and not the same for everybody who lost the same server. */
  private void pause() throws InterruptedException {
    int doublings = Math.min(failures - 1, 16);
    long longest = Math.min(times.longest.toNanos(), times.pause.toNanos() << doublings);
    long some = longest / 2 + ThreadLocalRandom.current().nextLong(longest / 2 + 1);
    if (stopped.await(some, TimeUnit.NANOSECONDS)) {
      throw new InterruptedException();
    }
  }
}
