package io.sluice.http2;

import io.netty.buffer.ByteBuf;
import io.sluice.http.Ascii;
import java.util.Arrays;

/**
 * Encodes header blocks (RFC 7541). A field that may be indexed (see {@link StaticTable}) gets its
 * place in the dynamic table when it is seen the second time, so that what comes once pushes
 * nothing out. Texts are sent as they are: decoding Huffman's code costs both sides more than the
 * few bytes. One for each connection.
 */
final class HpackEncoder {
  private static final int MOST_ENTRIES = Frame.TABLE_BYTES / HpackDecoder.OVERHEAD;
  private static final int MEMORY = 256;

  private final byte[][] entries = new byte[MOST_ENTRIES][];
  private final int[] hashes = new int[MOST_ENTRIES];

  /** How many entries were ever added; an entry's number is its place in that order. */
  private int added;

  private int count;
  private int size;
  private int most = Frame.TABLE_BYTES;
  private int lowestAnnounced = Integer.MAX_VALUE;
  private boolean announce;

  /** Number of the entry with this hash, plus one; others may have taken its place since. */
  private final int[] numbers = new int[MEMORY];

  /** Hashes of fields that were seen once. */
  private final int[] seen = new int[MEMORY];

  private byte[] lower = new byte[256];

  /** The peer keeps a table of this size at most. */
  void tableSize(long bytes) {
    int wanted = (int) Math.min(bytes, Frame.TABLE_BYTES);
    if (wanted != most) {
      announce = true;
      lowestAnnounced = Math.min(lowestAnnounced, wanted);
      most = wanted;
      evict(0);
    }
  }

  /** Begins a block. */
  void begin(ByteBuf out) {
    if (announce) {
      if (lowestAnnounced < most) {
        integer(out, 0x20, 5, lowestAnnounced); // RFC 7541 4.2: the lowest in between, too
      }
      integer(out, 0x20, 5, most);
      announce = false;
      lowestAnnounced = Integer.MAX_VALUE;
    }
  }

  /** Encodes {@code :status}. */
  void status(ByteBuf out, int status) {
    int index =
        switch (status) {
          case 200 -> 8;
          case 204 -> 9;
          case 206 -> 10;
          case 304 -> 11;
          case 400 -> 12;
          case 404 -> 13;
          case 500 -> 14;
          default -> 0;
        };
    if (index > 0) {
      out.writeByte(0x80 | index);
    } else {
      out.writeByte(8); // literal, not indexed, name of entry 8
      out.writeByte(3);
      out.writeByte('0' + status / 100).writeByte('0' + status / 10 % 10);
      out.writeByte('0' + status % 10);
    }
  }

  /** Encodes an entry of the static table. */
  void indexed(ByteBuf out, int index) {
    out.writeByte(0x80 | index);
  }

  /** Encodes a field; its name's letters become small. */
  void field(
      ByteBuf out,
      byte[] name,
      int nameFrom,
      int nameTo,
      byte[] value,
      int valueFrom,
      int valueTo) {
    int length = nameTo - nameFrom;
    if (length > lower.length) {
      lower = new byte[length];
    }
    for (int i = 0; i < length; i++) {
      lower[i] = Ascii.lower(name[nameFrom + i]);
    }
    int nameHash = StaticTable.hash(lower, 0, length);
    int slot = StaticTable.slot(lower, 0, length, nameHash);
    if (slot >= 0 && StaticTable.isRepeated(slot)) {
      repeated(out, slot, nameHash, length, value, valueFrom, valueTo);
    } else {
      literal(out, 0x10, 4, slot < 0 ? 0 : StaticTable.index(slot), length);
      text(out, value, valueFrom, valueTo);
    }
  }

  private void repeated(
      ByteBuf out, int slot, int nameHash, int length, byte[] value, int valueFrom, int valueTo) {
    int hash = nameHash * 31 + StaticTable.hash(value, valueFrom, valueTo);
    int place = hash & MEMORY - 1;
    int number = numbers[place] - 1;
    int age = added - number;
    if (number >= 0
        && age <= count
        && hashes[number % MOST_ENTRIES] == hash
        && equals(entries[number % MOST_ENTRIES], length, value, valueFrom, valueTo)) {
      integer(out, 0x80, 7, StaticTable.LENGTH + age);
      return;
    }
    int weight = length + valueTo - valueFrom + HpackDecoder.OVERHEAD;
    boolean again = seen[place] == hash && weight <= most / 2;
    seen[place] = hash;
    if (again) {
      literal(out, 0x40, 6, StaticTable.index(slot), length);
      add(hash, place, length, value, valueFrom, valueTo, weight);
    } else {
      literal(out, 0, 4, StaticTable.index(slot), length);
    }
    text(out, value, valueFrom, valueTo);
  }

  private boolean equals(byte[] entry, int length, byte[] value, int valueFrom, int valueTo) {
    return entry.length == length + valueTo - valueFrom
        && Arrays.equals(entry, 0, length, lower, 0, length)
        && Arrays.equals(entry, length, entry.length, value, valueFrom, valueTo);
  }

  private void add(
      int hash, int place, int length, byte[] value, int valueFrom, int valueTo, int weight) {
    evict(weight);
    byte[] entry = new byte[length + valueTo - valueFrom];
    System.arraycopy(lower, 0, entry, 0, length);
    System.arraycopy(value, valueFrom, entry, length, valueTo - valueFrom);
    entries[added % MOST_ENTRIES] = entry;
    hashes[added % MOST_ENTRIES] = hash;
    numbers[place] = added + 1;
    added++;
    count++;
    size += weight;
    if (added == Integer.MAX_VALUE - 1) {
      startOver();
    }
  }

  /** Numbers have run out: forgets where entries are, which only costs compression. */
  private void startOver() {
    Arrays.fill(numbers, 0);
    Arrays.fill(seen, 0);
    added = added % MOST_ENTRIES + MOST_ENTRIES;
  }

  private void evict(int more) {
    while (count > 0 && size + more > most) {
      size -= entries[(added - count) % MOST_ENTRIES].length + HpackDecoder.OVERHEAD;
      count--;
    }
  }

  /** A literal's first part: the name, by its place in the static table or as it is. */
  private void literal(ByteBuf out, int pattern, int prefix, int index, int length) {
    integer(out, pattern, prefix, index);
    if (index == 0) {
      integer(out, 0, 7, length);
      out.writeBytes(lower, 0, length);
    }
  }

  private static void text(ByteBuf out, byte[] bytes, int from, int to) {
    integer(out, 0, 7, to - from);
    out.writeBytes(bytes, from, to - from);
  }

  private static void integer(ByteBuf out, int pattern, int prefix, int number) {
    int mask = (1 << prefix) - 1;
    if (number < mask) {
      out.writeByte(pattern | number);
      return;
    }
    out.writeByte(pattern | mask);
    int rest = number - mask;
    while (rest >= 0x80) {
      out.writeByte(rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }
}
