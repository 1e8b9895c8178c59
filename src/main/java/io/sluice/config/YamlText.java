package io.sluice.config;

import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.Parser;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * Parses YAML into nodes, within limits. Nothing is converted by YAML's own type rules (yes, no,
 * 0644 and 1:30 would not be what they look like); each key decides what its text means.
 */
final class YamlText {
  /** Longest text in characters. */
  static final int MAX_CHARACTERS = 16 * 1024 * 1024;

  /** Deepest nesting; the configuration needs 9. */
  static final int MAX_DEPTH = 32;

  /** Most aliases: a few lines of nested aliases can stand for more than the memory holds. */
  static final int MAX_ALIASES = 100;

  private YamlText() {}

  /** The root of the only document; null when it is empty or, with a problem reported, no YAML. */
  static @Nullable Node parse(String yaml, Problems problems) {
    String text = yaml.startsWith("\uFEFF") ? yaml.substring(1) : yaml;
    if (text.length() > MAX_CHARACTERS) {
      problems.add(Place.ROOT, "is longer than 16 MiB");
      return null;
    }
    if (!isPrintable(text, problems)) {
      return null;
    }
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(MAX_CHARACTERS);
    options.setMaxAliasesForCollections(MAX_ALIASES);
    Parser parser = new LimitedParser(new ParserImpl(new StreamReader(text), options));
    try {
      return new Composer(parser, new NoConversion(), options).getSingleNode();
    } catch (MarkedYAMLException e) {
      problems.add(placeOf(e), "not valid YAML: " + messageOf(e));
      return null;
    }
  }

  private static boolean isPrintable(String text, Problems problems) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        problems.add(
            new Place(line, column),
            String.format(
                Locale.ROOT, "not valid YAML: U+%04X is not allowed; is the file UTF-8 text?", c));
        return false;
      }
      boolean lineEnds = c == '\n' || c == '\r' && !text.startsWith("\n", i + 1);
      line += lineEnds ? 1 : 0;
      column = lineEnds ? 1 : column + 1;
      i += Character.charCount(c);
    }
    return true;
  }

  private static Place placeOf(MarkedYAMLException e) {
    Mark mark = e.getProblemMark() == null ? e.getContextMark() : e.getProblemMark();
    return mark == null ? Place.ROOT : Place.ROOT.at(mark);
  }

  private static String messageOf(MarkedYAMLException e) {
    String problem = e.getProblem() == null ? "it cannot be parsed" : e.getProblem();
    String message = problem;
    String context = e.getContext();
    if (context != null && !context.isBlank()) {
      // SnakeYAML's two texts are meant to be read together, in either order.
      boolean continues = problem.startsWith("but ");
      message = continues ? context + ", " + problem : problem + ", " + context;
      Mark begin = e.getContextMark();
      if (begin != null && !continues) {
        message += " that begins in line " + (begin.getLine() + 1);
      }
    }
    return message.strip().replaceAll("\\s+", " ");
  }

  /** Leaves every plain scalar a string. */
  private static final class NoConversion extends Resolver {
    @Override
    protected void addImplicitResolvers() {}
  }

  /** Something beyond our limits. */
  private static final class LimitException extends MarkedYAMLException {
    private static final long serialVersionUID = 1;

    LimitException(String problem, Mark mark) {
      super(null, null, problem, mark);
    }
  }

  /**
   * Stops where nesting or aliases go beyond the limit, which SnakeYAML reports without a place.
   */
  private static final class LimitedParser implements Parser {
    private final Parser parser;
    private int depth;
    private int aliases;

    LimitedParser(Parser parser) {
      this.parser = parser;
    }

    @Override
    public boolean checkEvent(Event.ID choice) {
      return parser.checkEvent(choice);
    }

    @Override
    public Event peekEvent() {
      return parser.peekEvent();
    }

    @Override
    public Event getEvent() {
      Event event = parser.getEvent();
      switch (event.getEventId()) {
        case MappingStart, SequenceStart -> {
          if (++depth > MAX_DEPTH) {
            throw new LimitException(
                "nested deeper than " + MAX_DEPTH + " levels", event.getStartMark());
          }
        }
        case MappingEnd, SequenceEnd -> depth--;
        case Alias -> {
          if (++aliases > MAX_ALIASES) {
            throw new LimitException("more than " + MAX_ALIASES + " aliases", event.getStartMark());
          }
        }
        default -> {
          // scalars and the document's bounds cost what they weigh
        }
      }
      return event;
    }
  }
}
