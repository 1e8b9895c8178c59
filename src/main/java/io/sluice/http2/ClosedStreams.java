package io.sluice.http2;

/**
 * How the last streams of a session ended: what still comes on them means something else each time
 * (RFC 9113 5.1, "closed").
 */
final class ClosedStreams {
  /** What still comes on a stream that we gave up was sent before the peer knew. */
  private static final int RESETS = 128;

  private static final int ENDS = 32;

  /** How a stream ended. */
  enum How {
    UNKNOWN,
    ENDED,
    RESET_BY_PEER,
    RESET_BY_US
  }

  private final int[] resets = new int[RESETS];
  private final int[] ends = new int[ENDS];
  private final boolean[] endedByReset = new boolean[ENDS];
  private int resetCount;
  private int endCount;

  void add(int stream, How how) {
    if (how == How.RESET_BY_US) {
      resets[resetCount++ % RESETS] = stream;
    } else {
      endedByReset[endCount % ENDS] = how == How.RESET_BY_PEER;
      ends[endCount++ % ENDS] = stream;
    }
    if (resetCount < 0 || endCount < 0) {
      resetCount = 0;
      endCount = 0;
    }
  }

  How of(int stream) {
    for (int id : resets) {
      if (id == stream) {
        return How.RESET_BY_US;
      }
    }
    for (int i = 0; i < ENDS; i++) {
      if (ends[i] == stream) {
        return endedByReset[i] ? How.RESET_BY_PEER : How.ENDED;
      }
    }
    return How.UNKNOWN;
  }
}
