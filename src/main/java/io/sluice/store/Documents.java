package io.sluice.store;

import io.sluice.config.PoolSpec;
import io.sluice.config.RouteSpec;
import io.sluice.config.SnapshotDocument;
import io.sluice.config.SnapshotDocument.InvalidException;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** The text that a part of a snapshot is stored as. */
interface Documents {

  /** JSON in the API's form. */
  Documents JSON = new Json();

  String write(PoolSpec pool);

  String write(RouteSpec route);

  /** Reads what {@code write} has made. */
  PoolSpec pool(String text) throws UnreadableException;

  /** Reads what {@code write} has made. */
  RouteSpec route(String text) throws UnreadableException;

  /** A text that was stored and is not valid, or not any more. */
  final class UnreadableException extends Exception {
    private static final long serialVersionUID = 1;

    UnreadableException(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** The API's documents. */
  final class Json implements Documents {
    private static final JsonMapper MAPPER = JsonMapper.builder().build();

    private Json() {}

    @Override
    public String write(PoolSpec pool) {
      return MAPPER.writeValueAsString(SnapshotDocument.write(pool));
    }

    @Override
    public String write(RouteSpec route) {
      return MAPPER.writeValueAsString(SnapshotDocument.write(route));
    }

    @Override
    public PoolSpec pool(String text) throws UnreadableException {
      try {
        return SnapshotDocument.pool(tree(text));
      } catch (InvalidException invalid) {
        throw new UnreadableException(told(invalid), invalid);
      }
    }

    @Override
    public RouteSpec route(String text) throws UnreadableException {
      try {
        return SnapshotDocument.route(tree(text));
      } catch (InvalidException invalid) {
        throw new UnreadableException(told(invalid), invalid);
      }
    }

    private static Object tree(String text) throws UnreadableException {
      try {
        return MAPPER.readValue(text, Map.class);
      } catch (JacksonException invalid) {
        throw new UnreadableException("it is not JSON: " + invalid.getOriginalMessage(), invalid);
      }
    }

    private static String told(InvalidException invalid) {
      List<String> all =
          invalid.violations().stream().map(v -> v.pointer() + ": " + v.message()).toList();
      return String.join("; ", all);
    }
  }
}
