package io.sluice.http2;

/**
 * What a session lets its peer do. Each of them ends a known way to wear a server down.
 *
 * @param streams open at once; one more is refused (REFUSED_STREAM)
 * @param headerBytes of a head's fields as RFC 9113 6.5.2 counts them; a larger head is refused
 * @param continuations frames of one head behind its first; beyond, the connection ends
 * @param resets within {@code windowNanos}: streams that the peer gives up, and those that its own
 *     faults make us give up; beyond, the connection ends
 * @param chatter weight of frames within {@code windowNanos} that move nothing; beyond, the
 *     connection ends
 * @param windowNanos the time in which resets and chatter are counted
 */
public record Http2Limits(
    int streams, int headerBytes, int continuations, int resets, int chatter, long windowNanos) {

  /** Fewer are never too many. */
  private static final int RESETS = 200;

  /**
   * The usual ones with these limits of a listener. A client may give all of its streams up, and
   * once more, without being taken for an attacker.
   */
  public static Http2Limits of(int streams, int headerBytes) {
    return new Http2Limits(
        streams, headerBytes, 32, Math.max(RESETS, 2 * streams), 1000, 10_000_000_000L);
  }
}
