package io.sluice.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.sluice.http.ResponseHead;
import io.sluice.upstream.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * What carries the requests of a client, a connection or a stream of one: takes HTTP/1.1 answers,
 * and is told when to bring more. What becomes of one read is flushed once, at the read's end, also
 * towards the backend. Bound to the connection's loop.
 */
abstract class ClientOutput {
  private @Nullable UpstreamConnection toFlush;
  private boolean inRead;
  private boolean flushAfterRead;

  /** Is told that everything was sent, or that it cannot be. */
  interface Sent {
    void sent(boolean all);
  }

  /** Bytes of the client are being worked on: flushes wait. */
  final void readBegins() {
    inRead = true;
  }

  /** Does the flushes that waited. */
  final void readEnds() {
    inRead = false;
    UpstreamConnection connection = toFlush;
    if (connection != null) {
      toFlush = null;
      connection.flush();
    }
    if (flushAfterRead) {
      flushAfterRead = false;
      flushNow();
    }
  }

  /** Flushes a backend's connection at the end of this read, or at once outside of one. */
  final void flushSoon(UpstreamConnection connection) {
    if (!inRead) {
      connection.flush();
      return;
    }
    if (toFlush != null && toFlush != connection) {
      toFlush.flush();
    }
    toFlush = connection;
  }

  /** Sends what is queued: at the end of this read, or at once outside of one. */
  final void flush() {
    if (inRead) {
      flushAfterRead = true;
    } else {
      flushNow();
    }
  }

  /** Queues bytes for the client. */
  abstract void write(ByteBuf bytes);

  abstract void flushNow();

  abstract boolean isWritable();

  /** Whether the client has taken bytes since this was asked last. */
  abstract boolean hasProgressed();

  /** Sends everything, then ends this direction. */
  abstract void end();

  /** Lets the close that follows be a reset, which nobody takes for an answer's regular end. */
  abstract void resetOnClose();

  /** Ends both directions in order, as far as the client takes what is left to say. */
  abstract void close();

  /** Ends both directions at once; an answer under way is seen to be cut. */
  abstract void cut();

  /** Whether the client's bytes are wanted. */
  abstract void setReading(boolean on);

  abstract ByteBufAllocator alloc();

  /** Whether a final status can be passed on; false: the client would take it for another. */
  abstract boolean canCarry(int status);

  /** Whether a switch of protocols (101) can be passed on. */
  abstract boolean canSwitch(ResponseHead answer);

  /** Whether it carries one request only. */
  abstract boolean isStream();

  // ---------------------------------------------------------------- of connections

  /** Sends everything, then tells the listener. */
  abstract void whenSent(Sent listener);

  /** Ends this direction at once. */
  abstract void shutDown();

  // ---------------------------------------------------------------- of streams

  /** The request has ended: nothing more is read, and what was sent still goes out. */
  abstract void over();
}
