package io.sluice.config;

import io.sluice.config.RouteSpec.HeaderRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads header names and values: conditions, edits and those of a fixed answer. */
final class HeaderReader {
  private HeaderReader() {}

  /** What a header in the file is for; decides what is allowed. */
  enum Use {
    /** Condition of a route. */
    MATCH,
    /** Set on a request. */
    SET_ON_REQUEST,
    /** Added to a request. */
    ADD_TO_REQUEST,
    /** Removed from a request. */
    REMOVE_FROM_REQUEST,
    /** Any edit of an answer. */
    ANSWER,
    /** Added to the request of a health check. */
    CHECK;

    /** Why a name cannot be used so; null: it can. */
    @Nullable String complaint(String name) {
      if (this == MATCH) {
        return HeaderNames.complaint(name);
      }
      return name.toLowerCase(Locale.ROOT).equals("host")
          ? hostComplaint()
          : HeaderNames.editComplaint(name);
    }

    private @Nullable String hostComplaint() {
      return switch (this) {
        case MATCH, SET_ON_REQUEST -> null;
        case ADD_TO_REQUEST -> "Host cannot be added: a request has exactly one Host; use set";
        case REMOVE_FROM_REQUEST ->
            "Host cannot be removed: a request has exactly one Host (RFC 9112 3.2); use set";
        case CHECK -> "write 'host' beside 'headers' instead";
        case ANSWER -> "Host belongs to requests, not to answers";
      };
    }

    private ValueParser<String> valueParser(String name) {
      if (this == MATCH) {
        return HeaderNames::matched;
      }
      return name.toLowerCase(Locale.ROOT).equals("host")
          ? HostNames::hostField
          : HeaderNames::value;
    }
  }

  /** Reads {@code request-headers} or {@code response-headers}. */
  static HeaderRules rules(YamlMapping route, KnownKeys keys) {
    boolean request = keys == KnownKeys.REQUEST_HEADERS;
    YamlMapping rules = route.mapping(request ? "request-headers" : "response-headers", keys);
    if (rules == null) {
      return HeaderRules.NONE;
    }
    return new HeaderRules(
        values(rules.get("set"), request ? Use.SET_ON_REQUEST : Use.ANSWER),
        values(rules.get("add"), request ? Use.ADD_TO_REQUEST : Use.ANSWER),
        names(rules.items("remove"), request ? Use.REMOVE_FROM_REQUEST : Use.ANSWER));
  }

  /** Names as written to values; for conditions, names in lower case. */
  static Map<String, String> values(@Nullable YamlValue mapping, Use use) {
    Map<String, String> values = new LinkedHashMap<>();
    Map<String, Place> seen = new HashMap<>();
    List<YamlValue.Entry> entries = mapping == null ? null : mapping.entries();
    for (YamlValue.Entry entry : entries == null ? List.<YamlValue.Entry>of() : entries) {
      String name = entry.name();
      String lower = name.toLowerCase(Locale.ROOT);
      String complaint = use.complaint(name);
      Place first = seen.putIfAbsent(lower, entry.place());
      if (complaint == null && first != null) {
        complaint =
            entry.inJson()
                ? "is given twice; upper and lower case count the same"
                : "is given twice; first in line " + first.line();
      }
      if (complaint != null && mapping != null) {
        mapping.problems().add(entry.place(), complaint);
      }
      YamlValue value = entry.value();
      String text = value == null || complaint != null ? null : value.parsed(use.valueParser(name));
      if (text != null) {
        values.put(use == Use.MATCH ? lower : name, text);
      }
    }
    return values;
  }

  private static List<String> names(List<YamlValue> items, Use use) {
    List<String> names = new ArrayList<>();
    for (YamlValue item : items) {
      String name = item.text();
      String complaint = name == null ? null : use.complaint(name);
      if (complaint != null) {
        item.problem(complaint);
      } else if (name != null) {
        names.add(name);
      }
    }
    return names;
  }
}
