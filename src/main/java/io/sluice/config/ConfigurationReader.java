package io.sluice.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** Reads the text of a configuration file into validated records; opens no file itself. */
public final class ConfigurationReader {
  private ConfigurationReader() {}

  /**
   * Reads a configuration.
   *
   * <p>Spring's own sections ({@code spring}, {@code logging}, {@code management}, {@code server})
   * are passed over. An empty file gives the defaults.
   *
   * @param file the name for messages
   * @param yaml its text, at most 16 MiB
   * @throws InvalidConfigurationException with every problem that was found
   */
  public static Configuration read(String file, String yaml) throws InvalidConfigurationException {
    Problems problems = new Problems(file, Naming.FILE);
    Node root = YamlText.parse(yaml, problems);
    Configuration configuration = SluiceReader.read(file(root, problems));
    if (!problems.isEmpty()) {
      throw new InvalidConfigurationException(problems.inFileOrder(), configuration);
    }
    return configuration;
  }

  /**
   * Finds places in the text of a file, for what turns out to be wrong later.
   *
   * @param file the name for messages
   * @param yaml its text
   */
  public static Places places(String file, String yaml) {
    return new Places(file, yaml);
  }

  private static YamlMapping file(@Nullable Node root, Problems problems) {
    YamlValue value = root == null ? null : YamlValue.of(root, Place.ROOT, problems);
    YamlMapping file = value == null || value.isNothing() ? null : value.mapping(KnownKeys.FILE);
    return file == null ? YamlMapping.empty(Place.ROOT, problems, KnownKeys.FILE) : file;
  }

  /** Where keys stand in a file. */
  public static final class Places {
    private static final Pattern INDEX = Pattern.compile("\\[([0-9]{1,9})](\\.|(?=\\[)|$)");

    private final String file;
    private final String yaml;

    /** Read when something is wrong, which is seldom: a large file takes long. */
    private @Nullable Node root;

    private Places(String file, String yaml) {
      this.file = file;
      this.yaml = yaml;
    }

    private @Nullable Node root() {
      if (root == null) {
        root = YamlText.parse(yaml, new Problems(file, Naming.FILE));
      }
      return root;
    }

    /**
     * The key of a part of the file's pools and routes.
     *
     * @param pointer JSON pointer as violations have it, for instance {@code /pools/0/healthCheck}
     */
    public static String keyOf(String pointer) {
      StringBuilder key = new StringBuilder("sluice.bootstrap");
      for (String step : pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/", -1)) {
        if (step.matches("[0-9]+")) {
          key.append('[').append(step).append(']');
        } else {
          String known = Naming.API.key(step);
          key.append('.').append(known == null ? step : known);
        }
      }
      return key.toString();
    }

    /**
     * A problem of the value of a key, or of what it belongs to when it is not written itself.
     *
     * @param key dotted path, for instance {@code sluice.listeners[0].address}
     */
    public Problem problem(String key, String message, Problem.Severity severity) {
      Node node = root();
      Place place = Place.ROOT;
      String rest = key;
      while (node != null && !rest.isEmpty()) {
        Node next = null;
        Matcher index = INDEX.matcher(rest);
        if (node instanceof SequenceNode list && index.lookingAt()) {
          int number = Integer.parseInt(index.group(1));
          if (number < list.getValue().size()) {
            next = list.getValue().get(number);
            place = place.at(next.getStartMark());
            rest = rest.substring(index.end());
          }
        } else if (node instanceof MappingNode mapping) {
          NodeTuple entry = entry(mapping, rest);
          if (entry != null && entry.getKeyNode() instanceof ScalarNode name) {
            String before = rest;
            next = entry.getValueNode();
            rest = rest.substring(Math.min(rest.length(), name.getValue().length()));
            rest = rest.replaceFirst("^\\.", "");
            boolean isIt = rest.isEmpty() && before.equals(name.getValue());
            place = place.at((isIt ? next : name).getStartMark());
          }
        }
        if (next == null) {
          break;
        }
        node = next;
      }
      boolean cut = node instanceof ScalarNode && !rest.isEmpty();
      String written =
          cut ? key.substring(0, key.length() - rest.length()).replaceFirst("\\.$", "") : key;
      return new Problem(file, place.line(), place.column(), written, message, severity);
    }

    /** The entry that a path begins with; Spring's keys may be joined by dots. */
    private static @Nullable NodeTuple entry(MappingNode mapping, String path) {
      NodeTuple longest = null;
      int length = -1;
      for (NodeTuple entry : mapping.getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode name
            && (path + ".").startsWith(name.getValue())
            && ".[".indexOf((path + ".").charAt(name.getValue().length())) >= 0
            && name.getValue().length() > length) {
          longest = entry;
          length = name.getValue().length();
        }
      }
      return longest == null ? below(mapping, path) : longest;
    }

    /** The first entry of what stands below a path, all in one key. */
    private static @Nullable NodeTuple below(MappingNode mapping, String path) {
      for (NodeTuple entry : mapping.getValue()) {
        if (entry.getKeyNode() instanceof ScalarNode name
            && name.getValue().startsWith(path + ".")) {
          return entry;
        }
      }
      return null;
    }
  }
}
