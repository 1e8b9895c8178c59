package io.sluice.config;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Turns a tree of Java values into the nodes that the readers read. Scalars keep their JSON type as
 * the node's tag; each node's line is its number in the document's order.
 */
final class TreeNodes {
  /** Deepest nesting, as in the file. */
  static final int MAX_DEPTH = YamlText.MAX_DEPTH;

  /** Most values: 10,000 backends with everything written out have some 200,000. */
  static final int MAX_VALUES = 2_000_000;

  /** Numbers beyond have more digits than any range here, and some more than the memory holds. */
  private static final int LONGEST_NUMBER = 100;

  private final Problems problems;

  /** Keys and indices that lead to the value at hand. */
  private final Deque<Object> path = new ArrayDeque<>();

  private int values;

  private TreeNodes(Problems problems) {
    this.problems = problems;
  }

  /** The nodes; null when the tree is beyond the limits, which has been reported. */
  static @Nullable Node of(@Nullable Object tree, Problems problems) {
    TreeNodes nodes = new TreeNodes(problems);
    Node root = nodes.node(tree);
    return problems.isEmpty() ? root : null;
  }

  /** What a scalar is, for messages. */
  static String kind(ScalarNode scalar) {
    Tag tag = scalar.getTag();
    String value = scalar.getValue();
    if (tag.equals(Tag.STR)) {
      return "the text " + Quoted.of(value);
    }
    return tag.equals(Tag.NULL) || tag.equals(Tag.BOOL) ? value : "the number " + value;
  }

  private @Nullable Node node(@Nullable Object tree) {
    if (++values > MAX_VALUES) {
      if (values == MAX_VALUES + 1) {
        problems.add(Place.ROOT, "has more than " + MAX_VALUES + " values");
      }
      return null;
    }
    Mark mark = mark(values);
    return switch (tree) {
      case null -> scalar(Tag.NULL, "null", mark);
      case Boolean value -> scalar(Tag.BOOL, value.toString(), mark);
      case Number value -> scalar(isWhole(value) ? Tag.INT : Tag.FLOAT, text(value), mark);
      case String value -> text(value, mark);
      case Map<?, ?> map -> isTooDeep() ? null : mapping(map, mark);
      case List<?> list -> isTooDeep() ? null : list(list, mark);
      default ->
          throw new IllegalArgumentException("no value of a JSON document: " + tree.getClass());
    };
  }

  private boolean isTooDeep() {
    if (path.size() < MAX_DEPTH) {
      return false;
    }
    problems.add(place(), "nested deeper than " + MAX_DEPTH + " levels");
    return true;
  }

  private Node mapping(Map<?, ?> map, Mark mark) {
    List<NodeTuple> tuples = new ArrayList<>(map.size());
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!(entry.getKey() instanceof String key)) {
        throw new IllegalArgumentException("no key of a JSON document: " + entry.getKey());
      }
      path.addLast(key);
      Node name = text(key, mark(values + 1));
      Node value = node(entry.getValue());
      path.removeLast();
      if (name != null && value != null) {
        tuples.add(new NodeTuple(name, value));
      }
    }
    return new MappingNode(Tag.MAP, true, tuples, mark, mark, FlowStyle.BLOCK);
  }

  private Node list(List<?> list, Mark mark) {
    List<Node> items = new ArrayList<>(list.size());
    for (int i = 0; i < list.size(); i++) {
      path.addLast(i);
      Node item = node(list.get(i));
      path.removeLast();
      if (item != null) {
        items.add(item);
      }
    }
    return new SequenceNode(Tag.SEQ, true, items, mark, mark, FlowStyle.BLOCK);
  }

  private Place place() {
    Place place = Place.ROOT.at(mark(values));
    for (Object step : path) {
      place = step instanceof Integer index ? place.item(index) : place.below(step.toString());
    }
    return place;
  }

  private static Mark mark(int line) {
    return new Mark("document", 0, line, 0, new int[0], 0);
  }

  private static Node scalar(Tag tag, String text, Mark mark) {
    return new ScalarNode(tag, text, mark, mark, ScalarStyle.PLAIN);
  }

  /** Half of a surrogate pair is no character: no file and no store could keep it. */
  private @Nullable Node text(String text, Mark mark) {
    if (hasHalfACharacter(text)) {
      problems.add(place(), Quoted.of(text) + " is no Unicode text");
      return null;
    }
    return new ScalarNode(Tag.STR, text, mark, mark, ScalarStyle.DOUBLE_QUOTED);
  }

  private static boolean hasHalfACharacter(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        boolean whole =
            i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
        if (!whole) {
          return true;
        }
        i++;
      }
    }
    return false;
  }

  private static boolean isWhole(Number number) {
    return number instanceof Long
        || number instanceof Integer
        || number instanceof Short
        || number instanceof Byte
        || number instanceof BigInteger;
  }

  /** Digits as a person would write them; far beyond every range with an exponent. */
  static String text(Number number) {
    return switch (number) {
      case Double d when !Double.isFinite(d) -> d.toString();
      case Float f when !Float.isFinite(f) -> f.toString();
      case Double d -> text(new BigDecimal(d.toString()));
      case Float f -> text(new BigDecimal(f.toString()));
      case BigDecimal decimal -> text(decimal);
      case BigInteger whole when whole.bitLength() > 3 * LONGEST_NUMBER ->
          "1E+" + (long) (whole.bitLength() * Math.log10(2));
      default -> number.toString();
    };
  }

  private static String text(BigDecimal decimal) {
    boolean isShort = Math.abs((long) decimal.scale()) + decimal.precision() <= LONGEST_NUMBER;
    return isShort ? decimal.toPlainString() : decimal.round(new MathContext(9)).toString();
  }
}
