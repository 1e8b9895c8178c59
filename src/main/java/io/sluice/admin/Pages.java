package io.sluice.admin;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Lists in pages. A cursor is the place behind an item, not a count: what is added or removed
 * elsewhere meanwhile neither repeats an item nor leaves one out.
 */
final class Pages {
  static final int MOST = 500;
  static final int USUAL = 100;
  private static final int LONGEST_CURSOR = 1000;

  private Pages() {}

  /**
   * A part of a list.
   *
   * @param nextCursor null: it was the last one
   * @param total items of all pages; negative: unknown
   */
  record Page<T>(List<T> items, @Nullable String nextCursor, long total) {}

  static int limit(Call call) {
    return call.number("limit", 1, MOST, USUAL);
  }

  /** The place where the page begins, behind the item of this key; null: at the start. */
  static @Nullable String after(Call call) {
    String cursor = call.query("cursor");
    if (cursor == null || cursor.isEmpty()) {
      return null;
    }
    String wrong = "it is not one that a list has given; begin without it";
    if (cursor.length() > LONGEST_CURSOR) {
      throw Refusals.parameter("cursor", wrong);
    }
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(cursor);
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (IllegalArgumentException | CharacterCodingException e) {
      throw Refusals.parameter("cursor", wrong);
    }
  }

  /** The same for lists in the order of numbers, newest first; without a cursor all. */
  static long before(Call call) {
    String after = after(call);
    if (after == null) {
      return Long.MAX_VALUE;
    }
    if (!after.matches("[0-9]{1,18}")) {
      throw Refusals.parameter("cursor", "it is of another list");
    }
    return Long.parseLong(after);
  }

  static String cursor(String key) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(key.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A page of what is at hand.
   *
   * @param sorted by key, ascending by code units
   */
  static <T> Page<T> of(Call call, List<T> sorted, Function<T, String> key, Predicate<T> wanted) {
    int limit = limit(call);
    String after = after(call);
    List<T> items = new ArrayList<>();
    String next = null;
    long total = 0;
    for (T item : sorted) {
      if (!wanted.test(item)) {
        continue;
      }
      total++;
      if (after != null && key.apply(item).compareTo(after) <= 0) {
        continue;
      }
      if (items.size() < limit) {
        items.add(item);
      } else if (next == null) {
        next = cursor(key.apply(items.getLast()));
      }
    }
    return new Page<>(items, next, total);
  }

  /** A page of what a store has given, newest first. */
  static <T> Page<T> ofStored(List<T> items, int limit, ToLongFunction<T> number) {
    boolean more = items.size() == limit && number.applyAsLong(items.getLast()) > 1;
    String next = more ? cursor(Long.toString(number.applyAsLong(items.getLast()))) : null;
    return new Page<>(items, next, -1);
  }
}
