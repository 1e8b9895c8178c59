package io.sluice.http2;

/**
 * How a peer behaves: counts what costs us more than the peer, within a window of time. Ordinary
 * clients stay far below; a flood ends its connection before it has cost much.
 */
final class Calm {
  /** A changed setting may touch every stream. */
  static final int SETTINGS_WEIGHT = 10;

  /** For each DATA frame that we send a peer answers with updates of two windows, or a ping. */
  private static final int WEIGHT_PER_DATA_SENT = 4;

  private final Http2Limits limits;
  private int chatter;
  private long chatterSince;

  /** When the last resets were, in a ring; allocated with the first. */
  private long[] resets = {};

  private int resetCount;

  Calm(Http2Limits limits) {
    this.limits = limits;
  }

  /** A frame that moves nothing: false when there are too many of them. */
  boolean chatters(int weight) {
    chatter += weight;
    if (chatter <= limits.chatter()) {
      return true;
    }
    long now = System.nanoTime();
    if (now - chatterSince > limits.windowNanos()) {
      chatterSince = now;
      chatter = weight;
      return true;
    }
    return false;
  }

  /** A DATA frame was sent, which earns answers. */
  void dataSent() {
    chatter = Math.max(chatter - WEIGHT_PER_DATA_SENT, -limits.chatter());
  }

  /** A stream was given up by the peer or for its faults: false when there are too many. */
  boolean resets() {
    if (resets.length == 0) {
      resets = new long[limits.resets()];
    }
    long now = System.nanoTime();
    int place = resetCount % resets.length;
    boolean full = resetCount >= resets.length;
    boolean tooMany = full && now - resets[place] < limits.windowNanos();
    resets[place] = now;
    resetCount++;
    return !tooMany;
  }
}
