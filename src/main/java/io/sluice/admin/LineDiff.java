package io.sluice.admin;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two texts, line by line: the fewest lines removed and added (Myers, "An
 * O(ND) difference algorithm", 1986). Texts that have less in common than {@value #MOST_EDITS}
 * edits allow count as replaced from the first difference to the last: nobody reads such a diff
 * line by line, and it would cost its square.
 */
final class LineDiff {
  static final int MOST_EDITS = 1500;

  /** Equal lines that are shown around a difference. */
  private static final int CONTEXT = 3;

  /** So few are shown rather than told. */
  private static final int FEW = 3;

  private static final int MOST_ROWS = 4000;

  private LineDiff() {}

  /**
   * A place where the texts differ: lines {@code from} to {@code fromEnd} of the one, without the
   * last, stand where {@code to} to {@code toEnd} of the other do.
   */
  record Hunk(int from, int fromEnd, int to, int toEnd) {}

  /**
   * A row of a table that shows the texts beside each other.
   *
   * @param kind same, changed, or gap for equal lines that are left out
   * @param leftNumber from 1; 0: there is no such line
   * @param rightNumber from 1; 0: there is no such line
   * @param skipped lines of a gap
   */
  record Row(
      String kind,
      int leftNumber,
      @Nullable String left,
      int rightNumber,
      @Nullable String right,
      int skipped) {}

  /** A text's lines; a line end at its end begins no further one. */
  static List<String> lines(String text) {
    return text.lines().toList();
  }

  /** The differences in their order. */
  static List<Hunk> hunks(List<String> one, List<String> other) {
    int start = 0;
    int least = Math.min(one.size(), other.size());
    while (start < least && one.get(start).equals(other.get(start))) {
      start++;
    }
    int end = 0;
    while (end < least - start
        && one.get(one.size() - 1 - end).equals(other.get(other.size() - 1 - end))) {
      end++;
    }
    List<String> left = one.subList(start, one.size() - end);
    List<String> right = other.subList(start, other.size() - end);
    if (left.isEmpty() && right.isEmpty()) {
      return List.of();
    }
    List<Hunk> hunks = new ArrayList<>();
    for (Hunk hunk : between(left, right)) {
      hunks.add(
          new Hunk(hunk.from + start, hunk.fromEnd + start, hunk.to + start, hunk.toEnd + start));
    }
    return hunks;
  }

  private static List<Hunk> between(List<String> left, List<String> right) {
    List<int[]> trace = trace(left, right);
    return trace == null
        ? List.of(new Hunk(0, left.size(), 0, right.size()))
        : walked(trace, left.size(), right.size());
  }

  /**
   * For each number of edits the furthest line of {@code left} that they reach, by diagonal.
   *
   * @return null when more than {@value #MOST_EDITS} are needed
   */
  private static @Nullable List<int[]> trace(List<String> left, List<String> right) {
    int most = Math.min(left.size() + right.size(), MOST_EDITS);
    int[] furthest = new int[2 * most + 3];
    int middle = most + 1;
    List<int[]> trace = new ArrayList<>();
    for (int edits = 0; edits <= most; edits++) {
      for (int k = -edits; k <= edits; k += 2) {
        boolean down =
            k == -edits || k != edits && furthest[middle + k - 1] < furthest[middle + k + 1];
        int x = down ? furthest[middle + k + 1] : furthest[middle + k - 1] + 1;
        int y = x - k;
        while (x < left.size() && y < right.size() && left.get(x).equals(right.get(y))) {
          x++;
          y++;
        }
        furthest[middle + k] = x;
        if (x >= left.size() && y >= right.size()) {
          trace.add(Arrays.copyOfRange(furthest, middle - edits - 1, middle + edits + 2));
          return trace;
        }
      }
      trace.add(Arrays.copyOfRange(furthest, middle - edits - 1, middle + edits + 2));
    }
    return null;
  }

  /** From the end back along the edits. */
  private static List<Hunk> walked(List<int[]> trace, int leftSize, int rightSize) {
    List<Hunk> hunks = new ArrayList<>();
    int x = leftSize;
    int y = rightSize;
    for (int edits = trace.size() - 1; edits > 0; edits--) {
      int[] before = trace.get(edits - 1);
      // Index of diagonal 0 in the array of that many edits.
      int middle = edits;
      int k = x - y;
      boolean down =
          k == -edits || k != edits && at(before, middle + k - 1) < at(before, middle + k + 1);
      int previous = down ? k + 1 : k - 1;
      int fromX = at(before, middle + previous);
      int fromY = fromX - previous;
      int edgeX = down ? fromX : fromX + 1;
      int edgeY = down ? fromY + 1 : fromY;
      prepend(hunks, fromX, edgeX, fromY, edgeY);
      x = fromX;
      y = fromY;
    }
    Collections.reverse(hunks);
    return hunks;
  }

  private static int at(int[] furthest, int index) {
    return index < 0 || index >= furthest.length ? -1 : furthest[index];
  }

  /** Adds an edit in front, to the hunk that begins where it ends. */
  private static void prepend(List<Hunk> hunks, int from, int fromEnd, int to, int toEnd) {
    Hunk next = hunks.isEmpty() ? null : hunks.getLast();
    if (next != null && next.from == fromEnd && next.to == toEnd) {
      hunks.set(hunks.size() - 1, new Hunk(from, next.fromEnd, to, next.toEnd));
    } else {
      hunks.add(new Hunk(from, fromEnd, to, toEnd));
    }
  }

  /** Both texts beside each other, equal parts folded; empty: they are equal. */
  static List<Row> rows(String before, String after) {
    List<String> left = lines(before);
    List<String> right = lines(after);
    List<Row> rows = new ArrayList<>();
    int x = 0;
    int y = 0;
    List<Hunk> hunks = hunks(left, right);
    for (int i = 0; i < hunks.size() && rows.size() < MOST_ROWS; i++) {
      Hunk hunk = hunks.get(i);
      equal(rows, left, x, y, hunk.from - x, i > 0);
      changed(rows, left, right, hunk);
      x = hunk.fromEnd;
      y = hunk.toEnd;
    }
    if (!rows.isEmpty()) {
      int rest = left.size() - x;
      int shown = rest <= CONTEXT + FEW ? rest : CONTEXT;
      same(rows, left, x, y, shown);
      gap(rows, rest - shown);
    }
    return rows;
  }

  /** Equal lines in front of a difference, folded unless they are few. */
  private static void equal(
      List<Row> rows, List<String> left, int x, int y, int count, boolean after) {
    int head = after ? CONTEXT : 0;
    if (count <= head + CONTEXT + FEW) {
      same(rows, left, x, y, count);
      return;
    }
    same(rows, left, x, y, head);
    gap(rows, count - head - CONTEXT);
    same(rows, left, x + count - CONTEXT, y + count - CONTEXT, CONTEXT);
  }

  private static void same(List<Row> rows, List<String> left, int x, int y, int count) {
    for (int i = 0; i < count; i++) {
      String line = left.get(x + i);
      rows.add(new Row("same", x + i + 1, line, y + i + 1, line, 0));
    }
  }

  private static void gap(List<Row> rows, int count) {
    if (count > 0) {
      rows.add(new Row("gap", 0, null, 0, null, count));
    }
  }

  private static void changed(List<Row> rows, List<String> left, List<String> right, Hunk hunk) {
    int height = Math.max(hunk.fromEnd - hunk.from, hunk.toEnd - hunk.to);
    for (int i = 0; i < height && rows.size() < MOST_ROWS; i++) {
      boolean old = hunk.from + i < hunk.fromEnd;
      boolean fresh = hunk.to + i < hunk.toEnd;
      rows.add(
          new Row(
              "changed",
              old ? hunk.from + i + 1 : 0,
              old ? left.get(hunk.from + i) : null,
              fresh ? hunk.to + i + 1 : 0,
              fresh ? right.get(hunk.to + i) : null,
              0));
    }
  }

  /**
   * Two changes of one text in one, as far as they touch different lines or do the same.
   *
   * @return null when they do not
   */
  static @Nullable String merged(String base, String one, String other) {
    List<String> from = lines(base);
    List<Edit> edits = new ArrayList<>(edits(from, lines(one)));
    edits.addAll(edits(from, lines(other)));
    edits.sort(Comparator.comparingInt(Edit::from).thenComparingInt(Edit::fromEnd));
    List<String> result = new ArrayList<>();
    Edit last = new Edit(-1, -1, List.of());
    int at = 0;
    for (Edit edit : edits) {
      if (edit.equals(last)) {
        continue;
      }
      // Also when they only touch: of two new lines at one place nobody knows which comes first.
      if (edit.from <= last.fromEnd) {
        return null;
      }
      result.addAll(from.subList(at, edit.from));
      result.addAll(edit.lines);
      at = edit.fromEnd;
      last = edit;
    }
    result.addAll(from.subList(at, from.size()));
    return result.isEmpty() ? "" : String.join("\n", result) + "\n";
  }

  /** Lines that take the place of others. */
  private record Edit(int from, int fromEnd, List<String> lines) {}

  private static List<Edit> edits(List<String> from, List<String> to) {
    return hunks(from, to).stream()
        .map(hunk -> new Edit(hunk.from, hunk.fromEnd, to.subList(hunk.to, hunk.toEnd)))
        .toList();
  }
}
