package io.sluice.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How a document writes the known keys, and what it calls its kinds of values. */
enum Naming {
  /** The configuration file: names with dashes; every scalar is text that its key reads. */
  FILE("a mapping", "a list"),
  /** JSON: names in camelCase; a scalar has the type that its key takes. */
  API("an object", "an array");

  final String mapping;
  final String list;

  Naming(String mapping, String list) {
    this.mapping = mapping;
    this.list = list;
  }

  /** The known key that is written so; null: no key is. */
  @Nullable String key(String written) {
    return this == FILE ? written : CamelCase.TO_KEY.get(written);
  }

  /** How a known key is written. */
  String written(String key) {
    return this == FILE ? key : CamelCase.FROM_KEY.getOrDefault(key, key);
  }

  /** How known keys are written. */
  List<String> written(List<String> keys) {
    return this == FILE ? keys : keys.stream().map(this::written).toList();
  }

  /** Both directions, made once: reading a large document asks for each of its keys. */
  private static final class CamelCase {
    static final Map<String, String> FROM_KEY = new HashMap<>();
    static final Map<String, String> TO_KEY = new HashMap<>();

    static {
      for (KnownKeys keys : KnownKeys.values()) {
        keys.available().forEach(CamelCase::add);
        keys.unavailable().forEach(CamelCase::add);
      }
    }

    private CamelCase() {}

    private static void add(String key) {
      String camel = of(key);
      FROM_KEY.put(key, camel);
      TO_KEY.put(camel, key);
    }

    private static String of(String key) {
      StringBuilder camel = new StringBuilder();
      boolean wordBegins = false;
      for (int i = 0; i < key.length(); i++) {
        char c = key.charAt(i);
        if (c == '-') {
          wordBegins = true;
        } else {
          camel.append(wordBegins ? Character.toUpperCase(c) : c);
          wordBegins = false;
        }
      }
      return camel.toString();
    }
  }
}
