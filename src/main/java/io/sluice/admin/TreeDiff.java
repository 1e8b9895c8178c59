package io.sluice.admin;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What differs between two documents. Items of lists that have ids are told apart by them, so that
 * one new backend is one line and not a shift of all that follow.
 */
final class TreeDiff {
  private final List<Map<String, @Nullable Object>> lines = new ArrayList<>();

  private TreeDiff() {}

  /** Lines of {@code {path, before, after}}; a missing value is left out of its line. */
  static List<Map<String, @Nullable Object>> between(Object before, Object after) {
    TreeDiff diff = new TreeDiff();
    diff.compare("", before, after);
    return diff.lines;
  }

  private void compare(String path, @Nullable Object before, @Nullable Object after) {
    if (Objects.equals(before, after)) {
      return;
    }
    Map<String, @Nullable Object> left = members(before);
    Map<String, @Nullable Object> right = members(after);
    if (left == null || right == null) {
      Map<String, @Nullable Object> line = new LinkedHashMap<>();
      line.put("path", path);
      if (before != null) {
        line.put("before", before);
      }
      if (after != null) {
        line.put("after", after);
      }
      lines.add(line);
      return;
    }
    Set<String> names = new LinkedHashSet<>(left.keySet());
    names.addAll(right.keySet());
    for (String name : names) {
      String escaped = name.replace("~", "~0").replace("/", "~1");
      compare(path + "/" + escaped, left.get(name), right.get(name));
    }
  }

  /** An object's members, or a list's items by their ids; null: neither. */
  private static @Nullable Map<String, @Nullable Object> members(@Nullable Object value) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (value instanceof Map<?, ?> object) {
      object.forEach((name, member) -> members.put(String.valueOf(name), member));
      return members;
    }
    if (!(value instanceof List<?> list)) {
      return null;
    }
    for (Object item : list) {
      if (!(item instanceof Map<?, ?> object) || !(object.get("id") instanceof String id)) {
        return null;
      }
      members.put(id, item);
    }
    return members;
  }
}
