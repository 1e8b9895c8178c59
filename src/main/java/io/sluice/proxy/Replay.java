package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.sluice.http.RequestHead;
import io.sluice.upstream.UpstreamConnection;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides whether a request can be sent again and keeps what that takes: its body's bytes by
 * reference, while there are few. Bound to its exchange.
 */
final class Replay {
  /** A body up to this size is kept. */
  private static final int LIMIT = 64 * 1024;

  private final List<ByteBuf> pieces = new ArrayList<>();
  private boolean possible;
  private boolean certain;
  private int bytes;

  /**
   * A new request.
   *
   * @param allowed whether it may be sent twice
   */
  void start(RequestHead head, boolean allowed) {
    possible = allowed && head.length() <= LIMIT;
    certain = possible && !head.isChunked();
    bytes = 0;
  }

  /** Whether the request can be sent again as far as it has been sent. */
  boolean isPossible() {
    return possible;
  }

  /** Whether that will be so to its end: a chunked body may turn out to be too long. */
  boolean isCertain() {
    return certain;
  }

  /** Keeps a piece of the body that is sent. */
  void keep(ByteBuf piece) {
    if (!possible) {
      return;
    }
    bytes += piece.readableBytes();
    if (bytes > LIMIT) {
      possible = false;
      release();
    } else {
      pieces.add(piece.retainedDuplicate());
    }
  }

  /** Sends what was kept on a fresh connection. */
  void send(UpstreamConnection to) {
    for (ByteBuf piece : pieces) {
      to.write(piece.retainedDuplicate());
    }
  }

  /** Lets go of everything. */
  void release() {
    if (!pieces.isEmpty()) {
      pieces.forEach(ByteBuf::release);
      pieces.clear();
    }
  }
}
