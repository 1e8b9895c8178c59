package io.sluice.proxy;

import io.sluice.tls.HandshakeCounts;
import java.util.concurrent.atomic.LongAdder;

/** How the TLS handshakes of a listener have ended so far. Written by every event loop. */
final class Handshakes {
  private final LongAdder full = new LongAdder();
  private final LongAdder resumed = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder timedOut = new LongAdder();

  void done(boolean wasResumed) {
    (wasResumed ? resumed : full).increment();
  }

  void failed() {
    failed.increment();
  }

  void timedOut() {
    timedOut.increment();
  }

  HandshakeCounts counts() {
    return new HandshakeCounts(full.sum(), resumed.sum(), failed.sum(), timedOut.sum());
  }
}
