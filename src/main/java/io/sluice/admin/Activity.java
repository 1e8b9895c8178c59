package io.sluice.admin;

import io.sluice.control.Operation;
import io.sluice.store.AuditEntry;
import io.sluice.store.History.Listed;
import io.sluice.store.History.Place;
import io.sluice.store.Revision;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/**
 * What has happened, newest first: revisions, changes of health, operations, and for admins the
 * audit. Each comes from a place of its own; they are merged by time.
 */
@Component
final class Activity {
  /** Entries that are looked at for one page; who searches further asks for the next one. */
  static final int MOST_SEEN = 5_000;

  private static final int FETCHED = 200;
  private static final String SEPARATOR = "|";

  private final Management management;
  private final Formats fmt;

  Activity(Management management, Formats fmt) {
    this.management = management;
    this.fmt = fmt;
  }

  /**
   * What is wanted.
   *
   * @param kind of {@link ActivityEntry#kind}; empty: all
   * @param text that an entry has in it; empty: any
   * @param audit whether the caller may see the audit
   */
  record Wanted(String kind, String text, boolean audit) {
    boolean isKind(String of) {
      return kind.isEmpty() || kind.equals(of);
    }
  }

  /**
   * Some of what is wanted.
   *
   * @param next where it goes on; null: that was all
   */
  record Part(List<ActivityEntry> entries, @Nullable String next) {}

  /** The newest of what has happened to backends and configuration. */
  List<ActivityEntry> newest(int most) {
    return page(new Wanted("", "", false), null, most).entries();
  }

  /**
   * A page.
   *
   * @param cursor of the page before; null: from the newest
   */
  Part page(Wanted wanted, @Nullable String cursor, int most) {
    List<Source<?>> sources = sources(wanted, cursor);
    String text = wanted.text().strip().toLowerCase(Locale.ROOT);
    List<ActivityEntry> entries = new ArrayList<>();
    for (int seen = 0; seen < MOST_SEEN && entries.size() < most; seen++) {
      Source<?> next = newest(sources);
      if (next == null) {
        return new Part(entries, null);
      }
      ActivityEntry entry = next.take();
      if (text.isEmpty() || entry.contains(text)) {
        entries.add(entry);
      }
    }
    return newest(sources) == null
        ? new Part(entries, null)
        : new Part(
            entries, sources.stream().map(Source::position).collect(Collectors.joining(SEPARATOR)));
  }

  private static @Nullable Source<?> newest(List<Source<?>> sources) {
    Source<?> newest = null;
    for (Source<?> source : sources) {
      ActivityEntry entry = source.peek();
      ActivityEntry best = newest == null ? null : newest.peek();
      if (entry != null && (best == null || entry.at().isAfter(best.at()))) {
        newest = source;
      }
    }
    return newest;
  }

  private List<Source<?>> sources(Wanted wanted, @Nullable String cursor) {
    String[] places = cursor == null ? new String[] {"", "", "", ""} : places(cursor);
    return List.of(
        new Source<>(
            wanted.isKind("revision") ? this::revisions : behind -> List.of(),
            revision -> Long.toString(revision.number()),
            ActivityEntry::of,
            places[0]),
        new Source<>(
            wanted.isKind("health") ? this::transitions : behind -> List.of(),
            listed -> micros(listed.place().at()) + " " + listed.place().number(),
            ActivityEntry::of,
            places[1]),
        new Source<>(
            wanted.isKind("operation") ? this::operations : behind -> List.of(),
            Activity::key,
            // a drain that begins is a revision already
            event -> event.end || !wanted.kind().isEmpty() ? event.entry : null,
            places[2]),
        new Source<>(
            wanted.audit() && wanted.isKind("audit") ? this::audit : behind -> List.of(),
            line -> Long.toString(line.number()),
            // what has made a revision is one already
            line ->
                line.revisionAfter() == null || !wanted.kind().isEmpty()
                    ? ActivityEntry.of(line)
                    : null,
            places[3]));
  }

