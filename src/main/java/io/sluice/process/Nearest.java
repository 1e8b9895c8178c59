package io.sluice.process;

import java.util.List;

/** Finds the flag or command that somebody meant who mistyped it. */
final class Nearest {
  private Nearest() {}

  /** The one that takes the fewest edits to reach. */
  static String of(String typed, List<String> known) {
    String nearest = known.getFirst();
    for (String candidate : known) {
      if (distance(typed, candidate) < distance(typed, nearest)) {
        nearest = candidate;
      }
    }
    return nearest;
  }

  /** Whether no more than a third of the letters must be changed. */
  static boolean isNear(String typed, String known) {
    return distance(typed, known) * 3 <= known.length() * 2;
  }

  /** Levenshtein's distance in half edits; a letter in the other case is half a replacement. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = 2 * j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = 2 * i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + replacement(a.charAt(i - 1), b.charAt(j - 1));
        diagonal = row[j];
        row[j] = Math.min(replaced, 2 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }

  private static int replacement(char a, char b) {
    if (a == b) {
      return 0;
    }
    return Character.toLowerCase(a) == Character.toLowerCase(b) ? 1 : 2;
  }
}
