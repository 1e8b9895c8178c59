package io.sluice.telemetry;

import java.util.Arrays;

/** Whole numbers from 0 on as bytes: one for each seven bits of a number. */
final class Numbers {
  private byte[] bytes;
  private int length;
  private int position;

  /** None yet. */
  Numbers() {
    this(new byte[64], 0);
  }

  /** Those that are there; may be read, and added to. */
  Numbers(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  void add(long number) {
    long rest = number;
    while ((rest & ~0x7fL) != 0) {
      add((byte) (rest | 0x80));
      rest >>>= 7;
    }
    add((byte) rest);
  }

  private void add(byte value) {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, length * 2);
    }
    bytes[length++] = value;
  }

  /** Adds the numbers of another. */
  void add(Numbers other) {
    if (length + other.length > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + other.length));
    }
    System.arraycopy(other.bytes, 0, bytes, length, other.length);
    length += other.length;
  }

  boolean isAtEnd() {
    return position == length;
  }

  /**
   * The next number.
   *
   * @throws IllegalArgumentException when there is none
   */
  long next() {
    long number = 0;
    for (int shift = 0; shift < 64 && position < length; shift += 7) {
      byte part = bytes[position++];
      number |= (part & 0x7fL) << shift;
      if (part >= 0) {
        return number;
      }
    }
    throw new IllegalArgumentException("a number is cut off or too long");
  }

  /** Passes over bytes. */
  void skip(long count) {
    position += (int) count;
  }

  int length() {
    return length;
  }

  /** Memory that is held, in bytes. */
  int capacity() {
    return bytes.length;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  void clear() {
    length = 0;
    position = 0;
  }
}
