package io.sluice.admin;

import java.io.StringReader;
import java.io.StringWriter;
import java.util.List;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * The sections of a configuration file that are Spring's. It is to have nothing of the others: it
 * reads YAML 1.1, where a key like {@code on} is a boolean, and would stumble over it.
 */
final class SpringSections {
  private static final List<String> NAMES = List.of("spring", "logging", "management", "server");

  private SpringSections() {}

  /** Their text; empty when there are none. */
  static String of(String yaml) {
    if (!mayHaveSome(yaml)) {
      return ""; // a large file takes long to read, and every start waits for it
    }
    Yaml parser = new Yaml();
    Node root = parser.compose(new StringReader(yaml));
    if (!(root instanceof MappingNode file)) {
      return "";
    }
    List<NodeTuple> others =
        file.getValue().stream().filter(section -> isSprings(section.getKeyNode())).toList();
    if (others.isEmpty()) {
      return "";
    }
    file.setValue(others);
    StringWriter text = new StringWriter();
    parser.serialize(file, text);
    return text.toString();
  }

  /** Whether a name stands outside of comments, or could be written with escapes. */
  private static boolean mayHaveSome(String yaml) {
    return yaml.indexOf('\\') >= 0
        || NAMES.stream().anyMatch(name -> hasOutsideOfComments(yaml, name));
  }

  private static boolean hasOutsideOfComments(String yaml, String name) {
    for (int at = yaml.indexOf(name); at >= 0; at = yaml.indexOf(name, at + 1)) {
      int line = Math.max(yaml.lastIndexOf('\n', at), yaml.lastIndexOf('\r', at)) + 1;
      if (!yaml.substring(line, at).stripLeading().startsWith("#")) {
        return true;
      }
    }
    return false;
  }

  private static boolean isSprings(Node key) {
    return key instanceof ScalarNode name
        && NAMES.contains(name.getValue().replaceFirst("\\..*", ""));
  }
}
