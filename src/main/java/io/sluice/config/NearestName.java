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
      int most = Math.max(1, name.length() / 3);
      if (Math.abs(wanted.length() - name.length()) > most) {
        continue;
      }
      int distance = distance(wanted, name);
      boolean near = distance <= most && distance < name.length();
      if (near && distance < least) {
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

  /** Levenshtein's distance, where two neighbouring letters that changed places count as one. */
  private static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          d[i][j] = i + j;
          continue;
        }
        int changed = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(changed, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }
}
