package io.sluice.admin;

import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.FluxSink;

/**
 * One client of the event stream. What it has not taken yet waits in a bounded queue; beyond that
 * frames are left out, and it is told how many. Frames go to its connection only while that takes
 * some, one after the other, so nothing piles up behind the queue either.
 */
final class EventClient {
  static final int MOST_FRAMES = 256;
  static final long MOST_BYTES = 1 << 20;
  private static final byte[] HEARTBEAT = ": heartbeat\n\n".getBytes(StandardCharsets.US_ASCII);

  private final Set<String> topics;
  private final FluxSink<byte[]> sink;
  private final Channel channel;

  // Guarded by this.
  private final Deque<byte[]> waiting = new ArrayDeque<>();
  private long bytes;
  private long dropped;

  /** The newest figures; older ones are of no use to anybody. */
  private byte @Nullable [] stats;

  private boolean heartbeat;

  /**
   * A client.
   *
   * @param channel its connection
   */
  EventClient(Set<String> topics, FluxSink<byte[]> sink, Channel channel) {
    this.topics = Set.copyOf(topics);
    this.sink = sink;
    this.channel = channel;
  }

  boolean wants(String topic) {
    return topics.contains(topic);
  }

  Set<String> topics() {
    return topics;
  }

  /** Something that it must get first, however long it is. */
  void begin(byte[] frame) {
    synchronized (this) {
      waiting.addLast(frame);
      bytes += frame.length;
    }
    wake();
  }

  /** Something that happened. */
  void offer(EventRing.Frame frame) {
    synchronized (this) {
      if (frame.topic().equals("stats")) {
        dropped += stats == null ? 0 : 1;
        stats = frame.text();
      } else if (waiting.size() >= MOST_FRAMES || bytes + frame.text().length > MOST_BYTES) {
        dropped++;
      } else {
        waiting.addLast(frame.text());
        bytes += frame.text().length;
      }
    }
    wake();
  }

  /** A sign of life for what is between; not needed while there are frames. */
  void heartbeat() {
    synchronized (this) {
      heartbeat = waiting.isEmpty() && stats == null;
    }
    wake();
  }

  /** Its connection may take more again. */
  void wake() {
    // At the end of the process the loops are gone before the feed is.
    if (channel.isOpen()) {
      channel.eventLoop().execute(this::sendOne);
    }
  }

  /** Frames that wait, for tests. */
  synchronized int waiting() {
    return waiting.size();
  }

  /** On the connection's loop: the next frame is looked for when this one is written. */
  private void sendOne() {
    if (!channel.isWritable() || sink.requestedFromDownstream() == 0 || sink.isCancelled()) {
      return;
    }
    byte[] next = next();
    if (next != null) {
      sink.next(next);
      wake();
    }
  }

  private synchronized byte @Nullable [] next() {
    byte[] frame = waiting.pollFirst();
    if (frame != null) {
      bytes -= frame.length;
      return frame;
    }
    if (dropped > 0) {
      String text = "event: dropped\ndata: {\"frames\":" + dropped + "}\n\n";
      dropped = 0;
      return text.getBytes(StandardCharsets.US_ASCII);
    }
    if (stats != null) {
      frame = stats;
      stats = null;
      return frame;
    }
    if (heartbeat) {
      heartbeat = false;
      return HEARTBEAT;
    }
    return null;
  }
}
