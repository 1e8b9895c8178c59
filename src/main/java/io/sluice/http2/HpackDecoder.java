package io.sluice.http2;

import java.util.Arrays;

/**
 * Decodes header blocks (RFC 7541) without an object for a field: only what enters the dynamic
 * table is kept. One for each connection.
 */
final class HpackDecoder {
  /** What an entry counts beside its bytes (RFC 7541 4.1). */
  static final int OVERHEAD = 32;

  private static final int MOST_ENTRIES = Frame.TABLE_BYTES / OVERHEAD;

  /** Name and value of each entry in one array, the newest before {@link #next}. */
  private final byte[][] entries = new byte[MOST_ENTRIES][];

  private final int[] nameLengths = new int[MOST_ENTRIES];
  private int next;
  private int count;
  private int size;
  private int most = Frame.TABLE_BYTES;

  private byte[] block = {};
  private int at;
  private int end;

  /** Where Huffman-coded texts of a field are decoded to. */
  private byte[] scratch = new byte[512];

  // the text that was read last
  private byte[] text = {};
  private int textFrom;
  private int textTo;

  /**
   * Decodes a whole block.
   *
   * @return false: it is broken, and with it the connection (COMPRESSION_ERROR)
   */
  boolean decode(byte[] bytes, int from, int to, FieldSink sink) {
    block = bytes;
    at = from;
    end = to;
    boolean first = true;
    while (at < end) {
      int b = block[at];
      if ((b & 0xE0) == 0x20) {
        int wanted = integer(5);
        if (!first || wanted < 0 || wanted > Frame.TABLE_BYTES) {
          return false; // RFC 7541 4.2: only in front of the fields, never above what we allow
        }
        most = wanted;
        evict(0);
      } else {
        first = false;
        if (!(b < 0 ? indexed(sink) : literal(b, sink))) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean indexed(FieldSink sink) {
    int index = integer(7);
    if (index <= 0 || index > StaticTable.LENGTH + count) {
      return false;
    }
    if (index <= StaticTable.LENGTH) {
      byte[] name = StaticTable.name(index);
      byte[] value = StaticTable.value(index);
      sink.field(name, 0, name.length, value, 0, value.length);
    } else {
      int slot = slot(index);
      byte[] entry = entries[slot];
      int split = nameLengths[slot];
      sink.field(entry, 0, split, entry, split, entry.length);
    }
    return true;
  }

  private boolean literal(int b, FieldSink sink) {
    boolean keep = (b & 0x40) != 0;
    int index = integer(keep ? 6 : 4);
    if (index < 0 || index > StaticTable.LENGTH + count) {
      return false;
    }
    int used = 0;
    if (index == 0) {
      used = readText(0);
      if (used < 0) {
        return false;
      }
    } else if (index <= StaticTable.LENGTH) {
      text = StaticTable.name(index);
      textFrom = 0;
      textTo = text.length;
    } else {
      int slot = slot(index);
      text = entries[slot];
      textFrom = 0;
      textTo = nameLengths[slot];
    }
    byte[] name = text;
    int nameFrom = textFrom;
    int nameTo = textTo;
    if (readText(used) < 0) {
      return false;
    }
    sink.field(name, nameFrom, nameTo, text, textFrom, textTo);
    if (keep) {
      add(name, nameFrom, nameTo);
    }
    return true;
  }

  /**
   * Reads a text.
   *
   * @param scratchAt where the scratch space is free
   * @return where it is free afterwards; -1: there is no whole text
   */
  private int readText(int scratchAt) {
    if (at >= end) {
      return -1;
    }
    boolean huffman = block[at] < 0;
    int length = integer(7);
    if (length < 0 || length > end - at) {
      return -1;
    }
    int from = at;
    at += length;
    if (!huffman) {
      text = block;
      textFrom = from;
      textTo = from + length;
      return scratchAt;
    }
    int room = scratchAt + Huffman.mostDecoded(length);
    if (scratch.length < room) {
      scratch = Arrays.copyOf(scratch, room);
    }
    text = scratch;
    textFrom = scratchAt;
    textTo = Huffman.decode(block, from, from + length, scratch, scratchAt);
    return textTo;
  }

  /** An integer with a prefix of so many bits (RFC 7541 5.1); -1: broken or absurdly large. */
  private int integer(int prefix) {
    int mask = (1 << prefix) - 1;
    int n = block[at++] & mask;
    if (n < mask) {
      return n;
    }
    for (int shift = 0; shift <= 21; shift += 7) {
      if (at >= end) {
        return -1;
      }
      int b = block[at++];
      n += (b & 0x7F) << shift;
      if (b >= 0) {
        return n;
      }
    }
    return -1;
  }

  private int slot(int index) {
    return Math.floorMod(next - (index - StaticTable.LENGTH), MOST_ENTRIES);
  }

  /** Adds the name and the text read last. */
  private void add(byte[] name, int nameFrom, int nameTo) {
    int nameLength = nameTo - nameFrom;
    int valueLength = textTo - textFrom;
    int weight = nameLength + valueLength + OVERHEAD;
    if (weight > most) {
      evict(most);
      return; // RFC 7541 4.4: it empties the table and is not in it
    }
    byte[] entry = new byte[nameLength + valueLength];
    System.arraycopy(name, nameFrom, entry, 0, nameLength);
    System.arraycopy(text, textFrom, entry, nameLength, valueLength);
    evict(weight);
    entries[next] = entry;
    nameLengths[next] = nameLength;
    next = (next + 1) % MOST_ENTRIES;
    count++;
    size += weight;
  }

  /** Makes room for so many bytes. */
  private void evict(int more) {
    while (count > 0 && size + more > most) {
      int oldest = Math.floorMod(next - count, MOST_ENTRIES);
      size -= entries[oldest].length + OVERHEAD;
      entries[oldest] = NONE;
      count--;
    }
  }

  private static final byte[] NONE = {};

  /** Lets go of a scratch space that one large head has made large. */
  void trim() {
    block = NONE;
    text = NONE;
    if (scratch.length > 4096) {
      scratch = new byte[512];
    }
  }
}
