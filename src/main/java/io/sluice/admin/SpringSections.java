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
 * A configuration file without its section {@code sluice}. Spring is to have nothing of that: it
 * reads YAML 1.1, where a key like {@code on} is a boolean, and would stumble over it.
 */
final class SpringSections {
  private SpringSections() {}

  /** The text of all other sections; empty when there are none. */
  static String of(String yaml) {
    Yaml parser = new Yaml();
    Node root = parser.compose(new StringReader(yaml));
    if (!(root instanceof MappingNode file)) {
      return "";
    }
    List<NodeTuple> others =
        file.getValue().stream().filter(section -> !isOurs(section.getKeyNode())).toList();
    if (others.isEmpty()) {
      return "";
    }
    file.setValue(others);
    StringWriter text = new StringWriter();
    parser.serialize(file, text);
    return text.toString();
  }

  private static boolean isOurs(Node key) {
    return key instanceof ScalarNode name && name.getValue().equals("sluice");
  }
}
