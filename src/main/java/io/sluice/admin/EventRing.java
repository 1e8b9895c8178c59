package io.sluice.admin;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The last events, for clients that were away for a moment. Guarded by its own lock. */
final class EventRing {
  private final String boot;
  private final int most;
  private final long mostBytes;
  private final Deque<Frame> frames = new ArrayDeque<>();
  private long bytes;

  /** The last number that was given. */
  private long last;

  /** All events up to this number are gone. */
  private long forgotten;

  /**
   * Remembers nothing yet.
   *
   * @param boot tells this process's numbers from those of the one before
   */
  EventRing(String boot, int most, long mostBytes) {
    this.boot = boot;
    this.most = most;
    this.mostBytes = mostBytes;
  }

  /** A numbered event as it is sent. */
  static final class Frame {
    private final long number;
    private final String topic;
    private final byte[] text;

    private Frame(long number, String topic, byte[] text) {
      this.number = number;
      this.topic = topic;
      this.text = text;
    }

    String topic() {
      return topic;
    }

    /** One frame of the stream, with its empty line; nobody changes it. */
    byte[] text() {
      return text;
    }
  }

  /** Numbers an event, and keeps it unless it is a figure that the next one replaces. */
  synchronized Frame add(String topic, Object data, boolean keep) {
    last++;
    Frame frame = new Frame(last, topic, text(boot + "-" + last, topic, JsonText.write(data)));
    if (keep) {
      frames.addLast(frame);
      bytes += frame.text.length;
      while (frames.size() > most || bytes > mostBytes) {
        Frame oldest = frames.removeFirst();
        bytes -= oldest.text.length;
        forgotten = oldest.number;
      }
    }
    return frame;
  }

  /** A frame that answers one client only; it goes on from the last number. */
  synchronized byte[] own(String event, Object data) {
    return text(boot + "-" + last, event, JsonText.write(data));
  }

  /** From here on there is a gap: nobody has looked for a time. */
  synchronized void gap() {
    frames.clear();
    bytes = 0;
    last++;
    forgotten = last;
  }

  /**
   * What has happened since.
   *
   * @param id the last one that a client has seen
   * @return null: that is not known any more
   */
  synchronized @Nullable List<Frame> since(String id, Set<String> topics) {
    int dash = id.lastIndexOf('-');
    if (dash < 0 || !id.substring(0, dash).equals(boot)) {
      return null;
    }
    String number = id.substring(dash + 1);
    if (!number.matches("[0-9]{1,18}")) {
      return null;
    }
    long seen = Long.parseLong(number);
    if (seen < forgotten || seen > last) {
      return null;
    }
    List<Frame> missed = new ArrayList<>();
    for (Frame frame : frames) {
      if (frame.number > seen && topics.contains(frame.topic)) {
        missed.add(frame);
      }
    }
    return missed;
  }

  /** JSON has no line breaks of its own, so one line of data is enough. */
  private static byte[] text(String id, String event, byte[] data) {
    byte[] head =
        ("id: " + id + "\nevent: " + event + "\ndata: ").getBytes(StandardCharsets.US_ASCII);
    byte[] text = new byte[head.length + data.length + 2];
    System.arraycopy(head, 0, text, 0, head.length);
    System.arraycopy(data, 0, text, head.length, data.length);
    text[text.length - 2] = '\n';
    text[text.length - 1] = '\n';
    return text;
  }
}
