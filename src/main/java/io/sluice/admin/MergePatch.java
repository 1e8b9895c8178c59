package io.sluice.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** JSON merge patches (RFC 7386). */
final class MergePatch {
  private MergePatch() {}

  /** The target with the patch applied; neither of the two is changed. */
  static @Nullable Object apply(@Nullable Object target, @Nullable Object patch) {
    if (!(patch instanceof Map<?, ?> edits)) {
      return patch;
    }
    Map<String, @Nullable Object> result = new LinkedHashMap<>();
    if (target instanceof Map<?, ?> members) {
      members.forEach((name, value) -> result.put(String.valueOf(name), value));
    }
    edits.forEach(
        (key, value) -> {
          String name = String.valueOf(key);
          if (value == null) {
            result.remove(name);
          } else {
            result.put(name, apply(result.get(name), value));
          }
        });
    return result;
  }
}