  private static String[] places(String cursor) {
    String[] places = cursor.split("\\|", -1);
    List<String> forms =
        List.of("[0-9]{0,18}", "([0-9]{1,18} [0-9]{1,18})?", "[0-9A-Za-z -]{0,80}", "[0-9]{0,18}");
    for (int i = 0; i < forms.size(); i++) {
      if (places.length != forms.size() || !places[i].matches(forms.get(i))) {
        throw Refusals.parameter("cursor", "it is not one that a page has given; begin without it");
      }
    }
    return places;
  }

  private List<Revision> revisions(String behind) {
    return management.snapshots().list(number(behind), FETCHED);
  }

  private List<AuditEntry> audit(String behind) {
    return management.audit().list(number(behind), FETCHED);
  }

  private static long number(String behind) {
    return behind.isEmpty() ? Long.MAX_VALUE : Long.parseLong(behind);
  }

  private static long micros(Instant at) {
    return ChronoUnit.MICROS.between(Instant.EPOCH, at);
  }

  private List<Listed> transitions(String behind) {
    if (behind.isEmpty()) {
      return management.history().transitions(Place.START, FETCHED);
    }
    int space = behind.indexOf(' ');
    Instant at = Instant.EPOCH.plus(Long.parseLong(behind.substring(0, space)), ChronoUnit.MICROS);
    Place place = new Place(at, Long.parseLong(behind.substring(space + 1)));
    return management.history().transitions(place, FETCHED);
  }

  /** The begin or the end of an operation. */
  private record Event(Operation operation, boolean end, ActivityEntry entry) {}

  /** All at once: they are few, and in memory. */
  private List<Event> operations(String behind) {
    return management.operations().list().stream()
        .flatMap(
            operation -> {
              Event begin = new Event(operation, false, ActivityEntry.begun(operation));
              return operation.endedAt() == null
                  ? Stream.of(begin)
                  : Stream.of(
                      new Event(operation, true, ActivityEntry.ended(operation, fmt)), begin);
            })
        .sorted(Comparator.comparing(Activity::key))
        .filter(event -> behind.isEmpty() || key(event).compareTo(behind) > 0)
        .toList();
  }

  /** Newest first: the time, counted down. */
  private static String key(Event event) {
    long left = Long.MAX_VALUE - micros(event.entry.at());
    return "%019d %s %s".formatted(left, event.operation.id(), event.end ? "a" : "b");
  }

  /** One place that entries come from. */
  private static final class Source<T> {
    private final Function<String, List<T>> fetch;
    private final Function<T, String> position;
    private final Function<T, @Nullable ActivityEntry> entry;
    private final Deque<T> waiting = new ArrayDeque<>();
    private String behind;
    private String fetched;
    private boolean ended;
    private @Nullable ActivityEntry first;

    /**
     * A source.
     *
     * @param fetch what lies behind a position, newest first; empty: from the newest
     * @param position of an item
     * @param entry null: the item is left out
     * @param behind where to begin
     */
    Source(
        Function<String, List<T>> fetch,
        Function<T, String> position,
        Function<T, @Nullable ActivityEntry> entry,
        String behind) {
      this.fetch = fetch;
      this.position = position;
      this.entry = entry;
      this.behind = behind;
      this.fetched = behind;
    }

    /** The newest that is not taken yet; null: there is none. */
    @Nullable ActivityEntry peek() {
      while (first == null) {
        T item = waiting.peekFirst();
        if (item == null) {
          if (ended || !refill()) {
            return null;
          }
        } else {
          first = entry.apply(item);
          if (first == null) {
            drop();
          }
        }
      }
      return first;
    }

    private boolean refill() {
      List<T> more = fetch.apply(fetched);
      ended = more.isEmpty();
      if (!ended) {
        waiting.addAll(more);
        fetched = position.apply(more.getLast());
      }
      return !ended;
    }

    private void drop() {
      behind = position.apply(waiting.removeFirst());
    }

    ActivityEntry take() {
      ActivityEntry taken = Objects.requireNonNull(peek());
      first = null;
      drop();
      return taken;
    }

    /** Behind what was taken. */
    String position() {
      return behind;
    }
  }
}
