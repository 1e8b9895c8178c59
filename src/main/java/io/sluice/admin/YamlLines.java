package io.sluice.admin;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Where in a YAML text a JSON pointer leads, for problems of a document that was typed in. */
final class YamlLines {
  private static final Pattern SAID = Pattern.compile("^line (\\d{1,9}), column \\d{1,9}: ");
  private static final int LONGEST = 16 * 1024 * 1024;

  private final @Nullable Node root;

  private YamlLines(@Nullable Node root) {
    this.root = root;
  }

  /** A text's lines; of a text that is no YAML none is known. */
  static YamlLines of(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LONGEST);
    try {
      return new YamlLines(
          new Composer(new ParserImpl(new StreamReader(yaml), options), new Resolver(), options)
              .getSingleNode());
    } catch (YAMLException e) {
      // The problems themselves say then where it is none.
      return new YamlLines(null);
    }
  }

  /**
   * The line of a problem, from 1; 0: unknown.
   *
   * @param message of what is no YAML at all, which names its line itself
   */
  int line(String pointer, String message) {
    Matcher said = SAID.matcher(message);
    if (said.find()) {
      return Integer.parseInt(said.group(1));
    }
    return root == null ? 0 : line(root, pointer);
  }

  private static int line(Node root, String pointer) {
    Node at = root;
    int line = at.getStartMark().getLine() + 1;
    for (String segment : List.of(pointer.split("/", -1)).subList(1, segments(pointer))) {
      String name = segment.replace("~1", "/").replace("~0", "~");
      switch (at) {
        case MappingNode mapping -> {
          NodeTuple tuple = member(mapping, name);
          if (tuple == null) {
            return line;
          }
          line = tuple.getKeyNode().getStartMark().getLine() + 1;
          at = tuple.getValueNode();
        }
        case SequenceNode sequence -> {
          int index = name.matches("[0-9]{1,7}") ? Integer.parseInt(name) : Integer.MAX_VALUE;
          if (index >= sequence.getValue().size()) {
            return line;
          }
          at = sequence.getValue().get(index);
          line = at.getStartMark().getLine() + 1;
        }
        default -> {
          return line;
        }
      }
    }
    return line;
  }

  private static int segments(String pointer) {
    return pointer.split("/", -1).length;
  }

  private static @Nullable NodeTuple member(MappingNode mapping, String name) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key && key.getValue().equals(name)) {
        return tuple;
      }
    }
    return null;
  }
}
