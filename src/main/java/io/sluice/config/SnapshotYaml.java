package io.sluice.config;

import io.sluice.config.RouteSpec.Action;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.emitter.Emitter;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.resolver.Resolver;
import org.yaml.snakeyaml.serializer.Serializer;

/** Writes a snapshot as a person would write it into the file: what is the default is left out. */
final class SnapshotYaml {
  private static final SpecWriter WRITER = new SpecWriter(Naming.FILE);

  /** What holds in a section of this name once it is there; which keys it must have is not here. */
  private static final Map<String, Map<String, ?>> SECTIONS = new HashMap<>();

  static {
    SECTIONS.put("tls", without(section(WRITER.tls(TlsSpec.OFF)), "enabled"));
    SECTIONS.put("sticky", section(WRITER.sticky(BalanceSpec.Sticky.DEFAULT)));
    SECTIONS.put("health-check", section(WRITER.healthCheck(HealthCheckSpec.DEFAULT)));
    SECTIONS.put("http", WRITER.http(HealthCheckSpec.Http.DEFAULT));
    SECTIONS.put("redirect", Map.of("status", ActionReader.DEFAULT_REDIRECT));
    SECTIONS.put("respond", Map.of("body", "", "headers", Map.of()));
    SECTIONS.put("rate-limit", Map.of("per", "1s", "burst", 0, "key", "client-ip"));
  }

  private SnapshotYaml() {}

  static String write(Snapshot snapshot) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("pools", snapshot.pools().stream().map(SnapshotYaml::pool).toList());
    root.put("routes", snapshot.routes().stream().map(SnapshotYaml::route).toList());
    DumperOptions options = new DumperOptions();
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setSplitLines(false);
    StringWriter out = new StringWriter();
    Serializer serializer =
        new Serializer(new Emitter(out, options), new Resolver(), options, null);
    try {
      serializer.open();
      serializer.serialize(node(root));
      serializer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  private static Map<String, Object> pool(PoolSpec pool) {
    Map<String, ?> byDefault = WRITER.pool(PoolSpec.of(pool.id(), List.of()));
    Map<String, Object> tree =
        without(WRITER.pool(pool.withBackends(List.of())), without(byDefault, "id", "backends"));
    tree.put("backends", pool.backends().stream().map(SnapshotYaml::backend).toList());
    return tree;
  }

  /** A mapping, or only the address when nothing else is said. */
  private static Object backend(BackendSpec backend) {
    Map<String, ?> byDefault = WRITER.backend(BackendSpec.of(backend.address()));
    Map<String, Object> tree = without(WRITER.backend(backend), without(byDefault, "address"));
    return tree.size() == 1 ? backend.address().toString() : tree;
  }

  private static Map<String, Object> route(RouteSpec route) {
    Action toPool = new Action.ToPool("");
    Map<String, ?> byDefault = WRITER.route(RouteSpec.of(route.id(), RouteSpec.Match.ALL, toPool));
    Map<String, Object> tree = without(WRITER.route(route), without(byDefault, "id", "pool"));
    if (!route.filters().isEmpty()) {
      tree.put("filters", route.filters().stream().map(SnapshotYaml::filter).toList());
    }
    return tree;
  }

  private static Object filter(RouteSpec.Filter filter) {
    return filter.options().isEmpty() ? filter.name() : WRITER.filter(filter);
  }

  private static Map<String, ?> section(@Nullable Map<String, ?> tree) {
    return tree == null ? Map.of() : tree;
  }

  private static Map<String, ?> without(Map<String, ?> tree, String... keys) {
    Map<String, Object> rest = new LinkedHashMap<>(tree);
    List.of(keys).forEach(rest::remove);
    return rest;
  }

  /** What differs from the defaults. */
  private static Map<String, Object> without(Map<String, ?> tree, Map<String, ?> byDefault) {
    Map<String, Object> rest = new LinkedHashMap<>();
    for (Map.Entry<String, ?> entry : tree.entrySet()) {
      String key = entry.getKey();
      Object value = entry.getValue();
      Object held = byDefault.get(key);
      if (value != null && !value.equals(held)) {
        rest.put(key, value instanceof Map<?, ?> map ? section(key, map, held) : value);
      }
    }
    return rest;
  }

  private static Map<String, Object> section(String key, Map<?, ?> tree, @Nullable Object held) {
    Map<String, ?> byDefault =
        SECTIONS.getOrDefault(key, held instanceof Map<?, ?> map ? named(map) : Map.of());
    return without(named(tree), byDefault);
  }

  private static Map<String, ?> named(Map<?, ?> tree) {
    Map<String, Object> named = new LinkedHashMap<>();
    tree.forEach((key, value) -> named.put(String.valueOf(key), value));
    return named;
  }

  private static Node node(Object tree) {
    return switch (tree) {
      case Map<?, ?> map -> {
        List<NodeTuple> tuples = new ArrayList<>();
        map.forEach((key, value) -> tuples.add(new NodeTuple(node(key), node(value))));
        yield new MappingNode(Tag.MAP, tuples, FlowStyle.BLOCK);
      }
      case List<?> list -> {
        boolean words = list.stream().noneMatch(i -> i instanceof Map || isAddress(i));
        List<Node> items = new ArrayList<>();
        list.forEach(item -> items.add(node(item)));
        yield new SequenceNode(Tag.SEQ, items, words ? FlowStyle.FLOW : FlowStyle.BLOCK);
      }
      case Boolean value -> scalar(Tag.BOOL, value.toString(), ScalarStyle.PLAIN);
      case Integer value -> scalar(Tag.INT, value.toString(), ScalarStyle.PLAIN);
      case Number value -> scalar(Tag.FLOAT, TreeNodes.text(value), ScalarStyle.PLAIN);
      default -> text(tree.toString());
    };
  }

  /** Backends stand one a line. */
  private static boolean isAddress(Object item) {
    return item instanceof String text && text.indexOf(':') >= 0;
  }

  /** Plain where that is the same text; YAML's other line ends would not survive in it. */
  private static Node text(String text) {
    boolean odd =
        text.chars().anyMatch(c -> Character.isISOControl(c) || c == 0x2028 || c == 0x2029);
    return scalar(Tag.STR, text, odd ? ScalarStyle.DOUBLE_QUOTED : ScalarStyle.PLAIN);
  }

  private static Node scalar(Tag tag, String text, ScalarStyle style) {
    return new ScalarNode(tag, text, null, null, style);
  }
}
