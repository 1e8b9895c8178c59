package io.sluice.config;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds what someone meant who wrote a name that does not exist. */
final class NearestName {
  /** Nobody mistypes longer names; and the distance costs the product of both lengths. */
  private static final int LONGEST = 80;

  private static final int MOST_LISTED = 20;

  private NearestName() {}

  /**
   * The candidate that differs in the fewest letters; case, dashes and underscores count nothing.
   *
   * @return null when more than a third of the letters would have to change
   */
  static @Nullable String of(String given, Collection<String> candidates) {
    if (given.length() > LONGEST) {
      return null;
    }
    String wanted = letters(given);
    String best = null;
    int least = Integer.MAX_VALUE;
    for (String candidate : candidates) {
      String name = letters(candidate);
      int distance = distance(wanted, name);
      if (distance < least && distance <= Math.max(1, name.length() / 3)) {
        best = candidate;
        least = distance;
      }
    }
    return best;
  }

  /** The end of a message: the nearest candidate or, when nothing is near, the candidates. */
  static String hint(String given, Collection<String> candidates) {
    String near = of(given, candidates);
    if (near != null) {
      return "; did you mean " + Quoted.of(near) + "?";
    }
    String more = candidates.size() > MOST_LISTED ? ", ..." : "";
    return candidates.stream()
        .limit(MOST_LISTED)
        .collect(Collectors.joining(", ", "; known here: ", more));
  }

  private static String letters(String name) {
    return name.toLowerCase(Locale.ROOT).replace("-", "").replace("_", "");
  }

  /** Levenshtein's distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }
}
