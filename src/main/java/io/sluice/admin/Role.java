package io.sluice.admin;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What a caller may do; each may do what the ones before it may. */
enum Role {
  VIEWER,
  OPERATOR,
  ADMIN;

  /** As it is written in the API and in the store. */
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this word; null: there is none. */
  static @Nullable Role of(String word) {
    for (Role role : values()) {
      if (role.word().equals(word)) {
        return role;
      }
    }
    return null;
  }

  boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
