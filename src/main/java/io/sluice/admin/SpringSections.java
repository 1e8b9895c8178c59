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
  private SpringSections() {}

  /** Their text; empty when there are none. */
  static String of(String yaml) {
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

  private static boolean isSprings(Node key) {
    return key instanceof ScalarNode name
        && name.getValue().matches("(spring|logging|management|server)(\\..*)?");
  }
}
