package io.sluice.telemetry;

import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/** What one event loop has counted for one backend; the same rules as {@link PoolTraffic}. */
final class BackendTraffic extends PairTable.Entry {
  /** Names of the classes of status, in the counters' order. */
  private static final String[] CLASSES = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

  /** Classes of status. */
  static final int STATUS_CLASSES = CLASSES.length;

  final PoolTraffic pool;

  /** The one made before; the loop's list for scrapes. */
  final @Nullable BackendTraffic previous;

  private final AtomicLongArray requests = new AtomicLongArray(STATUS_CLASSES);

  BackendTraffic(PoolTraffic pool, String backend, @Nullable BackendTraffic previous) {
    super(pool.pool, backend);
    this.pool = pool;
    this.previous = previous;
  }

  static String statusClass(int index) {
    return CLASSES[index];
  }

  /** The backend's id, empty for requests that reached none. */
  String backend() {
    return second;
  }

  /** The counter of a status, 0 for none. */
  static int indexOf(int status) {
    int index = status / 100;
    return index < 0 || index >= STATUS_CLASSES ? 0 : index;
  }

  /** A request has ended with this status, 0 for none. Loop only. */
  void count(int status) {
    int index = indexOf(status);
    requests.setOpaque(index, requests.getPlain(index) + 1);
  }

  /** Requests of a class of status. Any thread. */
  long get(int index) {
    return requests.getOpaque(index);
  }
}
