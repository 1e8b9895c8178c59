package io.sluice.admin;

import java.nio.charset.StandardCharsets;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.springframework.web.util.UriUtils;

/** Addresses of pages with a query, behind the base path. */
final class Links {
  private Links() {}

  /**
   * An address.
   *
   * @param path without a slash before it
   * @param query names and values in turn; what is null or empty is left out
   */
  static String of(String path, @Nullable String... query) {
    StringJoiner pairs = new StringJoiner("&", "?", "").setEmptyValue("");
    for (int i = 0; i < query.length; i += 2) {
      String value = query[i + 1];
      if (value != null && !value.isEmpty()) {
        pairs.add(query[i] + "=" + UriUtils.encode(value, StandardCharsets.UTF_8));
      }
    }
    return path + pairs;
  }
}
