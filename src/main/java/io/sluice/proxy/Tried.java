package io.sluice.proxy;

import io.sluice.balance.Backend;
import java.util.Arrays;

/** The backends that one request was given to. Used again for the next; bound to its loop. */
final class Tried {
  private Backend[] backends = new Backend[2];
  private int count;

  void clear() {
    Arrays.fill(backends, 0, count, null);
    count = 0;
  }

  void add(Backend backend) {
    if (count == backends.length) {
      backends = Arrays.copyOf(backends, count * 2);
    }
    backends[count++] = backend;
  }

  boolean contains(Backend backend) {
    for (int i = 0; i < count; i++) {
      if (backends[i] == backend) {
        return true;
      }
    }
    return false;
  }
}
