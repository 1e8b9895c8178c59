package io.sluice.telemetry;

import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A hash table by two texts that is asked without making a key. Bound to one event loop.
 *
 * @param <T> what is found
 */
final class PairTable<T extends PairTable.Entry> {

  /** What is found by its two texts. */
  abstract static class Entry {
    final String first;
    final String second;

    Entry(String first, String second) {
      this.first = first;
      this.second = second;
    }
  }

  private @Nullable Entry[] table = new Entry[64];
  private int count;

  int size() {
    return count;
  }

  /** The entry with these texts; null: there is none. */
  @SuppressWarnings("unchecked") // only put fills the table
  @Nullable T get(String first, String second) {
    int mask = table.length - 1;
    int i = slot(first, second) & mask;
    Entry entry = table[i];
    while (entry != null) {
      if (entry.second.equals(second) && entry.first.equals(first)) {
        return (T) entry;
      }
      i = i + 1 & mask;
      entry = table[i];
    }
    return null;
  }

  /** Adds an entry whose texts are not there yet. */
  void put(T entry) {
    if (++count * 2 > table.length) {
      Entry[] old = table;
      table = new Entry[old.length * 2];
      for (Entry moved : old) {
        if (moved != null) {
          insert(moved);
        }
      }
    }
    insert(entry);
  }

  private void insert(Entry entry) {
    int mask = table.length - 1;
    int i = slot(entry.first, entry.second) & mask;
    while (table[i] != null) {
      i = i + 1 & mask;
    }
    table[i] = entry;
  }

  /** Takes entries out; costs a walk over the whole table. */
  @SuppressWarnings("unchecked") // only put fills the table
  void removeIf(Predicate<T> gone) {
    Entry[] old = table;
    table = new Entry[old.length];
    count = 0;
    for (Entry entry : old) {
      if (entry != null && !gone.test((T) entry)) {
        count++;
        insert(entry);
      }
    }
  }

  private static int slot(String first, String second) {
    int hash = first.hashCode() * 31 + second.hashCode();
    return hash ^ hash >>> 16;
  }
}
