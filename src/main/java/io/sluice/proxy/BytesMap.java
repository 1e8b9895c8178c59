package io.sluice.proxy;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An immutable-after-build map from byte strings, looked up in place with a hash that is at hand.
 */
final class BytesMap<V> {
  private byte[][] keys = new byte[8][];
  private int[] hashes = new int[8];
  private @Nullable Object[] values = new Object[8];
  private int size;

  boolean isEmpty() {
    return size == 0;
  }

  void put(byte[] key, int hash, V value) {
    if (size * 2 >= keys.length) {
      grow();
    }
    int slot = slot(key, 0, key.length, hash);
    if (values[slot] == null) {
      size++;
    }
    keys[slot] = key;
    hashes[slot] = hash;
    values[slot] = value;
  }

  @SuppressWarnings("unchecked") // only values of V are put
  @Nullable V get(byte[] bytes, int from, int to, int hash) {
    return (V) values[slot(bytes, from, to, hash)];
  }

  private int slot(byte[] bytes, int from, int to, int hash) {
    int mask = keys.length - 1;
    int slot = (hash ^ hash >>> 15) & mask;
    while (values[slot] != null
        && (hashes[slot] != hash
            || !Arrays.equals(keys[slot], 0, keys[slot].length, bytes, from, to))) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void grow() {
    byte[][] oldKeys = keys;
    int[] oldHashes = hashes;
    @Nullable Object[] oldValues = values;
    keys = new byte[oldKeys.length * 2][];
    hashes = new int[oldKeys.length * 2];
    values = new Object[oldKeys.length * 2];
    for (int i = 0; i < oldKeys.length; i++) {
      if (oldValues[i] != null) {
        int slot = slot(oldKeys[i], 0, oldKeys[i].length, oldHashes[i]);
        keys[slot] = oldKeys[i];
        hashes[slot] = oldHashes[i];
        values[slot] = oldValues[i];
      }
    }
  }
}
