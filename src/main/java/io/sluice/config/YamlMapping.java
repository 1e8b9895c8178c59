package io.sluice.config;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;

/** A mapping with known keys: reports the unknown, the repeated and those of a later version. */
final class YamlMapping {
  private final YamlValue self;
  private final KnownKeys keys;
  private final Map<String, YamlValue> values = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();

  YamlMapping(YamlValue self, MappingNode node, KnownKeys keys) {
    this.self = self;
    this.keys = keys;
    for (NodeTuple tuple : node.getValue()) {
      add(tuple);
    }
  }

  /** A mapping in which nothing is written: every default holds. */
  static YamlMapping empty(Place place, Problems problems, KnownKeys keys) {
    MappingNode node = new MappingNode(Tag.MAP, List.of(), FlowStyle.BLOCK);
    return new YamlMapping(new YamlValue(node, place, problems), node, keys);
  }

  private void add(NodeTuple tuple) {
    Problems problems = self.problems();
    if (!(tuple.getKeyNode() instanceof ScalarNode keyNode)) {
      problems.add(self.place().at(tuple.getKeyNode().getStartMark()), "a key must be text");
      return;
    }
    String written = keyNode.getValue();
    String key = problems.naming().key(written);
    Place place = self.place().below(written).at(keyNode.getStartMark());
    if (key == null) {
      problems.add(place, keys.unknown(written, problems.naming()));
      return;
    }
    YamlValue value = YamlValue.of(tuple.getValueNode(), place, problems);
    if (value.isNull() && keys.available().contains(key)) {
      return;
    }
    Place first = places.putIfAbsent(key, place);
    if (first != null) {
      problems.add(place, "is given twice; first in line " + first.line());
    } else if (keys.unavailable().contains(key)) {
      problems.add(place, "is not available in this version; remove it");
    } else if (keys.available().contains(key)) {
      if (!value.isNothing()) {
        values.put(key, value);
      }
    } else if (!isSprings(key)) {
      problems.add(place, keys.unknown(written, problems.naming()));
    }
  }

  /** Spring also takes its keys joined by dots. */
  private boolean isSprings(String key) {
    int dot = key.indexOf('.');
    return keys == KnownKeys.FILE && dot > 0 && KnownKeys.SPRING.contains(key.substring(0, dot));
  }

  /** Where the mapping begins. */
  Place place() {
    return self.place();
  }

  /** How the document writes its keys. */
  Naming naming() {
    return self.problems().naming();
  }

  /**
   * Whether the key is written at all, also one of a later version or, in a file, without a value;
   * JSON's null says that it is not.
   */
  boolean names(String key) {
    return places.containsKey(key);
  }

  /** Where the key is written, or where the mapping begins. */
  Place placeOf(String key) {
    Place place = places.get(key);
    return place == null ? place().below(naming().written(key)) : place;
  }

  void problem(String key, String message) {
    self.problems().add(placeOf(key), message);
  }

  void problem(Place at, String message) {
    self.problems().add(at, message);
  }

  /** Reports what is wrong with the whole mapping. */
  void problem(String message) {
    self.problem(message);
  }

  /** The value of a key; null when it is absent or nothing is written there. */
  @Nullable YamlValue get(String key) {
    if (!keys.available().contains(key)) {
      throw new IllegalArgumentException(key + " is not in " + keys);
    }
    return values.get(key);
  }

  /** The value of a key that must be there. */
  @Nullable YamlValue required(String key, String expected) {
    YamlValue value = get(key);
    if (value == null) {
      problem(key, "is missing; expected " + expected);
    }
    return value;
  }

  <T> @Nullable T optional(String key, ValueParser<T> parser) {
    YamlValue value = get(key);
    return value == null ? null : value.parsed(parser);
  }

  /** The value of a key, or the default when it is absent or wrong (then reported). */
  <T> T value(String key, ValueParser<T> parser, T byDefault) {
    T value = optional(key, parser);
    return value == null ? byDefault : value;
  }

  @Nullable YamlMapping mapping(String key, KnownKeys known) {
    YamlValue value = get(key);
    return value == null ? null : value.mapping(known);
  }

  /** The same, and an empty mapping when the key is absent or wrong (then reported). */
  YamlMapping section(String key, KnownKeys known) {
    YamlMapping mapping = mapping(key, known);
    return mapping == null ? empty(placeOf(key), self.problems(), known) : mapping;
  }

  /** The items of a list; empty when the key is absent or wrong (then reported). */
  List<YamlValue> items(String key) {
    YamlValue value = get(key);
    List<YamlValue> items = value == null ? null : value.items();
    return items == null ? List.of() : items;
  }
}
