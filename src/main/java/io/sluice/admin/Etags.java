package io.sluice.admin;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Strong entity tags (RFC 9110 8.8.3), made of what a client can change and of nothing else. */
final class Etags {
  private static final int BYTES = 15;

  private Etags() {}

  /** The tag of a document. */
  static String of(Object tree) {
    return ofBytes(JsonText.write(tree));
  }

  /** The tag of a text. */
  static String ofBytes(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return '"' + Base64.getUrlEncoder().encodeToString(Arrays.copyOf(hash, BYTES)) + '"';
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /**
   * Whether If-Match (13.1.1) lets a call go on; weak tags never do.
   *
   * @param fields the field's lines; at least one
   */
  static boolean matches(List<String> fields, String current) {
    return any(fields, current, false);
  }

  /** Whether If-None-Match (13.1.2) says that the client has the current state. */
  static boolean hasIt(@Nullable List<String> fields, String current) {
    return fields != null && any(fields, current, true);
  }

  private static boolean any(List<String> fields, String current, boolean weakToo) {
    for (String field : fields) {
      for (String part : field.split(",", -1)) {
        String tag = part.strip();
        if (weakToo && tag.startsWith("W/")) {
          tag = tag.substring(2);
        }
        if (tag.equals("*") || tag.equals(current)) {
          return true;
        }
      }
    }
    return false;
  }
}
