package io.sluice.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Waiting until a descriptor has something. */
final class Polling {
  private static final short POLLIN = 1;
  private static final int ENTRY = 8;
  private static final int EVENTS = 4;
  private static final int RETURNED = 6;
  private static final int FOR_EVER = -1;

  private static final CFunction POLL =
      CFunction.ofInt("poll", ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);

  private Polling() {}

  /** Waits until one of them can be read, was shut down or failed; returns the first of these. */
  static int untilReadable(int... descriptors) throws OsException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment entries = arena.allocate((long) ENTRY * descriptors.length, Integer.BYTES);
      for (int i = 0; i < descriptors.length; i++) {
        entries.set(ValueLayout.JAVA_INT, (long) i * ENTRY, descriptors[i]);
        entries.set(ValueLayout.JAVA_SHORT, (long) i * ENTRY + EVENTS, POLLIN);
      }
      POLL.call(entries, (long) descriptors.length, FOR_EVER);
      for (int i = 0; i < descriptors.length; i++) {
        if (entries.get(ValueLayout.JAVA_SHORT, (long) i * ENTRY + RETURNED) != 0) {
          return descriptors[i];
        }
      }
      throw new IllegalStateException("poll returned nothing");
    }
  }
}
