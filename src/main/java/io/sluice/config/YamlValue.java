package io.sluice.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A value of a document and its place. Each view of it reports what does not fit and then gives
 * null, so that reading goes on and finds the next problem too.
 */
record YamlValue(Node node, Place place, Problems problems) {
  /** YAML 1.1's ways to write nothing. */
  private static final Set<String> NOTHING = Set.of("", "~", "null", "Null", "NULL");

  /**
   * A key and its value in a mapping whose keys are free.
   *
   * @param value null when nothing is written there, which has been reported
   * @param inJson whether the document has no lines that could be named
   */
  record Entry(String name, Place place, @Nullable YamlValue value, boolean inJson) {}

  /** The value with this path. */
  static YamlValue of(Node node, Place path, Problems problems) {
    return new YamlValue(node, path.at(node.getStartMark()), problems);
  }

  void problem(String message) {
    problems.add(place, message);
  }

  /** Whether nothing is written after the key: then the default holds. */
  boolean isNothing() {
    return node instanceof ScalarNode scalar
        && scalar.isPlain()
        && NOTHING.contains(scalar.getValue());
  }

  /** Whether this is JSON's null, which says the same as leaving the key out. */
  boolean isNull() {
    return problems.naming() == Naming.API && isNothing();
  }

  boolean isScalar() {
    return node instanceof ScalarNode;
  }

  /** The text of a scalar as written; null, without a report, for anything else. */
  @Nullable String scalar() {
    return node instanceof ScalarNode scalar ? scalar.getValue() : null;
  }

  /** The text of a scalar as written, without quotes. */
  @Nullable String text() {
    return text(ScalarType.TEXT);
  }

  /** The text of a scalar of this type. */
  @Nullable String text(ScalarType type) {
    if (hasForeignTag()) {
      return null;
    }
    boolean typed = problems.naming() == Naming.API;
    if (node instanceof ScalarNode scalar && (!typed || type.takes(scalar))) {
      return scalar.getValue();
    }
    problem("expected " + (typed ? type.expected : "a single value") + ", got " + kind());
    return null;
  }

  /** The scalar as what the key takes. */
  <T> @Nullable T parsed(ValueParser<T> parser) {
    String text = text(parser.type());
    if (text == null) {
      return null;
    }
    try {
      return parser.parse(text);
    } catch (BadValueException e) {
      problem(String.valueOf(e.getMessage()));
      return null;
    }
  }

  @Nullable YamlMapping mapping(KnownKeys keys) {
    if (hasForeignTag()) {
      return null;
    }
    if (node instanceof MappingNode mapping) {
      return new YamlMapping(this, mapping, keys);
    }
    Naming naming = problems.naming();
    problem(
        "expected " + naming.mapping + " with the keys " + keys.listed(naming) + ", got " + kind());
    return null;
  }

  /** The items of a list; those without a value are reported and left out. */
  @Nullable List<YamlValue> items() {
    if (hasForeignTag()) {
      return null;
    }
    if (!(node instanceof SequenceNode sequence)) {
      problem("expected " + problems.naming().list + ", got " + kind());
      return null;
    }
    List<YamlValue> items = new ArrayList<>();
    for (Node child : sequence.getValue()) {
      YamlValue item = of(child, place.item(items.size()), problems);
      if (item.isNothing()) {
        item.problem(
            item.isNull()
                ? "this item is null; write a value or leave it out"
                : "this item of the list is empty; write a value or remove the dash");
      }
      items.add(item);
    }
    return items.stream().filter(item -> !item.isNothing()).toList();
  }

  /** The entries of a mapping whose keys are free, for instance header names. */
  @Nullable List<Entry> entries() {
    if (hasForeignTag()) {
      return null;
    }
    if (!(node instanceof MappingNode mapping)) {
      problem("expected " + problems.naming().mapping + " of names to values, got " + kind());
      return null;
    }
    List<Entry> entries = new ArrayList<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        problems.add(place.at(tuple.getKeyNode().getStartMark()), "a key must be text");
        continue;
      }
      Place keyPlace = place.below(key.getValue()).at(key.getStartMark());
      YamlValue value = of(tuple.getValueNode(), keyPlace, problems);
      if (value.isNothing()) {
        problems.add(keyPlace, "has no value; for an empty one write \"\"");
        value = null;
      }
      entries.add(new Entry(key.getValue(), keyPlace, value, problems.naming() == Naming.API));
    }
    return entries;
  }

  private boolean hasForeignTag() {
    if (problems.naming() == Naming.API) {
      return false;
    }
    Tag tag = node.getTag();
    if (tag.equals(Tag.STR) || tag.equals(Tag.MAP) || tag.equals(Tag.SEQ)) {
      return false;
    }
    problem("the YAML tag " + Quoted.of(tag.getValue()) + " is not supported; remove it");
    return true;
  }

  private String kind() {
    return switch (node) {
      case MappingNode m -> problems.naming().mapping;
      case SequenceNode s -> problems.naming().list;
      case ScalarNode s when problems.naming() == Naming.API -> TreeNodes.kind(s);
      case ScalarNode s -> isNothing() ? "nothing" : Quoted.of(s.getValue());
      default -> "something else";
    };
  }
}
